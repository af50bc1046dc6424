"""GUIDs that belong to a resource."""

import uuid

from llama_azure_sandbox.arm.store import StoredResource


def unique_id(resource: StoredResource, purpose: str) -> str:
    """Return a GUID that belongs to this very resource: another one under the same id later has another."""
    return str(uuid.uuid5(uuid.UUID(resource.instance), purpose))
