"""RSA keys that sign JSON Web Tokens, kept in files that only their owner reads."""

import hashlib
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from llama_azure_sandbox.home import write_private

_ALGORITHM = "RS256"


class InvalidTokenError(Exception):
    """A token was not signed by this key, is for another use, or has expired."""


@dataclass(frozen=True, slots=True)
class _Made:
    private: rsa.RSAPrivateKey
    public: rsa.RSAPublicKey
    web_key: dict[str, Any]


class SigningKey:
    """A key, made at first use: that takes a tenth of a second, and a server starts before anybody signs in."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._kept: _Made | None = None

    @property
    def public(self) -> dict[str, Any]:
        """The public half as a JSON Web Key."""
        return self._made().web_key

    def _made(self) -> _Made:
        with self._lock:
            if self._kept is None:
                private = _ensure_key(self._path)
                public = private.public_key()
                numbers = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public))
                name = hashlib.sha256(numbers["n"].encode()).hexdigest()[:27]
                web_key = {"kty": "RSA", "use": "sig", "alg": _ALGORITHM, "kid": name}
                self._kept = _Made(private, public, {**web_key, "n": numbers["n"], "e": numbers["e"]})
            return self._kept

    def sign(self, claims: dict[str, Any]) -> str:
        """Return a token with these claims."""
        key = self._made()
        return jwt.encode(claims, key.private, algorithm=_ALGORITHM, headers={"kid": key.web_key["kid"]})

    def claims(self, token: str, *, audiences: list[str] | None = None, issuer: str | None = None) -> dict[str, Any]:
        """Return the claims of a token; of any audience and issuer where none is given.

        Raises:
            InvalidTokenError: it was not signed by this key, is for somebody else, or has expired.
        """
        try:
            return jwt.decode(
                token,
                self._made().public,
                algorithms=[_ALGORITHM],
                audience=audiences,
                issuer=issuer,
                options={"require": ["exp", "iss", "sub", "aud"], "verify_aud": audiences is not None},
            )
        except jwt.InvalidTokenError as error:
            raise InvalidTokenError(str(error)) from None


def _ensure_key(path: Path) -> rsa.RSAPrivateKey:
    if not path.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(path, pem)
        return key  # reading it would have its primes looked at for as long as it took to make it
    # The sandbox wrote it, and to look at its primes takes as long as to make them.
    loaded = serialization.load_pem_private_key(path.read_bytes(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(loaded, rsa.RSAPrivateKey):
        raise TypeError(f"{path} holds no RSA key; remove it, and the sandbox makes a new one")
    return loaded
