"""Microsoft.OperationalInsights."""

from llama_azure_core.naming import NameKind
from sandbox.arm.resource_type import DeleteAnswer, PutAnswer, ResourceType, unique_id
from sandbox.arm.store import Json, StoredResource
from sandbox.arm.world import World


class LogAnalyticsWorkspace(ResourceType):
    """A Log Analytics workspace."""

    needs_location = True
    name_kind = NameKind.LOG_ANALYTICS_WORKSPACE
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        return {"customerId": unique_id(resource, "customer")}
