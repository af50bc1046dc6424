"""What the managed network of a hub lets out."""

from llama_azure_sandbox.arm.resource_type import DeleteAnswer, PutAnswer, ResourceType
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World


class OutboundRule(ResourceType):
    """A rule of a managed network: active when its operation is over."""

    put_answer = PutAnswer.LOCATION
    delete_answer = DeleteAnswer.LOCATION

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        return {"status": "Active"}
