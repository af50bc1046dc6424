"""Azure Resource Manager's verbs on resource ids, without HTTP: a request in, an answer out."""

import contextlib
from dataclasses import replace

from llama_azure_core.resource_ids import ResourceId
from llama_azure_sandbox.arm import reading, writing
from llama_azure_sandbox.arm.authorization.service import Authorization
from llama_azure_sandbox.arm.billing import BILLING_PATHS
from llama_azure_sandbox.arm.errors import ArmError, invalid_content
from llama_azure_sandbox.arm.ids import ArmPath, parse_path
from llama_azure_sandbox.arm.known_providers import require_api_version
from llama_azure_sandbox.arm.marketplace_ordering import MARKETPLACE_ORDERING_PATHS
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.operations import LOCATION, OPERATION_PATHS, polling, settle
from llama_azure_sandbox.arm.preconditions import require_idle
from llama_azure_sandbox.arm.provider_paths import PathRow, answer_rows
from llama_azure_sandbox.arm.providers import PROVIDER_PATHS, resource_type
from llama_azure_sandbox.arm.registrations import REGISTRATION_PATHS
from llama_azure_sandbox.arm.resource_type import ActionRequest
from llama_azure_sandbox.arm.shapes import require_shape
from llama_azure_sandbox.arm.store import OperationKind, StoredResource
from llama_azure_sandbox.arm.subscriptions import SUBSCRIPTION_PATHS, require_subscription
from llama_azure_sandbox.arm.templates.service import Deployments
from llama_azure_sandbox.arm.world import World

__all__ = ["ArmAnswer", "ArmRequest", "ArmService"]

_PATHS: tuple[PathRow, ...] = (
    *OPERATION_PATHS,
    *SUBSCRIPTION_PATHS,
    *REGISTRATION_PATHS,
    *BILLING_PATHS,
    *MARKETPLACE_ORDERING_PATHS,
    *PROVIDER_PATHS,
)


class ArmService:
    """Answers requests about the resources of one world.

    Attributes:
        paths: every path that is no resource. Any other is answered by what is known of the resource's type.
    """

    def __init__(self, world: World, paths: tuple[PathRow, ...] = ()) -> None:
        self._world = world
        self._authorization = Authorization(world)
        self._deployments = Deployments(world, self._authorization, self._perform)
        self.paths = (*_PATHS, *self._authorization.paths, *self._deployments.paths, *paths)

    def handle(self, request: ArmRequest) -> ArmAnswer:
        """Answer a request; the change it makes is on disk when this returns.

        Raises:
            ArmError: Azure refuses the request.
        """
        with self._world.store.transaction():
            settle(self._world)
        if request.api_version is None:
            raise ArmError(
                400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required."
            )
        request = _readable(request)
        request = self._deployments.prepared(request)
        self._deployments.carry_on()
        with self._world.store.transaction():
            return self._perform(request)

    def _perform(self, request: ArmRequest) -> ArmAnswer:
        request = _readable(request)
        self._authorization.require(request)
        answer = answer_rows(self.paths, self._world, request)
        return self._resource_verb(request) if answer is None else answer

    def _resource_verb(self, request: ArmRequest) -> ArmAnswer:
        world = self._world
        if request.segments[:1] != ["subscriptions"]:
            raise ArmError(
                404,
                "NotSupported",
                f"The sandbox has one subscription and, but for roles, nothing of the tenant above it: no "
                f"'{request.path}'.",
            )
        path = parse_path(request.path)
        require_subscription(path.subscription)
        require_api_version(world, path, request)
        match request.method, path:
            case "GET", ArmPath(collection=str()):
                return reading.list_resources(world, path, request)
            case "POST", ArmPath(id=ResourceId() as container, action=str() as action):
                return _act(world, reading.required(world, container), action, request)
            case "GET", ArmPath(id=ResourceId() as resource_id, collection=None):
                return reading.get(world, resource_id)
            case "HEAD", ArmPath(id=ResourceId() as resource_id, collection=None):
                return reading.head(world, resource_id)
            case "PUT", ArmPath(id=ResourceId() as resource_id, collection=None):
                return writing.put(world, resource_id, request)
            case "PATCH", ArmPath(id=ResourceId() as resource_id, collection=None):
                return writing.patch(world, resource_id, request)
            case "DELETE", ArmPath(id=ResourceId() as resource_id, collection=None):
                return writing.delete(world, resource_id, request)
        raise ArmError(405, "MethodNotAllowed", f"The method {request.method} is not allowed on '{request.path}'.")


def _act(world: World, resource: StoredResource, action: str, request: ArmRequest) -> ArmAnswer:
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


def _readable(request: ArmRequest) -> ArmRequest:
    """Return a request whose body is of the shape of the resource type that it is sent to.

    Raises:
        ArmError: 400, ``InvalidRequestContent``.
    """
    if request.method in ("PUT", "PATCH"):
        with contextlib.suppress(ValueError):  # what is no resource's id is told by whoever answers it
            return replace(request, body=require_shape(ResourceId.parse(request.path).type, request.body))
    elif request.body is not None and not isinstance(request.body, dict | list):
        raise invalid_content("a JSON object is required")
    return request
