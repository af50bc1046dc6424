"""Actions on resources: POSTs to their paths."""

from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.operations import LOCATION, polling
from llama_azure_sandbox.arm.preconditions import require_idle
from llama_azure_sandbox.arm.providers import resource_type
from llama_azure_sandbox.arm.resource_type import ActionRequest
from llama_azure_sandbox.arm.store import OperationKind, StoredResource
from llama_azure_sandbox.arm.world import World


def act(world: World, resource: StoredResource, action: str, request: ArmRequest) -> ArmAnswer:
    """Answer a POST to a resource: at once, or in a while for the actions that take their time."""
    kind, name = resource_type(resource.type), action.lower()
    if name in kind.long_actions:
        require_idle(resource)
    answer = kind.act(ActionRequest(name, resource, request, world))
    seconds = world.seconds_for(kind.name)
    if name not in kind.long_actions or seconds == 0:
        return answer
    operation = world.store.begin_operation(resource.key, OperationKind.ACTION, world.now() + seconds)
    return ArmAnswer(202, None, polling(world, operation, kind, LOCATION))
