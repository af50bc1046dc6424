"""Role assignments: extension resources at any scope, gone with the resource that they extend."""

import datetime as dt
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from llama_azure_core.conditions import (
    DELETE,
    VERSION,
    WRITE,
    Attempt,
    Condition,
    ConditionError,
    assignment,
    parse_condition,
)
from llama_azure_core.rbac import Assignment, scope_contains
from llama_azure_core.resource_ids import name_of
from llama_azure_core.resource_types import ROLE_ASSIGNMENT
from llama_azure_sandbox.arm.authorization.definitions import RoleDefinitions, role_definition_id, role_does_not_exist
from llama_azure_sandbox.arm.authorization.paths import AuthorizationPath, guid
from llama_azure_sandbox.arm.caller import OWNER
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.marks import Mark
from llama_azure_sandbox.arm.store import Json, Store, StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, TENANT_ID, World
from llama_azure_sandbox.identity.principals import Directory

SUBSCRIPTION_SCOPE = f"/subscriptions/{SUBSCRIPTION_ID}"
_OWNER_ROLE = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
_PRINCIPAL_FILTER = re.compile(r"(?:principalId\s+eq\s+'?|assignedTo\(\s*'?)([0-9a-f-]{36})'?\)?", re.IGNORECASE)
_TYPES = ("ServicePrincipal", "User", "Group", "ForeignGroup", "Device")


@dataclass(frozen=True, slots=True)
class Grant:
    """What an assignment is made of."""

    role_id: str
    principal_id: str
    principal_type: str | None
    """``None``: it is looked up, so the principal must be there."""
    description: str | None = None
    condition: str | None = None


