"""The provider Microsoft.Authorization, and the check that every request passes first."""

from llama_azure_core.rbac import is_permitted, scope_contains
from llama_azure_sandbox.arm.authorization.assignments import RoleAssignments
from llama_azure_sandbox.arm.authorization.definitions import RoleDefinitions, permission
from llama_azure_sandbox.arm.authorization.needs import Need, needs
from llama_azure_sandbox.arm.authorization.paths import AuthorizationPath, read_path, require_scope
from llama_azure_sandbox.arm.caller import Caller
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.arm.world import World


class Authorization:
    """Judges requests by the role assignments of one world, and answers those about roles."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._definitions = RoleDefinitions(world.store)
        self._assignments = RoleAssignments(world.store, self._definitions)
        self._assignments.ensure_owner()

    def answer(self, _world: World, request: ArmRequest) -> ArmAnswer | None:
        """Answer a request about roles; ``None`` if it is about something else.

        Raises:
            ArmError: a refusal of the provider's own.
        """
        path = read_path(request.path, request.query)
        return None if path is None else self._provide(path, request)

    def require(self, request: ArmRequest) -> None:
        """Refuse a request whose caller lacks a permission that it takes.

        Raises:
            ArmError: 403, ``AuthorizationFailed`` or ``LinkedAuthorizationFailed``.
        """
        wanted = needs(request.method, request.path, request.body, self._world.store)
        if not wanted:
            return
        held = self._assignments.held(self._effective_at())
        for need in wanted:
            spellings = [need.action, *([need.alternative] if need.alternative else [])]
            if not any(is_permitted(held, request.caller.object_id, one, need.scope) for one in spellings):
                raise _refused(request.caller, need, wanted[0])

    def _provide(self, path: AuthorizationPath, request: ArmRequest) -> ArmAnswer:
        if path.kind == "roledefinitions":
            answer = self._role_definitions(path, request)
        else:
            require_scope(path.scope, self._world.store)
            answer = self._role_assignments(path, request) if path.kind == "roleassignments" else None
            if path.kind == "permissions" and request.method == "GET" and not path.name:
                answer = ArmAnswer(200, self._permissions(request.caller, path.scope))
        if answer is None:
            raise ArmError(405, "MethodNotAllowed", f"The method {request.method} is not allowed on '{request.path}'.")
        return answer

    def _role_definitions(self, path: AuthorizationPath, request: ArmRequest) -> ArmAnswer | None:
        match request.method, bool(path.name):
            case "GET", False:
                return ArmAnswer(200, self._definitions.find(path))
            case "GET", True:
                return ArmAnswer(200, self._definitions.get(path))
            case "PUT", True:
                return ArmAnswer(*self._definitions.put(path, request.json_object()))
            case "DELETE", True:
                return _gone(self._definitions.delete(path, self._assignments.assigned_roles()))
        return None

    def _role_assignments(self, path: AuthorizationPath, request: ArmRequest) -> ArmAnswer | None:
        match request.method, bool(path.name):
            case "GET", False:
                return ArmAnswer(200, self._assignments.find(path))
            case "GET", True:
                return ArmAnswer(200, self._assignments.get(path))
            case "PUT", True:
                body, now = request.json_object(), self._world.now()
                return ArmAnswer(*self._assignments.put(path, body, now, request.caller.object_id))
            case "DELETE", True:
                return _gone(self._assignments.delete(path))
        return None

    def _effective_at(self) -> float:
        """Return the moment until which assignments must have been made to count now."""
        return self._world.now() - self._world.settings.role_assignment_delay_seconds

    def _permissions(self, caller: Caller, scope: str) -> Json:
        """Return what the caller's roles permit at a scope, one entry per assignment."""
        held = self._assignments.held(self._effective_at())
        return {
            "value": [
                permission(one.role)
                for one in held
                if one.principal_id == caller.object_id and scope_contains(one.scope, scope)
            ]
        }


def _refused(caller: Caller, need: Need, own: Need) -> ArmError:
    who = f"The client '{caller.client}' with object id '{caller.object_id}'"
    if need.linked:
        return ArmError(
            403,
            "LinkedAuthorizationFailed",
            f"{who} has permission to perform action '{own.action}' on scope '{own.scope}'; however, it does not have "
            f"permission to perform action(s) '{need.action}' on the linked scope(s) '{need.scope}' (respectively) or "
            "the linked scope(s) are invalid.",
        )
    return ArmError(
        403,
        "AuthorizationFailed",
        f"{who} does not have authorization to perform action '{need.action}' over scope '{need.scope}' or the scope "
        "is invalid. If access was recently granted, please refresh your credentials.",
    )


def _gone(was: Json | None) -> ArmAnswer:
    return ArmAnswer(204) if was is None else ArmAnswer(200, was)
