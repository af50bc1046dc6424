"""Who sends a request."""

from dataclasses import dataclass

from llama_azure_sandbox.arm.world import CLIENT_ID, PRINCIPAL_ID


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of the access token that came with a request."""

    object_id: str
    client: str
    """What Azure calls the caller in errors: the client id, or a user's name."""


OWNER = Caller(PRINCIPAL_ID, CLIENT_ID)
"""The principal that owns the subscription from the start."""
