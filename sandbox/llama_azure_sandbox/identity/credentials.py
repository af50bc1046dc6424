"""What principals prove themselves by, for the server and for commands, which load nothing else of it."""

import hashlib
from dataclasses import dataclass

OWNER_NAME = "owner"
"""The name of the principal that is there from the start and owns the subscription."""


@dataclass(frozen=True, slots=True)
class FederatedCredential:
    """A token of another issuer with which a service principal signs in instead of a secret."""

    issuer: str
    subject: str
    audience: str


def secret_name(principal_name: str) -> str:
    """Return the name under which the sandbox's home keeps a principal's client secret."""
    return f"principal-{principal_name}"


def digest(secret: str) -> str:
    """Return what is kept of a client secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def imds_capability(secret_digest: str) -> str:
    """Return what stands in the address of the instance metadata service for the holder of a secret."""
    return hashlib.sha256(f"imds {secret_digest}".encode()).hexdigest()[:32]
