"""Microsoft.Resources."""

from llama_azure_core.naming import NameKind
from sandbox.arm.errors import ArmError
from sandbox.arm.providers.machine_learning_services.workspaces import projects_elsewhere
from sandbox.arm.resource_type import DeleteAnswer, DeleteRequest, ResourceType


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
