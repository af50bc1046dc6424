"""Azure Resource Manager's verbs on resource ids, without HTTP: a request in, an answer out."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.arm.errors import ArmError, resource_not_found
from sandbox.arm.ids import RESOURCE_GROUP_TYPE, ArmPath, ResourceId, parse_path, resource_group_id
from sandbox.arm.providers import resource_type
from sandbox.arm.resource_type import DeleteAnswer, PutAnswer, PutRequest, ResourceType, provisioning_state
from sandbox.arm.store import (
    Json,
    OperationKind,
    OperationStatus,
    StoredOperation,
    StoredResource,
)
from sandbox.arm.world import SUBSCRIPTION_ID, TENANT_ID, World

_POLL_MILLISECONDS = 100
_OPERATION_API_VERSION = "2024-03-01"
_IN_PROGRESS_STATES = {"Creating", "Updating", "Deleting"}


@dataclass(frozen=True, slots=True)
class ArmRequest:
    """A request to Azure Resource Manager."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True)
class ArmAnswer:
    """What Azure Resource Manager answers. A body of ``None`` is an empty one."""

    status: int
    body: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class ArmService:
    """Answers requests about the resources of one world."""

    def __init__(self, world: World, clock: Callable[[], float] = time.time) -> None:
        self._world = world
        self._store = world.store
        self._clock = clock

    def handle(self, request: ArmRequest) -> ArmAnswer:
        """Answer a request; the change it makes is on disk when this returns.

        Raises:
            ArmError: Azure refuses the request.
        """
        with self._store.transaction():
            self._settle()
            if "api-version" not in {key.lower() for key in request.query}:
                raise ArmError(
                    400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required."
                )
            special = self._special(request)
            return special if special is not None else self._resource_verb(request)

    def _settle(self) -> None:
        """Finish every operation that is due."""
        for operation in self._store.due_operations(self._clock()):
            self._finish(operation)

    def _finish(self, operation: StoredOperation) -> None:
        resource = self._store.resource(operation.resource)
        if resource is not None and operation.kind is OperationKind.DELETE:
            self._store.remove(operation.resource)
        elif resource is not None:
            self._store.save(_with_state(resource, "Succeeded"))
        self._store.finish_operation(operation.id)

    def _special(self, request: ArmRequest) -> ArmAnswer | None:
        """Answer what is no resource: subscriptions and operations."""
        match [part.lower() for part in request.path.split("/") if part]:
            case ["subscriptions"]:
                return ArmAnswer(200, {"value": [_subscription()]})
            case ["tenants"]:
                return ArmAnswer(200, {"value": [{"id": f"/tenants/{TENANT_ID}", "tenantId": TENANT_ID}]})
            case ["subscriptions", subscription]:
                _require_subscription(subscription)
                return ArmAnswer(200, _subscription())
            case ["subscriptions", _, "providers", _, "locations", _, "operationsstatus", operation_id]:
                return self._operation_status(operation_id)
            case ["subscriptions", _, "providers", _, "locations", _, "operationresults", operation_id]:
                return self._operation_result(operation_id, request)
        return None

    def _resource_verb(self, request: ArmRequest) -> ArmAnswer:
        path = parse_path(request.path)
        _require_subscription(path.subscription)
        match request.method, path:
            case "GET", ArmPath(collection=str()):
                return self._list(path)
            case "POST", ArmPath(id=ResourceId() as container, action=str() as action):
                return self._act(container, action)
            case "GET" | "HEAD", ArmPath(id=ResourceId() as resource_id, collection=None):
                return ArmAnswer(200, self._present(self._required(resource_id)))
            case "PUT", ArmPath(id=ResourceId() as resource_id, collection=None):
                return self._put(resource_id, _object(request.body))
            case "PATCH", ArmPath(id=ResourceId() as resource_id, collection=None):
                return self._patch(resource_id, _object(request.body))
            case "DELETE", ArmPath(id=ResourceId() as resource_id, collection=None):
                return self._delete(resource_id)
        raise ArmError(405, "MethodNotAllowed", f"The method {request.method} is not allowed on '{request.path}'.")

    # -- reading ---------------------------------------------------------------------------------

    def _required(self, resource_id: ResourceId) -> StoredResource:
        group = resource_id.resource_group
        if group is not None and self._store.resource(resource_group_id(resource_id.subscription, group).key) is None:
            raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")
        resource = self._store.resource(resource_id.key)
        if resource is None:
            raise resource_not_found(str(resource_id))
        return resource

    def _present(self, resource: StoredResource) -> Json:
        return resource_type(resource.type).present(resource, self._world)

    def _list(self, path: ArmPath) -> ArmAnswer:
        if path.id is not None:
            self._required(path.id)
        prefix = f"/subscriptions/{path.subscription}/".lower() if path.id is None else f"{path.id.key}/"
        if path.collection == "*":
            found = [r for r in self._store.all_resources() if r.type != RESOURCE_GROUP_TYPE]
        else:
            found = self._store.of_type(str(path.collection))
        return ArmAnswer(200, {"value": [self._present(r) for r in found if r.key.startswith(prefix)]})

    def _act(self, resource_id: ResourceId, action: str) -> ArmAnswer:
        resource = self._required(resource_id)
        return ArmAnswer(200, resource_type(resource.type).act(action, resource, self._world))

    # -- writing ---------------------------------------------------------------------------------

    def _put(self, resource_id: ResourceId, body: Json) -> ArmAnswer:
        kind = resource_type(resource_id.type)
        group = resource_id.resource_group
        if group is not None and kind.name != RESOURCE_GROUP_TYPE:
            self._required(resource_group_id(resource_id.subscription, group))
        existing = self._store.resource(resource_id.key)
        kind.check(PutRequest(resource_id, body, existing, self._world))
        kept = {key: value for key, value in body.items() if key not in {"id", "name", "type", "systemData"}}
        kept["properties"] = dict(kept.get("properties") or {})
        if existing is not None:
            resource = replace(existing, body=kept)
        else:
            resource = StoredResource(
                key=resource_id.key,
                id=str(resource_id),
                type=kind.name,
                parent=resource_id.parent_key,
                instance=str(uuid.uuid4()),
                body=kept,
                secrets=kind.new_secrets(),
            )
        return self._write(kind, resource, is_new=existing is None)

    def _write(self, kind: ResourceType, resource: StoredResource, *, is_new: bool) -> ArmAnswer:
        seconds = self._world.seconds_for(kind.name)
        done = 201 if is_new and kind.put_answer is not PutAnswer.LOCATION else 200
        if kind.put_answer is PutAnswer.SYNCHRONOUS or seconds == 0:
            resource = _with_state(resource, "Succeeded")
            self._store.save(resource)
            return ArmAnswer(done, self._present(resource))
        resource = _with_state(resource, "Creating" if is_new else "Updating")
        self._store.save(resource)
        operation = self._store.begin_operation(resource.key, OperationKind.PUT, self._clock() + seconds)
        if kind.put_answer is PutAnswer.LOCATION:
            return ArmAnswer(202, self._present(resource), self._polling(operation, kind, "Location"))
        return ArmAnswer(done, self._present(resource), self._polling(operation, kind, "Azure-AsyncOperation"))

    def _patch(self, resource_id: ResourceId, changes: Json) -> ArmAnswer:
        resource = self._required(resource_id)
        body = _merge_patch(resource.body, changes)
        kind = resource_type(resource.type)
        kind.check(PutRequest(resource_id, body, resource, self._world))
        resource = _with_state(replace(resource, body=body), "Succeeded")
        self._store.save(resource)
        return ArmAnswer(200, self._present(resource))

    def _delete(self, resource_id: ResourceId) -> ArmAnswer:
        resource = self._store.resource(resource_id.key)
        if resource is None:
            return ArmAnswer(204)
        kind = resource_type(resource.type)
        seconds = self._world.seconds_for(kind.name)
        if kind.delete_answer is DeleteAnswer.SYNCHRONOUS:
            self._store.remove(resource.key)
            return ArmAnswer(200)
        self._store.save(_with_state(resource, "Deleting"))
        operation = self._store.begin_operation(resource.key, OperationKind.DELETE, self._clock() + seconds)
        return ArmAnswer(202, None, self._polling(operation, kind, "Location"))

    # -- long-running operations -----------------------------------------------------------------

    def _polling(self, operation: StoredOperation, kind: ResourceType, header: str) -> dict[str, str]:
        # Only the millisecond header: clients round Retry-After up to whole seconds, or take 0 for "not given".
        route = "operationsStatus" if header == "Azure-AsyncOperation" else "operationResults"
        namespace = kind.name.split("/", 1)[0]
        url = (
            f"{self._world.base_url}/subscriptions/{SUBSCRIPTION_ID}/providers/{namespace}/locations/global/"
            f"{route}/{operation.id}?api-version={_OPERATION_API_VERSION}"
        )
        return {header: url, "x-ms-retry-after-ms": str(_POLL_MILLISECONDS)}

    def _operation(self, operation_id: str) -> StoredOperation:
        operation = self._store.operation(operation_id)
        if operation is None:
            raise ArmError(404, "OperationNotFound", f"The operation '{operation_id}' was not found.")
        return operation

    def _operation_status(self, operation_id: str) -> ArmAnswer:
        operation = self._operation(operation_id)
        headers = {}
        if operation.status is OperationStatus.IN_PROGRESS:
            headers["x-ms-retry-after-ms"] = str(_POLL_MILLISECONDS)
        return ArmAnswer(200, {"name": operation.id, "status": operation.status.value}, headers)

    def _operation_result(self, operation_id: str, request: ArmRequest) -> ArmAnswer:
        operation = self._operation(operation_id)
        if operation.status is OperationStatus.IN_PROGRESS:
            location = f"{self._world.base_url}{request.path}?api-version={_OPERATION_API_VERSION}"
            return ArmAnswer(202, None, {"Location": location, "x-ms-retry-after-ms": str(_POLL_MILLISECONDS)})
        resource = self._store.resource(operation.resource)
        if operation.kind is OperationKind.DELETE or resource is None:
            return ArmAnswer(204)
        return ArmAnswer(200, self._present(resource))


def is_busy(resource: StoredResource) -> bool:
    """Whether an operation on the resource is still running."""
    return provisioning_state(resource) in _IN_PROGRESS_STATES


def _with_state(resource: StoredResource, state: str) -> StoredResource:
    properties = {**resource.body["properties"], "provisioningState": state}
    return replace(resource, body={**resource.body, "properties": properties})


def _object(body: Any) -> Json:
    if not isinstance(body, dict):
        raise ArmError(400, "InvalidRequestContent", "The request content was invalid: a JSON object is required.")
    return body


def _merge_patch(target: Json, changes: Json) -> Json:
    """Apply a JSON merge patch (RFC 7396)."""
    merged = dict(target)
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge_patch(merged[key], value)
        else:
            merged[key] = value
    return merged


def _require_subscription(subscription: str) -> None:
    if subscription.lower() != SUBSCRIPTION_ID:
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")


def _subscription() -> Json:
    return {
        "id": f"/subscriptions/{SUBSCRIPTION_ID}",
        "subscriptionId": SUBSCRIPTION_ID,
        "tenantId": TENANT_ID,
        "displayName": "Sandbox",
        "state": "Enabled",
    }
