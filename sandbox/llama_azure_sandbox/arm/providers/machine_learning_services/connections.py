"""Connections of a workspace to what lies elsewhere, such as a serverless endpoint of another project."""

from llama_azure_core.naming import NameKind, name_problem
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import CONNECTION
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.resource_type import ActionRequest, PutRequest, ResourceType
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_REQUIRED = ("authType", "category", "target")


def _list_secrets(request: ActionRequest) -> ArmAnswer:
    shown = ResourceType(CONNECTION).present(request.resource, request.world)
    own = _shown_always(request.resource)
    return ArmAnswer(200, {**shown, "properties": _without_state({**shown["properties"], **own})})


_ACTIONS = {"listsecrets": _list_secrets}


class Connection(ResourceType):
    """A connection: what it signs in with is shown to nobody but who may list secrets (source S29)."""

    actions = _ACTIONS

    def check(self, request: PutRequest) -> None:
        super().check(request)
        problem = name_problem(NameKind.CONNECTION, request.id.name)
        if problem is not None:
            raise ArmError(400, "ValidationError", f"The connection's name is refused: {problem}.")
        missing = [name for name in _REQUIRED if not request.properties.get(name)]
        if missing:
            raise ArmError(400, "ValidationError", f"The field {', '.join(missing)} of the connection is required.")

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        return _shown_always(resource)

    def present(self, resource: StoredResource, world: World) -> Json:
        shown = super().present(resource, world)
        return {**shown, "properties": {**_without_state(shown["properties"]), "credentials": None}}


def _shown_always(resource: StoredResource) -> Json:
    return {"createdByWorkspaceArmId": str(ResourceId.parse(resource.id).parent)}


def _without_state(properties: Json) -> Json:
    return {name: value for name, value in properties.items() if name != "provisioningState"}
