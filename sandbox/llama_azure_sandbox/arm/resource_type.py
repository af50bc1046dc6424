"""How the sandbox treats a type of resource; the providers package holds one subclass per type."""

import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from llama_azure_core.naming import NameKind, name_problem
from llama_azure_core.resource_ids import ResourceId
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.managed_identities import require_identities, shown_identity
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.operation_faults import OperationFault
from llama_azure_sandbox.arm.property_rules import require_unchanged
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.unique_ids import unique_id
from llama_azure_sandbox.arm.world import World

__all__ = [
    "Action",
    "ActionRequest",
    "DeleteAnswer",
    "DeleteRequest",
    "PutAnswer",
    "PutRequest",
    "ResourceType",
    "new_key_pair",
    "provisioning_state",
    "unique_id",
    "with_state",
]

SYSTEM_DATA = "systemData"
_KEY_BYTES = 24  # 32 characters; source S2


class PutAnswer(Enum):
    """How a PUT is answered while its operation runs (facts of ARM's generated clients, source S29)."""

    SYNCHRONOUS = "200 or 201, done"
    ASYNC_OPERATION = "200 or 201 with Azure-AsyncOperation"
    LOCATION = "202 with Location"
    OWN_STATE = "200 or 201; the resource's provisioningState tells when it is done"


class DeleteAnswer(Enum):
    """How a DELETE of an existing resource is answered."""

    SYNCHRONOUS = "200, done"
    LOCATION = "202 with Location"


@dataclass(frozen=True, slots=True)
class PutRequest:
    """A PUT that is about to be accepted."""

    id: ResourceId
    body: Json
    existing: StoredResource | None
    world: World
    api_version: str = ""

    @property
    def properties(self) -> Json:
        """The body's ``properties``."""
        properties: Json = self.body.get("properties") or {}
        return properties

    @property
    def parent(self) -> StoredResource:
        """The resource that this one is a child of.

        Raises:
            ArmError: it is not there.
        """
        _require_parent(self.world, self.id)
        key = self.id.parent_key
        stored = None if key is None else self.world.store.resource(key)
        if stored is None:
            raise AssertionError(f"{self.id} has no parent")
        return stored


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """A POST to a resource."""

    action: str
    """In lower case, such as ``listkeys``."""
    resource: StoredResource
    request: ArmRequest
    world: World

    @property
    def body(self) -> Json:
        """The body, an empty one where none was sent.

        Raises:
            ArmError: it is not a JSON object.
        """
        return {} if self.request.body is None else self.request.json_object()


Action = Callable[[ActionRequest], ArmAnswer]
"""Answers a POST to a resource."""


@dataclass(frozen=True, slots=True)
class DeleteRequest:
    """A DELETE that is about to be accepted."""

    id: ResourceId
    existing: StoredResource | None
    request: ArmRequest
    world: World

    @property
    def resource(self) -> StoredResource:
        """The resource that is to be deleted.

        Raises:
            AssertionError: it is not there; ``delete_missing`` has to do with that.
        """
        if self.existing is None:
            raise AssertionError(f"{self.id} is not there")
        return self.existing

    @property
    def purges(self) -> bool:
        """Whether the name shall be free at once, although a deleted resource of the type holds it (source S29)."""
        return (self.request.parameter("forceToPurge") or "").lower() == "true"


