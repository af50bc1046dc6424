"""Long-running operations: begun by a write, watched by polling, finished by the first look after they are due."""

import logging
from collections.abc import Mapping

from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.operation_faults import NEVER, OperationFault, failure_of, remember_fault
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.providers import resource_type
from llama_azure_sandbox.arm.registrations import finish_registrations
from llama_azure_sandbox.arm.removal import remove
from llama_azure_sandbox.arm.resource_type import ResourceType, provisioning_state, with_state
from llama_azure_sandbox.arm.soft_deletion import purge_at
from llama_azure_sandbox.arm.store import Json, OperationKind, OperationStatus, StoredOperation, StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World

_log = logging.getLogger(__name__)

_POLL_MILLISECONDS = 100
_OPERATION_API_VERSION = "2024-03-01"
_IN_PROGRESS_STATES = {"Accepted", "Creating", "Updating", "Deleting"}

ASYNC_OPERATION = "Azure-AsyncOperation"
LOCATION = "Location"


def is_busy(resource: StoredResource) -> bool:
    """Whether an operation on the resource is still running."""
    return provisioning_state(resource) in _IN_PROGRESS_STATES


def settle(world: World) -> None:
    """Finish every operation and every registration that is due."""
    finish_registrations(world)
    for operation in world.store.due_operations(world.now()):
        try:
            with world.store.attempt(), world.store.at(operation.due):
                _finish(world, operation)
        except Exception:  # noqa: BLE001 - it ends this operation, and no other request
            _log.exception("the operation %s on %s failed the sandbox", operation.id, operation.resource)
            world.store.finish_operation(operation.id, OperationStatus.FAILED)


def polling(world: World, operation: StoredOperation, kind: ResourceType, header: str) -> dict[str, str]:
    """Return the headers that tell a client where to watch an operation.

    Only the millisecond header: clients round Retry-After up to whole seconds, or take 0 for "not given".
    """
    route = "operationsStatus" if header == ASYNC_OPERATION else "operationResults"
    namespace = kind.name.split("/", 1)[0]
    url = (
        f"{world.base_url}/subscriptions/{SUBSCRIPTION_ID}/providers/{namespace}/locations/global/"
        f"{route}/{operation.id}?api-version={_OPERATION_API_VERSION}"
    )
    return {header: url, **pause(), "x-ms-async-operation-timeout": "PT1H"}


def begin(
    world: World, resource: StoredResource, kind: OperationKind, seconds: float, fault: OperationFault | None
) -> StoredOperation:
    """File a new operation that takes some seconds, or goes wrong as the fault says."""
    due = NEVER if fault is not None and fault.never_ends else world.now() + seconds
    operation = world.store.begin_operation(resource.key, kind, due)
    remember_fault(world, operation, fault)
    return operation


def _poll_status(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    return _status(world, _operation(world, path["operation"].lower()))


def _poll_result(world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    return _result(world, _operation(world, path["operation"].lower()), request)


_LOCATION = "/subscriptions/{subscription}/providers/{namespace}/locations/{location}"
OPERATION_PATHS = (
    PathRow("GET", f"{_LOCATION}/operationsStatus/{{operation}}", _poll_status),
    PathRow("GET", f"{_LOCATION}/operationResults/{{operation}}", _poll_result),
)


def _finish(world: World, operation: StoredOperation) -> None:
    resource = world.store.resource(operation.resource)
    if failure_of(world, operation) is not None:
        if resource is not None:
            world.store.save(with_state(resource, "Failed"))
        world.store.finish_operation(operation.id, OperationStatus.FAILED)
        return
    if resource is not None:
        match operation.kind:
            case OperationKind.PUT:
                world.store.save(with_state(resource, "Succeeded"))
            case OperationKind.DELETE:
                remove(world, resource)
            case OperationKind.EXPIRY:
                expires_at = resource_type(resource.type).expires_at(resource)
                if expires_at is not None and expires_at <= world.now():  # else the name is another endpoint's now
                    remove(world, resource)
            case OperationKind.PURGE:
                remove(world, resource)
                purge_at(world, resource.key)
    world.store.finish_operation(operation.id)


def _operation(world: World, operation_id: str) -> StoredOperation:
    operation = world.store.operation(operation_id)
    if operation is None:
        raise ArmError(404, "OperationNotFound", f"The operation '{operation_id}' was not found.")
    return operation


def _status(world: World, operation: StoredOperation) -> ArmAnswer:
    body: Json = {"name": operation.id, "status": operation.status.value}
    if operation.status is OperationStatus.FAILED:
        body["error"] = failure_of(world, operation)
    return ArmAnswer(200, body, pause() if operation.status is OperationStatus.IN_PROGRESS else {})


def _result(world: World, operation: StoredOperation, request: ArmRequest) -> ArmAnswer:
    if operation.status is OperationStatus.IN_PROGRESS:
        location = f"{world.base_url}{request.path}?api-version={_OPERATION_API_VERSION}"
        return ArmAnswer(202, None, {LOCATION: location, **pause()})
    error = failure_of(world, operation)
    if error is not None:
        raise ArmError(409, error["code"], error["message"])
    resource = world.store.resource(operation.resource)
    if resource is None or operation.kind not in {OperationKind.PUT, OperationKind.ACTION}:
        return ArmAnswer(204)
    kind = resource_type(resource.type)
    if operation.kind is OperationKind.ACTION:
        return ArmAnswer(200, kind.action_result(resource))
    return ArmAnswer(200, kind.present(resource, world))


def pause() -> Mapping[str, str]:
    """Return the header that tells a client how long to wait before it looks again."""
    return {"x-ms-retry-after-ms": str(_POLL_MILLISECONDS)}
