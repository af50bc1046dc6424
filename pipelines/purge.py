"""Purge: give back the names that deleted key vaults and workspaces hold."""

from pipelines.arm import Arm
from pipelines.errors import StepError
from pipelines.say import say

_VAULTS = "2024-11-01"
_WORKSPACES = "2025-12-01"


def purge(resource_id: str) -> None:
    """Purge a deleted key vault or workspace for good; what was in it cannot be had back.

    Args:
        resource_id: the Azure id that it had.

    Raises:
        StepError: it is of another type, is not deleted, or may not be purged.
    """
    parts = resource_id.strip("/").split("/")
    match [part.lower() for part in parts]:
        case ["subscriptions", _, "resourcegroups", _, "providers", "microsoft.keyvault", "vaults", _]:
            _purge_vault(Arm(), parts[1], parts[-1])
        case ["subscriptions", _, "resourcegroups", _, "providers", "microsoft.machinelearningservices", _, _]:
            # One that is there would be deleted; only one that is deleted already is to be purged.
            _purge_workspace(Arm(), parts[1], resource_id)
        case _:
            raise StepError(f"{resource_id} is the id of no key vault and of no workspace")
    say(f"purged: {parts[-1]}")


def _purge_vault(arm: Arm, subscription: str, name: str) -> None:
    provider = f"/subscriptions/{subscription}/providers/Microsoft.KeyVault"
    deleted = arm.call("GET", f"{provider}/deletedVaults", _VAULTS)["value"]
    found = next((one for one in deleted if one["name"].lower() == name.lower()), None)
    if found is None:
        raise StepError(f"there is no deleted key vault {name}; its name is free, or somebody else's")
    location = found["properties"]["location"]
    arm.call("POST", f"{provider}/locations/{location}/deletedVaults/{name}/purge", _VAULTS)


def _purge_workspace(arm: Arm, subscription: str, resource_id: str) -> None:
    provider = f"/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices"
    listed = arm.call("GET", f"{provider}/workspaces", _WORKSPACES)["value"]
    states = {one["id"].lower(): one["properties"].get("provisioningState") for one in listed}
    if states.get(resource_id.lower()) != "SoftDeleted":
        raise StepError(f"there is no deleted workspace {resource_id}")
    arm.call("DELETE", resource_id, _WORKSPACES, forceToPurge="true")
