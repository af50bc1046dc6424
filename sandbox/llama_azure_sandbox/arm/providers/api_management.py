"""Microsoft.ApiManagement: services, backends, APIs and their policies. No gateway answers.

The words of what is refused are this sandbox's. Policies are read as XML, and the backends that they name must be
there (source S304).
"""

import secrets
from xml.etree import ElementTree as ET

from llama_azure_core.resource_types import API_MANAGEMENT
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.resource_type import (
    ActionRequest,
    DeleteAnswer,
    DeleteRequest,
    PutAnswer,
    PutRequest,
    ResourceType,
)
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_BACKEND = f"{API_MANAGEMENT}/backends"
_SECTIONS = ["inbound", "backend", "outbound", "on-error"]


class Service(ResourceType):
    """An API Management service."""

    needs_location = True
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION

    def check(self, request: PutRequest) -> None:
        super().check(request)
        missing = [name for name in ("publisherEmail", "publisherName") if not request.properties.get(name)]
        if missing or not (request.body.get("sku") or {}).get("name"):
            raise _bad(f"A service needs {', '.join([*missing, 'sku'])}.")

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        return {"gatewayUrl": f"https://{resource.name.lower()}.azure-api.net"}


class Backend(ResourceType):
    """A backend, or a pool of backends."""

    shows_system_data = False

    def check(self, request: PutRequest) -> None:
        super().check(request)
        properties = request.properties
        if str(properties.get("type") or "Single").lower() == "pool":
            self._check_pool(request)
            return
        if not properties.get("url") or not properties.get("protocol"):
            raise _bad("A backend of type Single needs url and protocol.")
        rules = (properties.get("circuitBreaker") or {}).get("rules") or []
        if len(rules) > 1:
            raise _bad("A circuit breaker has one rule.")
        for rule in rules:
            condition: Json = rule.get("failureCondition") or {}
            if not rule.get("tripDuration") or not (condition.get("count") or condition.get("percentage")):
                raise _bad("A rule of a circuit breaker needs tripDuration, and count or percentage.")

    def _check_pool(self, request: PutRequest) -> None:
        services = (request.properties.get("pool") or {}).get("services") or []
        if not services:
            raise _bad("A pool needs at least one service.")
        service = str(request.id.parent)
        for one in services:
            name = str(one.get("id") or "").rstrip("/").rpartition("/")[2]
            found = request.world.store.resource(f"{service}/backends/{name}".lower())
            if found is None or str(found.body["properties"].get("type") or "Single").lower() == "pool":
                raise _bad(f"The pool names {one.get('id')!r}, which is no backend of type Single of the service.")

    def check_delete(self, request: DeleteRequest) -> None:
        pools = [
            one.name
            for one in request.world.store.children(str(request.resource.parent))
            if one.type.lower() == _BACKEND.lower()
            for member in (one.body["properties"].get("pool") or {}).get("services") or ()
            if str(member.get("id") or "").lower().endswith(f"/backends/{request.resource.name.lower()}")
        ]
        if pools:
            raise _bad(f"The backend is a member of the pool {pools[0]}.")


class Policy(ResourceType):
    """The policies of an API."""

    shows_system_data = False

    def check(self, request: PutRequest) -> None:
        super().check(request)
        try:
            document = ET.fromstring(str(request.properties.get("value") or ""))  # noqa: S314 - of this machine's user
        except ET.ParseError as error:
            raise _bad(f"One or more fields contain incorrect values: Error in element 'policies': {error}.") from None
        sections = [one.tag for one in document]
        if document.tag != "policies" or not set(sections) <= set(_SECTIONS) or len(set(sections)) != len(sections):
            raise _bad(f"A policy document is <policies> with {', '.join(_SECTIONS)}.")
        parts = str(request.id).partition("/apis/")[0]
        for one in document.iter("set-backend-service"):
            name = one.get("backend-id")
            if name and request.world.store.resource(f"{parts}/backends/{name}".lower()) is None:
                raise _bad(f"Backend with id '{name}' could not be found.")


def _list_secrets(request: ActionRequest) -> ArmAnswer:
    return ArmAnswer(200, dict(request.resource.secrets))


_ACTIONS = {"listsecrets": _list_secrets}


class Subscription(ResourceType):
    """A subscription to an API: two keys, which the service keeps."""

    shows_system_data = False
    actions = _ACTIONS

    def completed(self, request: PutRequest, body: Json) -> Json:
        hidden = {"primaryKey", "secondaryKey"}
        return {**body, "properties": {key: value for key, value in request.properties.items() if key not in hidden}}

    def new_secrets(self) -> dict[str, str]:
        return {name: secrets.token_hex(16) for name in ("primaryKey", "secondaryKey")}


class Child(ResourceType):
    """What else belongs to a service."""

    shows_system_data = False

    def present(self, resource: StoredResource, world: World) -> Json:
        shown = super().present(resource, world)
        return {**shown, "properties": {k: v for k, v in shown["properties"].items() if k != "provisioningState"}}


class Api(Child):
    """An API."""

    delete_answer = DeleteAnswer.LOCATION


def _bad(message: str) -> ArmError:
    return ArmError(400, "ValidationError", message)


API_MANAGEMENT_TYPES = (
    Service(API_MANAGEMENT),
    Backend(_BACKEND),
    Api(f"{API_MANAGEMENT}/apis"),
    Child(f"{API_MANAGEMENT}/apis/operations"),
    Policy(f"{API_MANAGEMENT}/apis/policies"),
    Subscription(f"{API_MANAGEMENT}/subscriptions"),
)
