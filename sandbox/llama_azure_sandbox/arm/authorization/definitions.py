"""Role definitions: Azure's built-in ones, and custom ones in the store."""

import re
import uuid
from dataclasses import replace
from typing import Any

from llama_azure_core.rbac import Role, built_in_roles, scope_contains
from llama_azure_core.resource_ids import name_of
from llama_azure_core.resource_types import ROLE_DEFINITION
from llama_azure_sandbox.arm.authorization.operations import require_actions
from llama_azure_sandbox.arm.authorization.paths import AuthorizationPath, guid
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.store import Json, Store, StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID

_ACTIONS = ("actions", "notActions", "dataActions", "notDataActions")
_FILTER = re.compile(r"\s*(roleName|type)\s+eq\s+'([^']*)'\s*", re.IGNORECASE)


class RoleDefinitions:
    """The roles that can be assigned."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def role(self, role_id: str) -> Role | None:
        """Return a role by its GUID or by the id of its definition."""
        wanted = name_of(role_id).lower()
        built_in = next((role for role in built_in_roles().values() if role.id == wanted), None)
        if built_in is not None:
            return built_in
        stored = self._store.resource(_key(wanted))
        return None if stored is None else _role(stored)

    def assignable_scopes(self, role: Role) -> list[str]:
        """Return the scopes at and below which a role can be assigned."""
        stored = self._store.resource(_key(role.id))
        return ["/"] if stored is None else list(_properties(stored)["assignableScopes"])

    def find(self, path: AuthorizationPath) -> Json:
        """Return the roles that can be assigned at a scope, as the filter asks."""
        custom = [
            self._present(stored)
            for stored in self._store.of_type(ROLE_DEFINITION)
            if any(scope_contains(scope, path.scope) for scope in _properties(stored)["assignableScopes"])
        ]
        found = [*map(_present_built_in, built_in_roles().values()), *custom]
        match = _FILTER.fullmatch(path.filter)
        if match:
            key, value = ("roleName" if match[1].lower() == "rolename" else "type"), match[2].lower()
            found = [one for one in found if one["properties"][key].lower() == value]
        elif path.filter and "atscope" not in path.filter.lower():
            raise ArmError(400, "BadRequestFormat", f"The filter '{path.filter}' is not supported.")
        return {"value": found}

    def get(self, path: AuthorizationPath) -> Json:
        """Return one role."""
        role = self.role(path.name)
        if role is None:
            raise role_does_not_exist(path.name, 404)
        stored = self._store.resource(_key(role.id))
        return _present_built_in(role) if stored is None else self._present(stored)

    def put(self, path: AuthorizationPath, body: Json) -> tuple[int, Json]:
        """Create or change a custom role."""
        role_id = guid(path.name, "InvalidRoleDefinitionId", "The role definition ID '{}' is not valid.")
        if any(role.id == role_id for role in built_in_roles().values()):
            raise ArmError(403, "RoleDefinitionIsBuiltIn", f"The built-in role '{path.name}' cannot be changed.")
        properties = _checked(body, path.scope)
        name = properties["roleName"]
        taken = {role.name.lower() for role in built_in_roles().values()} | {
            _properties(one)["roleName"].lower()
            for one in self._store.of_type(ROLE_DEFINITION)
            if one.key != _key(role_id)
        }
        if name.lower() in taken:
            raise ArmError(
                409,
                "RoleDefinitionWithSameNameExists",
                f"A custom role with the same name '{name}' already exists in this directory. Use a different name.",
            )
        existing = self._store.resource(_key(role_id))
        stored = StoredResource(
            _key(role_id), _id(role_id), ROLE_DEFINITION, None, str(uuid.uuid4()), {"properties": properties}, {}
        )
        self._store.save(stored if existing is None else replace(existing, body={"properties": properties}))
        return 201, self._present(stored)

    def delete(self, path: AuthorizationPath, *, is_assigned: bool) -> Json | None:
        """Remove a custom role, unless it is assigned; return what it was."""
        stored = self._store.resource(_key(path.name))
        if stored is None:
            return None
        if is_assigned:
            raise ArmError(
                400,
                "RoleDefinitionHasAssignments",
                "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments).",
            )
        self._store.remove(stored.key)
        return self._present(stored)

    def _present(self, stored: StoredResource) -> Json:
        properties = {key: value for key, value in _properties(stored).items() if key != "provisioningState"}
        return {"id": stored.id, "name": stored.name, "type": ROLE_DEFINITION,
                "properties": properties}  # fmt: skip


def role_definition_id(role: Role) -> str:
    """Return the id of a role's definition, as it is seen in the subscription."""
    return _id(role.id)