class RoleAssignments:
    """Who holds which role where."""

    def __init__(self, store: Store, definitions: RoleDefinitions) -> None:
        self._store = store
        self._definitions = definitions

    def ensure_owner(self) -> None:
        """Let the principal that is there from the start own the subscription."""
        name = str(uuid.uuid5(uuid.UUID(OWNER.object_id), "owner of the subscription"))
        if self._store.resource(_key(SUBSCRIPTION_SCOPE, name)) is None:
            self._save(
                SUBSCRIPTION_SCOPE, name, Grant(_OWNER_ROLE, OWNER.object_id, "ServicePrincipal"), 0.0, OWNER.object_id
            )

    def _all(self) -> list[StoredResource]:
        """Return the assignments that can be read: one bad one must not end every request."""
        return [one for one in self._store.of_type(ROLE_ASSIGNMENT) if _is_readable(one)]

    def _of(self, principal_id: str) -> list[StoredResource]:
        return [
            one for one in self._store.marked(Mark.HOLDER, principal_id.lower(), ROLE_ASSIGNMENT) if _is_readable(one)
        ]

    def held(self, principal_id: str, effective_at: float) -> list[Assignment]:
        """Return a principal's assignments that were made at or before a moment (seconds since the epoch)."""
        found = []
        for stored in self._of(principal_id):
            properties = stored.body["properties"]
            role = self._definitions.role(properties["roleDefinitionId"])
            if role is not None and _created(stored) <= effective_at:
                condition = _condition(properties.get("condition"))
                found.append(Assignment(properties["principalId"], role, properties["scope"], condition))
        return found

    def attempt(self, action: str, assignment_id: str, body: Json | None) -> Attempt:
        """Return what conditions see of a request: of one to write an assignment what it would set, of one to delete
        one what is there (source S270)."""
        if action.casefold() == WRITE.casefold():
            given = body.get("properties") if isinstance(body, dict) else None
            return Attempt(action, request=self._attributes(given if isinstance(given, dict) else {}))
        stored = self._store.resource(assignment_id.lower()) if action.casefold() == DELETE.casefold() else None
        return (
            Attempt(action) if stored is None else Attempt(action, resource=self._attributes(stored.body["properties"]))
        )

    def _attributes(self, properties: Json) -> dict[str, str]:
        role_id, principal_id = (str(properties.get(key) or "") for key in ("roleDefinitionId", "principalId"))
        kind = properties.get("principalType") or _known_principal_type(self._store, principal_id.lower())
        return assignment(name_of(role_id) if role_id else "", principal_id, None if kind is None else str(kind))

    def is_assigned(self, role_id: str) -> bool:
        """Whether a role, by its GUID, is assigned somewhere."""
        return self._store.count_marked(Mark.ROLE, role_id.lower(), ROLE_ASSIGNMENT) > 0

    def remove_of(self, principal_id: str) -> None:
        """Remove every assignment of a principal."""
        for stored in self._of(principal_id):
            self._store.remove(stored.key)

    def find(self, path: AuthorizationPath) -> Json:
        """Return assignments at and above a scope and, unless the filter is ``atScope()``, below it."""
        asked = path.filter.lower()
        principal = _PRINCIPAL_FILTER.search(path.filter)
        if asked and principal is None and "atscope()" not in asked:
            raise ArmError(400, "BadRequestFormat", f"The filter '{path.filter}' is not supported.")
        found = []
        for stored in self._all() if principal is None else self._of(principal[1]):
            properties = stored.body["properties"]
            above = scope_contains(properties["scope"], path.scope)
            below = "atscope()" not in asked and scope_contains(path.scope, properties["scope"])
            if above or below:
                found.append(_present(stored))
        return {"value": found}

    def get(self, path: AuthorizationPath) -> Json:
        """Return one assignment."""
        stored = self._store.resource(_key(path.scope, path.name))
        if stored is None:
            raise ArmError(404, "RoleAssignmentNotFound", f"The role assignment '{path.name}' is not found.")
        return _present(stored)

    def put(self, path: AuthorizationPath, body: Json, now: float, caller: str) -> tuple[int, Json]:
        """Assign a role, or repeat an assignment that is there."""
        name = guid(
            path.name,
            "InvalidRoleAssignmentId",
            "The role assignment ID '{}' is not valid. The role assignment ID must be a GUID.",
        )
        grant = self._checked(body, path.scope)
        existing = self._store.resource(_key(path.scope, name))
        if existing is not None:
            if not _is_same(existing, grant):
                raise ArmError(
                    400,
                    "RoleAssignmentUpdateNotPermitted",
                    "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
                )
            if existing.body["properties"].get("condition") == grant.condition:
                return 200, _present(existing)
            return 200, _present(self._save(path.scope, name, grant, now, caller))
        for other in self._of(grant.principal_id):
            if other.body["properties"]["scope"].lower() == path.scope.lower() and _is_same(other, grant):
                taken = name_of(other.key).replace("-", "")
                raise ArmError(
                    409,
                    "RoleAssignmentExists",
                    f"The role assignment already exists. The ID of the existing role assignment is {taken}.",
                )
        return 201, _present(self._save(path.scope, name, grant, now, caller))

    def delete(self, path: AuthorizationPath) -> Json | None:
        """Remove an assignment; return what it was."""
        stored = self._store.resource(_key(path.scope, path.name))
        if stored is None:
            return None
        self._store.remove(stored.key)
        return _present(stored)

    def _checked(self, body: Json, scope: str) -> Grant:
        given = body.get("properties") or {}
        try:
            principal_id = str(uuid.UUID(given.get("principalId")))
        except (AttributeError, TypeError, ValueError):
            raise ArmError(400, "BadRequestFormat", "The request was incorrectly formatted.") from None
        role_id = str(given.get("roleDefinitionId") or "")
        role = self._definitions.role(role_id)
        if role is None:
            raise role_does_not_exist(name_of(role_id))
        if not any(scope_contains(one, scope) for one in self._definitions.assignable_scopes(role)):
            raise ArmError(
                400,
                "RoleAssignmentScopeNotAssignableToRoleDefinition",
                f"The role assignment scope '{scope}' is not assignable to role definition '{role.name}'.",
            )
        kind = self._principal_type(principal_id, given.get("principalType"))
        return Grant(role.id, principal_id, kind, given.get("description"), _checked_condition(given))

    def _principal_type(self, principal_id: str, asked: str | None) -> str:
        """Return a principal's type. One that is not there is believed in if its type is given, as on Azure."""
        if asked is not None and asked not in _TYPES:
            raise ArmError(
                400,
                "PrincipalTypeNotSupported",
                f"Principals of type '{asked}' cannot validly be used in role assignments.",
            )
        known = _known_principal_type(self._store, principal_id)
        if known is None and asked is None:
            raise ArmError(
                400,
                "PrincipalNotFound",
                f"Principal {principal_id.replace('-', '')} does not exist in the directory {TENANT_ID}. Check that "
                "you have the correct principal ID. If you are creating this principal and then immediately assigning "
                "a role, this error might be related to a replication delay. In this case, set the role assignment "
                "principalType property to a value, such as ServicePrincipal, User, or Group.  "
                "See https://aka.ms/docs-principaltype",
            )
        if known is not None and asked is not None and known != asked:
            raise ArmError(  # the misspelling is Azure's own
                400,
                "UnmatchedPrincipalType",
                f"The PrincipalId '{principal_id.replace('-', '')}' has type '{known}' , "
                f"which is different from specified PrinciaplType '{asked}'.",
            )
        return known or str(asked)

    def _save(self, scope: str, name: str, grant: Grant, now: float, caller: str) -> StoredResource:
        role = self._definitions.role(grant.role_id)
        if role is None:
            raise role_does_not_exist(grant.role_id)
        created = dt.datetime.fromtimestamp(now, dt.UTC).isoformat()
        properties = {
            "provisioningState": "Succeeded",
            "roleDefinitionId": role_definition_id(role),
            "principalId": grant.principal_id,
            "principalType": grant.principal_type,
            "scope": scope,
            "condition": grant.condition,
            "conditionVersion": None if grant.condition is None else VERSION,
            "description": grant.description,
            "createdOn": created,
            "updatedOn": created,
            "createdBy": caller,
            "updatedBy": caller,
        }
        stored = StoredResource(
            _key(scope, name),
            f"{scope}/providers/{ROLE_ASSIGNMENT}/{name}",
            ROLE_ASSIGNMENT,
            None if scope.lower() == SUBSCRIPTION_SCOPE else scope.lower(),
            str(uuid.uuid4()),
            {"properties": properties},
            {},
        )
        self._store.save(stored)
        return stored


