"""Roles and their assignments in a stack, as the role evaluator takes them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from llama_azure_core.rbac import Assignment, Role, built_in_role
from llama_azure_core.resource_ids import name_of
from llama_guardrails.estate import Estate
from llama_guardrails.resource_types import ROLE_ASSIGNMENT, ROLE_DEFINITION
from llama_guardrails.view import Resource, Undecided

ROLE_ID = "roleDefinitionId"


def assigned_role(assignment: Resource, estate: Estate) -> tuple[Role, ...]:
    """Return what an assignment grants, one role for each of the definition's permissions.

    A role that is neither built in nor of this stack grants nothing that could be judged: none is returned.

    Raises:
        Undecided: which role is assigned is not known yet, and neither is the one definition that it comes from.
    """
    try:
        role_id = name_of(assignment.text(ROLE_ID) or "")
    except Undecided:
        definitions = list(estate.origins_of(assignment, ROLE_ID, ROLE_DEFINITION))
        if len(definitions) != 1:
            raise
        return roles_of(definitions[0])
    built_in = built_in_role(role_id)
    if built_in is not None:
        return (built_in,)
    for definition in estate.of_type(ROLE_DEFINITION):
        if definition.says(ROLE_ID, role_id):
            return roles_of(definition)
    return ()


def roles_of(definition: Resource) -> tuple[Role, ...]:
    """Return what a role definition grants.

    Raises:
        Undecided: some of it is not known yet.
    """
    name = definition.name
    permissions = definition.whole("permissions") or ()
    return tuple(Role.model_validate({**one, "name": name, "id": name}) for one in permissions if _is_given(one))


def all_assignments(estate: Estate) -> Iterator[Assignment]:
    """Yield every grant of the stack.

    Raises:
        Undecided: a principal, a role or a scope is not known yet.
    """
    for assignment in estate.of_type(ROLE_ASSIGNMENT):
        principal, scope = assignment.text("principalId") or "", assignment.text("scope") or ""
        for role in assigned_role(assignment, estate):
            yield Assignment(principal, role, scope)


def subscription_of(scopes: Iterable[str]) -> str | None:
    """Return the one Azure subscription that scopes lie in, or ``None`` where there is none or more than one."""
    found = {parts[2].casefold() for scope in scopes if len(parts := scope.split("/")) > 2 and parts[1]}
    return found.pop() if len(found) == 1 else None


def _is_given(permission: Any) -> bool:
    return isinstance(permission, Mapping)