def permission(role: Role) -> Json:
    """Return what a role permits, in ARM's spelling."""
    return {
        "actions": list(role.actions),
        "notActions": list(role.not_actions),
        "dataActions": list(role.data_actions),
        "notDataActions": list(role.not_data_actions),
    }


def role_does_not_exist(role_id: str, status: int = 400) -> ArmError:
    """The answer for a role that is not there."""
    return ArmError(
        status, "RoleDefinitionDoesNotExist", f"The specified role definition with ID '{role_id}' does not exist."
    )


def _checked(body: Json, scope: str) -> Json:
    given = body.get("properties") or body  # older clients send the properties bare
    if not isinstance(given, dict):
        raise ArmError(400, "BadRequestFormat", "The request was incorrectly formatted.")
    name, permissions = given.get("roleName"), given.get("permissions")
    if not isinstance(name, str) or not name or not isinstance(permissions, list) or not permissions:
        raise ArmError(400, "BadRequestFormat", "The request was incorrectly formatted.")
    scopes, description = given.get("assignableScopes") or [scope], given.get("description") or ""
    lists = [one.get(key) or [] for one in permissions if isinstance(one, dict) for key in _ACTIONS]
    texts = all(isinstance(one, list) and all(isinstance(text, str) for text in one) for one in (scopes, *lists))
    if not texts or not isinstance(description, str) or not all(isinstance(one, dict) for one in permissions):
        raise ArmError(400, "BadRequestFormat", "The request was incorrectly formatted.")
    for one in permissions:
        require_actions([*(one.get("actions") or []), *(one.get("notActions") or [])])
    return {
        "provisioningState": "Succeeded",
        "roleName": name,
        "type": "CustomRole",
        "description": description,
        "assignableScopes": list(scopes),
        "permissions": [{key: list(one.get(key) or []) for key in _ACTIONS} for one in permissions],
    }


def _properties(stored: StoredResource) -> Json:
    """Return a stored role's properties with what is not text left out: one bad role must not end every request."""
    properties = stored.body["properties"]
    permissions = [one for one in _list(properties.get("permissions")) if isinstance(one, dict)]
    return {
        **properties,
        "type": "CustomRole",
        "roleName": str(properties.get("roleName", stored.name)),
        "assignableScopes": _texts(properties.get("assignableScopes")),
        "permissions": [{key: _texts(one.get(key)) for key in _ACTIONS} for one in permissions],
    }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [one for one in _list(value) if isinstance(one, str)]


def _role(stored: StoredResource) -> Role:
    properties = _properties(stored)
    lists = {key: [action for one in properties["permissions"] for action in one[key]] for key in _ACTIONS}
    return Role(name=properties["roleName"], id=stored.name, **lists)


def _present_built_in(role: Role) -> Json:
    return {
        "id": _id(role.id),
        "name": role.id,
        "type": ROLE_DEFINITION,
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": "",
            "assignableScopes": ["/"],
            "permissions": [permission(role)],
        },
    }


def _id(role_id: str) -> str:
    return f"/subscriptions/{SUBSCRIPTION_ID}/providers/{ROLE_DEFINITION}/{role_id}"


def _key(role_id: str) -> str:
    return _id(role_id).lower()
