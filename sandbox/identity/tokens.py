"""Access tokens: JSON Web Tokens signed with the sandbox's own key."""

import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.arm.world import TENANT_ID
from sandbox.identity.principals import Principal, PrincipalType

_ALGORITHM = "RS256"
_LIFETIME_SECONDS = 3600
# Management tokens are asked for with and without the slash.
MANAGEMENT_AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")


class InvalidTokenError(Exception):
    """The token is not one that this sandbox issued for this use, or it has expired."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token and when it expires (seconds since the epoch)."""

    value: str
    expires_on: int
    lifetime_seconds: int = _LIFETIME_SECONDS


class TokenIssuer:
    """Signs and checks the sandbox's access tokens."""

    def __init__(self, key_file: Path, issuer: str) -> None:
        self._key = _ensure_key(key_file)
        self._issuer = issuer

    def issue(self, principal: Principal, audience: str) -> AccessToken:
        """Return a token for a principal, good for one hour and one audience."""
        now = int(time.time())
        expires_on = now + _LIFETIME_SECONDS
        claims = {
            "aud": audience,
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
        return AccessToken(jwt.encode(claims, self._key, algorithm=_ALGORITHM), expires_on)

    def verify(self, token: str, audiences: tuple[str, ...]) -> dict[str, Any]:
        """Return the claims of a token.

        Raises:
            InvalidTokenError: it was not issued here, is for another audience, or has expired.
        """
        try:
            return jwt.decode(
                token,
                self._key.public_key(),
                algorithms=[_ALGORITHM],
                audience=[spelling for audience in audiences for spelling in (audience, audience + "/")],
                issuer=self._issuer,
            )
        except jwt.InvalidTokenError as error:
            raise InvalidTokenError(str(error)) from None


def _ensure_key(path: Path) -> rsa.RSAPrivateKey:
    if not path.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        temporary = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        temporary.replace(path)
    loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(loaded, rsa.RSAPrivateKey):
        raise TypeError(f"{path} holds no RSA key; remove it, and the sandbox makes a new one")
    return loaded