class ResourceType:
    """A type whose resources are simply kept: what a type without a module of its own gets."""

    put_answer = PutAnswer.SYNCHRONOUS
    delete_answer = DeleteAnswer.SYNCHRONOUS
    needs_location = False
    takes_global = False
    """Whether the location that it needs may be ``global``."""
    name_kind: NameKind | None = None
    """The rule of the type's names, for those that Azure Resource Manager itself holds them to."""
    actions: Mapping[str, Action] = {}
    """What can be POSTed to a resource, by the action's name in lower case."""
    long_actions: frozenset[str] = frozenset()
    """The actions, in lower case, that take their time: 202 with a Location."""
    immutable: tuple[str, ...] = ()
    """Paths into the body, such as ``properties.modelId``, of what a resource keeps for life."""
    states_at_work = ("Creating", "Updating")
    """The provisioning states of a resource that is being made, and of one that is being changed."""
    patched: frozenset[str] | None = None
    """What a PATCH changes, by the names in the body; ``None`` for everything."""
    shows_system_data = True
    """Whether Azure shows who made a resource and when; a few older types have no such part."""

    def __init__(self, name: str) -> None:
        self.name = name
        """The full type as Azure spells it."""

    def check(self, request: PutRequest) -> None:
        """Refuse what Azure refuses of a PUT or a PATCH.

        Raises:
            ArmError: it is refused.
        """
        if request.existing is not None:
            require_unchanged(request.body, request.existing, self.immutable)
        elif self.name_kind is not None:
            _require_name(self.name_kind, request.id.name)
        if self.needs_location and not request.body.get("location"):
            raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
        _require_parent(request.world, request.id)
        require_identities(request.world, str(request.id), request.body)

    def completed(self, request: PutRequest, body: Json) -> Json:
        """Return the body of an accepted PUT with what Azure fills in for good."""
        return body

    def expires_at(self, resource: StoredResource) -> float | None:
        """Return when Azure deletes a resource by itself, in seconds since the epoch; ``None`` for never."""
        return None

    def fault(self, request: PutRequest) -> OperationFault | None:
        """Return how the operation of an accepted PUT goes wrong, where Azure finds out only then."""
        return None

    def at_work(self, resource: StoredResource) -> ArmError:
        """Return the refusal of a write to a resource whose operation runs."""
        return ArmError(
            409,
            "AnotherOperationInProgress",
            f"Another operation on resource '{resource.id}' is in progress "
            f"(provisioningState {provisioning_state(resource)}). Wait for it to complete and try again.",
        )

    def written(self, request: PutRequest, resource: StoredResource) -> None:
        """Do what follows from a PUT that was accepted."""

    def check_delete(self, request: DeleteRequest) -> None:
        """Refuse a DELETE that Azure refuses.

        Raises:
            ArmError: the DELETE is refused.
        """

    def delete_missing(self, request: DeleteRequest) -> None:
        """Do what a DELETE of a resource means that is not there."""

    def leaving(self, resource: StoredResource, world: World) -> None:
        """Do what is done before a resource goes, alone or with what it lies in: all that lies in it is there yet."""

    def removed(self, resource: StoredResource, world: World) -> None:
        """Do what follows when a resource is gone, alone or with what it lay in."""

    def given(self, parent: StoredResource, world: World) -> list[StoredResource]:
        """Return the children of this type that a parent has from the start, without anybody having put them."""
        return []

    def wanted(self, shown: list[Json], request: ArmRequest) -> list[Json]:
        """Return those of a list that a request asks for, by a parameter of the type's own."""
        return shown

    def also_listed(self, world: World) -> list[Json]:
        """Return what a list of the whole subscription shows beside the resources that are there."""
        return []

    def new_secrets(self) -> dict[str, str]:
        """Return the keys that a new resource of this type gets."""
        return {}

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        """Return the properties that Azure adds to a resource that is ready."""
        return {}

    def act(self, request: ActionRequest) -> ArmAnswer:
        """Answer a POST to a resource.

        Raises:
            ArmError: the type has no such action.
        """
        answer = self.actions.get(request.action)
        if answer is None:
            raise ArmError(
                404,
                "InvalidResourceType",
                f"The resource type '{self.name}' has no action '{request.action}' in this sandbox.",
            )
        return answer(request)

    def action_result(self, resource: StoredResource) -> Json | None:
        """Return what the Location of a long action shows in the end; ``None`` for nothing."""
        return None

    def present(self, resource: StoredResource, world: World) -> Json:
        """Return the resource as ARM shows it."""
        body: Json = {"id": resource.id, "name": resource.name, "type": self.name, **resource.body}
        if provisioning_state(resource) == "Succeeded":
            body["properties"] = {**body["properties"], **self.read_only_properties(resource, world)}
        if not self.shows_system_data:
            body.pop(SYSTEM_DATA, None)
        identity = shown_identity(resource, world)
        return {**body, "identity": identity} if identity else body


def system_data(request: ArmRequest, existing: StoredResource | None, world: World) -> Json:
    """Return who made a resource and changed it last, and when, as Azure shows it."""
    moment = dt.datetime.fromtimestamp(world.moment(), dt.UTC).isoformat().replace("+00:00", "Z")
    caller = request.caller.client
    kind = "User" if "@" in caller else "Application"
    made: Json = {} if existing is None else existing.body.get(SYSTEM_DATA) or {}
    return {
        "createdBy": made.get("createdBy", caller),
        "createdByType": made.get("createdByType", kind),
        "createdAt": made.get("createdAt", moment),
        "lastModifiedBy": caller,
        "lastModifiedByType": kind,
        "lastModifiedAt": moment,
    }


def new_key_pair() -> dict[str, str]:
    """Return the two keys of a new endpoint."""
    return {"primaryKey": secrets.token_urlsafe(_KEY_BYTES), "secondaryKey": secrets.token_urlsafe(_KEY_BYTES)}


def provisioning_state(resource: StoredResource) -> str:
    """Return the state that Azure shows: such as Creating, Accepted, Updating, Deleting, Failed or Succeeded."""
    state: Any = resource.body["properties"]["provisioningState"]
    return str(state)


def with_state(resource: StoredResource, state: str) -> StoredResource:
    """Return the resource in another provisioning state."""
    properties = {**resource.body["properties"], "provisioningState": state}
    return replace(resource, body={**resource.body, "properties": properties})


def _require_name(kind: NameKind, name: str) -> None:
    problem = name_problem(kind, name)
    if problem is not None:
        raise ArmError(400, "InvalidResourceName", f"{problem}.")


# A storage account's blobServices/default, say, is there with the account, without having been put.
_ALWAYS_THERE = "default"


def _nearest_put(extended: str) -> str:
    """Return the nearest of what an extension extends that somebody has put."""
    segments = extended.split("/")
    while segments[-1].lower() == _ALWAYS_THERE:
        segments = segments[:-2]
    return "/".join(segments)


def _require_parent(world: World, resource_id: ResourceId) -> None:
    """Refuse a child of nothing. Resource groups are looked at elsewhere.

    Raises:
        ArmError: 404, in the words of Azure Resource Manager.
    """
    types, names = resource_id.types[:-1], resource_id.names[:-1]
    while names and names[-1].lower() == _ALWAYS_THERE:
        types, names = types[:-1], names[:-1]
    if names:
        parent = str(ResourceId(resource_id.scope, resource_id.namespace, types, names))
    elif "/providers/" in resource_id.scope:
        parent = _nearest_put(resource_id.scope)
    else:
        return
    if world.store.resource(parent.lower()) is None:
        raise ArmError(
            404,
            "ParentResourceNotFound",
            f"Failed to perform 'write' on resource '{resource_id}', because the parent resource '{parent}' could not "
            "be found.",
        )
