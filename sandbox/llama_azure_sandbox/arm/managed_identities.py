"""The managed identities of a resource: its own, and those that it was assigned."""

from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.unique_ids import unique_id
from llama_azure_sandbox.arm.world import TENANT_ID, World


def require_identities(world: World, resource_id: str, body: Json) -> None:
    """Refuse a body that assigns a managed identity that is not there.

    Raises:
        ArmError: 400, in the words of Azure Resource Manager.
    """
    for identity in _assigned(body):
        if world.store.resource(identity.lower()) is None:
            raise ArmError(
                400,
                "FailedIdentityOperation",
                f"Identity operation for resource '{resource_id}' failed with error 'Failed to perform resource "
                f"identity operation. Status: 'BadRequest'. Response: 'Resource '{identity}' was not found.''.",
            )


def shown_identity(resource: StoredResource, world: World) -> Json:
    """Return the identity of a resource with the ids that Azure adds; nothing for a resource without one."""
    identity: Json | None = resource.body.get("identity")
    if not identity:
        return {}
    shown = dict(identity)
    if "systemassigned" in str(identity.get("type", "")).lower():
        shown |= {"principalId": unique_id(resource, "principal"), "tenantId": TENANT_ID}
    assigned = {name: _ids(world.store.resource(name.lower())) for name in _assigned(resource.body)}
    return shown | ({"userAssignedIdentities": assigned} if assigned else {})


def _assigned(body: Json) -> list[str]:
    return list((body.get("identity") or {}).get("userAssignedIdentities") or {})


def _ids(identity: StoredResource | None) -> Json:
    if identity is None:
        return {}
    return {"principalId": unique_id(identity, "principal"), "clientId": unique_id(identity, "client")}
