"""The resource that another one lies in or extends must be there first."""

from llama_azure_core.resource_ids import ResourceId
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.world import World

# A storage account's blobServices/default, say, is there with the account, without having been put.
_ALWAYS_THERE = "default"


def _put(extended: str) -> str:
    """Return the nearest of what an extension extends that somebody has put."""
    segments = extended.split("/")
    while segments[-1].lower() == _ALWAYS_THERE:
        segments = segments[:-2]
    return "/".join(segments)


def require_parent(world: World, resource_id: ResourceId) -> None:
    """Refuse a child of nothing. Resource groups are looked at elsewhere.

    Raises:
        ArmError: 404, in the words of Azure Resource Manager.
    """
    types, names = resource_id.types[:-1], resource_id.names[:-1]
    while names and names[-1].lower() == _ALWAYS_THERE:
        types, names = types[:-1], names[:-1]
    if names:
        parent = str(ResourceId(resource_id.scope, resource_id.namespace, types, names))
    elif "/providers/" in resource_id.scope:
        parent = _put(resource_id.scope)
    else:
        return
    if world.store.resource(parent.lower()) is None:
        raise ArmError(
            404,
            "ParentResourceNotFound",
            f"Failed to perform 'write' on resource '{resource_id}', because the parent resource '{parent}' could not "
            "be found.",
        )
