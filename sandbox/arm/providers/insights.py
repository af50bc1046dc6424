"""Microsoft.Insights."""

from llama_azure_core.naming import NameKind
from sandbox.arm.resource_type import ResourceType, unique_id
from sandbox.arm.store import Json, StoredResource
from sandbox.arm.world import World


class Component(ResourceType):
    """An Application Insights component."""

    needs_location = True
    name_kind = NameKind.APPLICATION_INSIGHTS

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        return {"AppId": unique_id(resource, "app"), "Name": resource.name}


class AutoscaleSetting(ResourceType):
    """How a deployment grows and shrinks; nothing in the sandbox does."""

    needs_location = True
