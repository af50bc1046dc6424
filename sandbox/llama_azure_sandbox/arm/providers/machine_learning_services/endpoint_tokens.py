"""Azure Machine Learning tokens: what opens an online endpoint whose authentication mode is AMLToken.

A token is signed with the endpoint's own key and good for one endpoint and one hour; that hour, and that it ends with
the key, are this sandbox's.
"""

from collections.abc import Iterable

import jwt

from llama_azure_sandbox.arm.store import Json, StoredResource

_ALGORITHM = "HS256"
_LIFETIME_SECONDS = 3600
_KEY = "primaryKey"


def issue_endpoint_token(endpoint: StoredResource, now: float) -> Json:
    """Return the answer to ``POST …/token``: a token, and when it ends, in seconds since the epoch."""
    expires = int(now) + _LIFETIME_SECONDS
    claims = {"aud": endpoint.instance, "iat": int(now), "exp": expires}
    return {
        "accessToken": jwt.encode(claims, endpoint.secrets[_KEY], algorithm=_ALGORITHM),
        "expiryTimeUtc": expires,
        "refreshAfterTimeUtc": expires - _LIFETIME_SECONDS // 2,
        "tokenType": "Bearer",
    }


def is_endpoint_token(token: str, instance: str, keys: Iterable[str], now: float) -> bool:
    """Whether a token was issued for this very endpoint and is still good."""
    for key in keys:
        try:
            # The sandbox's clock decides, not the machine's.
            claims = jwt.decode(
                token,
                key,
                algorithms=[_ALGORITHM],
                audience=instance,
                options={"verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            continue
        return bool(now < claims["exp"])
    return False
