"""The provider Microsoft.Authorization, and the check that every request passes first."""

from dataclasses import replace

from llama_azure_core.rbac import is_permitted, scope_contains
from llama_azure_sandbox.arm.authorization.assignments import RoleAssignments
from llama_azure_sandbox.arm.authorization.definitions import RoleDefinitions, permission
from llama_azure_sandbox.arm.authorization.needs import Need, needs
from llama_azure_sandbox.arm.authorization.paths import AuthorizationPath, require_scope
from llama_azure_sandbox.arm.caller import Caller
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import ANY, PathRow, not_allowed
from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.arm.world import World


class Authorization:
    """Judges requests by the role assignments of one world, and answers those about roles."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._definitions = RoleDefinitions(world.store)
        self._assignments = RoleAssignments(world.store, self._definitions)
        self._assignments.ensure_owner()

    @property
    def paths(self) -> tuple[PathRow, ...]:
        """The rows of the paths that are answered."""
        definitions, assignments, permissions = (
            f"{{scope**}}/providers/Microsoft.Authorization/{kind}"
            for kind in ("roleDefinitions", "roleAssignments", "permissions")
        )
        definition, assignment = f"{definitions}/{{name}}", f"{assignments}/{{name}}"
        return (
            PathRow("GET", definitions, self._list_definitions),
            PathRow("GET", definition, self._get_definition),
            PathRow("PUT", definition, self._put_definition),
            PathRow("DELETE", definition, self._delete_definition),
            PathRow("GET", assignments, self._list_assignments),
            PathRow("GET", assignment, self._get_assignment),
            PathRow("PUT", assignment, self._put_assignment),
            PathRow("DELETE", assignment, self._delete_assignment),
            PathRow("GET", permissions, self._list_permissions),
            *(PathRow(ANY, path, not_allowed) for path in (definitions, definition, assignments, assignment)),
            *(PathRow(ANY, path, not_allowed) for path in (permissions, f"{permissions}/{{name}}")),
        )

    def require(self, request: ArmRequest) -> None:
        """Refuse a request whose caller lacks a permission that it takes.

        Raises:
            ArmError: 403, ``AuthorizationFailed`` or ``LinkedAuthorizationFailed``.
        """
        wanted = needs(request.method, request.path, request.body, self._world.store)
        if not wanted:
            return
        caller = request.caller.object_id
        held = self._assignments.held(caller, self._world.roles_as_of())
        for need in wanted:
            spellings = [need.action, *([need.alternative] if need.alternative else [])]
            attempt = self._assignments.attempt(need.action, need.scope, request.body)
            if not any(is_permitted(held, caller, one, need.scope, attempt) for one in spellings):
                bare = [replace(one, condition=None) for one in held if one.condition is not None]
                held_back = any(is_permitted(bare, caller, one, need.scope) for one in spellings)
                raise _refused(request.caller, need, wanted[0], held_back=held_back)

    def _list_definitions(self, _world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        return ArmAnswer(200, self._definitions.find(AuthorizationPath.of(path, request)))

    def _get_definition(self, _world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        return ArmAnswer(200, self._definitions.get(AuthorizationPath.of(path, request)))

    def _put_definition(self, _world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        return ArmAnswer(*self._definitions.put(AuthorizationPath.of(path, request), request.json_object()))

    def _delete_definition(self, _world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        at = AuthorizationPath.of(path, request)
        return _gone(self._definitions.delete(at, is_assigned=self._assignments.is_assigned(at.name)))

    def _list_assignments(self, _world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        return ArmAnswer(200, self._assignments.find(self._at_existing_scope(path, request)))

    def _get_assignment(self, _world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        return ArmAnswer(200, self._assignments.get(self._at_existing_scope(path, request)))

    def _put_assignment(self, world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        at, body = self._at_existing_scope(path, request), request.json_object()
        return ArmAnswer(*self._assignments.put(at, body, world.now(), request.caller.object_id))

    def _delete_assignment(self, _world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        return _gone(self._assignments.delete(self._at_existing_scope(path, request)))

    def _list_permissions(self, _world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        return ArmAnswer(200, self._permissions(request.caller, self._at_existing_scope(path, request).scope))

    def _at_existing_scope(self, path: dict[str, str], request: ArmRequest) -> AuthorizationPath:
        at = AuthorizationPath.of(path, request)
        require_scope(at.scope, self._world.store)
        return at

    def _permissions(self, caller: Caller, scope: str) -> Json:
        """Return what the caller's roles permit at a scope, one entry per assignment."""
        held = self._assignments.held(caller.object_id, self._world.roles_as_of())
        return {"value": [permission(one.role) for one in held if scope_contains(one.scope, scope)]}


def _refused(caller: Caller, need: Need, own: Need, *, held_back: bool) -> ArmError:
    """Return the refusal; of one who is held back by a condition alone in other words (source S272)."""
    who = f"The client '{caller.client}' with object id '{caller.object_id}'"
    if need.linked:
        return ArmError(
            403,
            "LinkedAuthorizationFailed",
            f"{who} has permission to perform action '{own.action}' on scope '{own.scope}'; however, it does not have "
            f"permission to perform action(s) '{need.action}' on the linked scope(s) '{need.scope}' (respectively) or "
            "the linked scope(s) are invalid.",
        )
    lacks = (
        "has an authorization with ABAC condition that is not fulfilled to perform action"
        if held_back
        else "does not have authorization to perform action"
    )
    return ArmError(
        403,
        "AuthorizationFailed",
        f"{who} {lacks} '{need.action}' over scope '{need.scope}' or the scope is invalid. "
        "If access was recently granted, please refresh your credentials.",
    )


def _gone(was: Json | None) -> ArmAnswer:
    return ArmAnswer(204) if was is None else ArmAnswer(200, was)
