"""Access tokens: JSON Web Tokens signed with the sandbox's own key."""

import time
import uuid
from dataclasses import dataclass
from typing import Any

from llama_azure_sandbox.arm.cloud import MANAGEMENT_AUDIENCES
from llama_azure_sandbox.arm.world import TENANT_ID
from llama_azure_sandbox.identity.keys import InvalidTokenError, SigningKey
from llama_azure_sandbox.identity.principals import Principal, PrincipalType

__all__ = ["MANAGEMENT_AUDIENCES", "AccessToken", "InvalidTokenError", "TokenIssuer"]

_LIFETIME_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token and when it expires (seconds since the epoch)."""

    value: str
    expires_on: int
    lifetime_seconds: int = _LIFETIME_SECONDS


class TokenIssuer:
    """Signs and checks the sandbox's access tokens."""

    def __init__(self, key: SigningKey) -> None:
        self.key = key
        self._issuer = f"https://sts.windows.net/{TENANT_ID}/"

    def issue(self, principal: Principal, resource: str) -> AccessToken:
        """Return a token for a principal, good for one hour and one resource, such as ``https://vault.azure.net``."""
        now = int(time.time())
        expires_on = now + _LIFETIME_SECONDS
        claims = {
            "aud": resource.removesuffix("/.default").rstrip("/"),
            "iss": self._issuer,
            "iat": now,
            "nbf": now,
            "exp": expires_on,
            "jti": str(uuid.uuid4()),
            "oid": principal.object_id,
            "sub": principal.object_id,
            "appid": principal.client_id,
            "tid": TENANT_ID,
            **({"upn": principal.client_name} if principal.type is PrincipalType.USER else {}),
        }
        return AccessToken(self.key.sign(claims), expires_on)

    def verify(self, token: str, audiences: tuple[str, ...]) -> dict[str, Any]:
        """Return the claims of a token; ``oid`` is among them.

        Raises:
            InvalidTokenError: it was not issued here, is for another audience, or has expired.
        """
        spellings = [spelling for audience in audiences for spelling in (audience, audience + "/")]
        claims = self.key.claims(token, audiences=spellings, issuer=self._issuer)
        if claims.get("tid") != TENANT_ID:
            raise InvalidTokenError("The tenant of the token (tid) is another one")
        if not isinstance(claims.get("oid"), str):
            raise InvalidTokenError("The token names nobody (oid)")
        return claims