def _checked_condition(given: Json) -> str | None:
    text, version = given.get("condition"), given.get("conditionVersion") or VERSION
    if text in (None, ""):
        return None
    try:
        parse_condition(str(text))
    except ConditionError:
        version = ""
    if version != VERSION:  # the words are Azure's (source S271)
        raise ArmError(400, "BadRequest", "The given role assignment condition is invalid.")
    return str(text)


def _condition(text: object) -> Condition | None:
    """Return a stored condition; one that cannot be read holds back everything."""
    if text is None:
        return None
    try:
        return parse_condition(str(text))
    except ConditionError:
        return lambda _: False


def _is_readable(stored: StoredResource) -> bool:
    properties = stored.body["properties"]
    if not all(
        isinstance(properties.get(key), str) for key in ("roleDefinitionId", "principalId", "scope", "createdOn")
    ):
        return False
    try:
        _created(stored)
    except ValueError:
        return False
    return True


def may_with_data(world: World, principal_id: str, actions: Iterable[str], scope: str) -> bool:
    """Whether a principal may do one of some things with the data of a resource, by assignments that count by now."""
    wanted = tuple(actions)
    return any(
        scope_contains(one.scope, scope) and any(one.role.permits_data(action) for action in wanted)
        for one in RoleAssignments(world.store, RoleDefinitions(world.store)).held(principal_id, world.roles_as_of())
    )


def _is_same(stored: StoredResource, grant: Grant) -> bool:
    properties = stored.body["properties"]
    role_id = name_of(properties["roleDefinitionId"])
    return (properties["principalId"], role_id.lower()) == (grant.principal_id, grant.role_id.lower())


def _created(stored: StoredResource) -> float:
    return dt.datetime.fromisoformat(stored.body["properties"]["createdOn"]).timestamp()


def _present(stored: StoredResource) -> Json:
    properties = {key: value for key, value in stored.body["properties"].items() if key != "provisioningState"}
    return {
        "id": stored.id,
        "name": stored.name,
        "type": ROLE_ASSIGNMENT,
        "properties": properties,
    }


def _key(scope: str, name: str) -> str:
    return f"{scope}/providers/{ROLE_ASSIGNMENT}/{name}".lower()


def _known_principal_type(store: Store, object_id: str) -> str | None:
    """Return the type of the principal of an object id, or ``None`` if there is none."""
    principal = Directory(store).by_object_id(object_id)
    if principal is not None:
        return principal.type.value
    return "ServicePrincipal" if store.marked(Mark.PRINCIPAL, object_id) else None
