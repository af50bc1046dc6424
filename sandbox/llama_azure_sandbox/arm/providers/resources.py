"""Microsoft.Resources."""

from llama_azure_core.naming import NameKind
from llama_azure_core.resource_ids import ResourceId, resource_group_id
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.known_providers import api_versions
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.providers.machine_learning_services.workspaces import projects_elsewhere
from llama_azure_sandbox.arm.resource_type import SYSTEM_DATA, DeleteAnswer, DeleteRequest, ResourceType
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World


class ResourceGroup(ResourceType):
    """A resource group: created at once, deleted in a while with everything in it."""

    needs_location = True
    shows_system_data = False
    name_kind = NameKind.RESOURCE_GROUP
    delete_answer = DeleteAnswer.LOCATION

    def check_delete(self, request: DeleteRequest) -> None:
        kept = projects_elsewhere(request.world, request.resource.key)
        if kept:
            raise ArmError(
                409,
                "ResourceGroupDeletionBlocked",
                f"Deletion of resource group '{request.id.name}' failed as resources with identifiers "
                f"'{','.join(kept)}' could not be deleted. They are hubs of projects in other resource groups.",
            )


def _export_template(world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    """Answer with a template of what is in a group; names stand in it as they are, without parameters."""
    group = world.store.resource(str(resource_group_id(path["subscription"], path["group"])).lower())
    if group is None:
        raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{path['group']}' could not be found.")
    asked = [str(one).lower() for one in request.json_object().get("resources") or []]
    if not asked:
        raise ArmError(400, "InvalidRequestContent", "resources is required: give ids, or '*' for all of the group.")
    found = [one for one in world.store.below(group.key) if "*" in asked or one.key in asked]
    return ArmAnswer(
        200,
        {
            "template": {
                "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
                "contentVersion": "1.0.0.0",
                "parameters": {},
                "variables": {},
                "resources": [_in_template(one) for one in found if not one.type.startswith(_LEFT_OUT)],
            }
        },
    )


def _in_template(resource: StoredResource) -> Json:
    resource_id = ResourceId.parse(resource.id)
    versions = [one for one in api_versions(resource.type) if one.count("-") == 2]
    kept = {key: value for key, value in resource.body.items() if key != SYSTEM_DATA}
    properties = {key: value for key, value in kept.pop("properties").items() if key != "provisioningState"}
    extended = _extended(resource_id)
    before = resource_id.parent if resource_id.parent is not None else extended
    return {
        "type": resource_id.type,
        "apiVersion": versions[-1] if versions else _ANY_API_VERSION,
        "name": "/".join(resource_id.names),
        **({"scope": str(extended).split("/providers/", 1)[1]} if extended is not None else {}),
        **kept,
        **({"dependsOn": [_reference(before)]} if before is not None else {}),
        "properties": properties,
    }


def _extended(resource_id: ResourceId) -> ResourceId | None:
    """Return the resource that another one extends, such as what a diagnostic setting is of."""
    return ResourceId.parse(resource_id.scope) if "/providers/" in resource_id.scope else None


def _reference(resource_id: ResourceId) -> str:
    extended = _extended(resource_id)
    names = ", ".join(f"'{name}'" for name in resource_id.names)
    if extended is None:
        return f"[resourceId('{resource_id.type}', {names})]"
    return f"[extensionResourceId({_reference(extended)[1:-1]}, '{resource_id.type}', {names})]"


_LEFT_OUT = ("Microsoft.Authorization/", "Microsoft.Resources/", "Microsoft.SaaS/")
_ANY_API_VERSION = "2024-10-01"
RESOURCE_PATHS = (
    PathRow("POST", "/subscriptions/{subscription}/resourceGroups/{group}/exportTemplate", _export_template),
)
