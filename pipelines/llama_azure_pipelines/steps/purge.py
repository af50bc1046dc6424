"""Purge: give back the names that deleted key vaults and workspaces hold."""

from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import KEY_VAULT, WORKSPACE, api_version
from llama_azure_pipelines.arm import Arm
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.say import say


def purge(resource_id: str) -> None:
    """Purge a deleted key vault or workspace for good; what was in it cannot be had back.

    Args:
        resource_id: the Azure id that it had.

    Raises:
        StepError: it is of another type, is not deleted, or may not be purged.
    """
    try:
        deleted = ResourceId.parse(resource_id)
    except ValueError as error:
        raise StepError(str(error)) from error
    if deleted.is_type(KEY_VAULT):
        _purge_vault(Arm(), deleted.subscription, deleted.name)
    elif deleted.is_type(WORKSPACE):
        # One that is there would be deleted; only one that is deleted already is to be purged.
        _purge_workspace(Arm(), deleted)
    else:
        raise StepError(f"{resource_id} is not the id of a key vault or a workspace")
    say(f"purged: {deleted.name}")


def _purge_vault(arm: Arm, subscription: str, name: str) -> None:
    provider, version = f"/subscriptions/{subscription}/providers/Microsoft.KeyVault", api_version(KEY_VAULT)
    deleted = arm.call("GET", f"{provider}/deletedVaults", version)["value"]
    found = next((one for one in deleted if one["name"].lower() == name.lower()), None)
    if found is None:
        raise StepError(f"there is no deleted key vault {name}; its name is free, or somebody else's")
    location = found["properties"]["location"]
    arm.call("POST", f"{provider}/locations/{location}/deletedVaults/{name}/purge", version)


def _purge_workspace(arm: Arm, deleted: ResourceId) -> None:
    version = api_version(WORKSPACE)
    listed = arm.call("GET", f"/subscriptions/{deleted.subscription}/providers/{WORKSPACE}", version)["value"]
    states = {one["id"].lower(): one["properties"].get("provisioningState") for one in listed}
    if states.get(deleted.key) != "SoftDeleted":
        raise StepError(f"there is no deleted workspace {deleted}")
    arm.call("DELETE", str(deleted), version, forceToPurge="true")
