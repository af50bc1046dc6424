"""Azure role-based access control: what a set of role assignments permits at a scope.

The same evaluation serves the guardrails (roles in a stack), preflight (roles in Azure) and the
sandbox (which enforces them). Facts: ``facts/roles.yaml``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import ConfigDict

from llama_azure_core._facts import load_facts
from llama_azure_core.conditions import Attempt, Condition
from llama_azure_core.frozen import Frozen


class Role(Frozen):
    """A role definition's permissions.

    A pattern may hold ``*``, which stands for any characters. ``/*/`` also stands for nothing between its slashes:
    ``workspaces/*/read`` covers ``workspaces/read`` (source S122, and the built-in roles themselves, see
    ``facts/roles.yaml``).
    """

    model_config = ConfigDict(extra="ignore")

    name: str
    id: str
    """The GUID of the role definition."""
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()

    def permits(self, action: str) -> bool:
        """Whether the role by itself permits a control-plane action."""
        return _any_matches(self.actions, action) and not _any_matches(self.not_actions, action)

    def permits_data(self, action: str) -> bool:
        """Whether the role by itself permits a data-plane action."""
        return _any_matches(self.data_actions, action) and not _any_matches(self.not_data_actions, action)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role held by a principal at a scope, and so at every scope below it."""

    principal_id: str
    role: Role
    scope: str
    """The ARM id of a subscription, a resource group or a resource; ``/`` is the tenant's root."""
    condition: Condition | None = None
    """What a request must be like for the assignment to count; ``None`` where it always does."""


@dataclass(frozen=True, slots=True)
class DeployerPermissions:
    """The actions that deploying a model takes, by the scope that the document names (source S0, S3, S4)."""

    subscription: tuple[str, ...]
    """At the subscription: once per project and offer, to subscribe."""
    resource_group: tuple[str, ...]
    """In the resource group: the SaaS resource that tracks the cost."""
    project: tuple[str, ...]
    """In the project, in the document's spelling."""
    project_arm_spelling: tuple[str, ...]
    """In the project: what the document spells otherwise than Azure Resource Manager."""
    project_managed_compute: tuple[str, ...]
    """In the project: what deploying on managed compute takes beside that (source S62)."""


@cache
def deployer_permissions() -> DeployerPermissions:
    """Return what deploying a model as a serverless API takes."""
    facts = load_facts("roles")["deployer"]
    return DeployerPermissions(
        tuple(facts["subscription"]),
        tuple(facts["resourceGroup"]),
        tuple(facts["project"]),
        tuple(facts["projectArmSpelling"]),
        tuple(facts["projectManagedCompute"]),
    )


@cache
def project_creator_permissions() -> tuple[str, ...]:
    """Return the actions that creating a project takes on its hub (source S19, S20)."""
    return tuple(load_facts("roles")["projectCreator"]["hub"])


@cache
def hub_creator_permissions() -> tuple[str, ...]:
    """Return the actions that creating a hub and what it stands on takes in the resource group (source S19)."""
    return tuple(load_facts("roles")["hubCreator"]["resourceGroup"])


@cache
def preflight_permissions() -> Mapping[str, tuple[str, ...]]:
    """Return the actions that preflight's questions take, by the question."""
    return {question: tuple(actions) for question, actions in load_facts("roles")["preflight"]["questions"].items()}


@cache
def preflight_roles() -> Mapping[str, str]:
    """Return the built-in roles that hold an action of preflight's that few people have, by the action."""
    roles: Mapping[str, str] = load_facts("roles")["preflight"]["roles"]
    return roles


@cache
def preflight_reader_actions() -> tuple[str, ...]:
    """Return the actions of the least role to run preflight, sorted; none of them changes anything."""
    return tuple(sorted({action for actions in preflight_permissions().values() for action in actions}))


@cache
def built_in_roles() -> Mapping[str, Role]:
    """Return the built-in roles that this project knows, by name."""
    rows = load_facts("roles")["builtIn"]
    return {name: Role(name=name, **row) for name, row in rows.items()}


def built_in_role(name_or_id: str) -> Role | None:
    """Return a built-in role by its name or its GUID, whatever the case."""
    wanted = name_or_id.rsplit("/", 1)[-1].casefold()
    return next((role for role in built_in_roles().values() if wanted in (role.name.casefold(), role.id)), None)


def scope_contains(outer: str, inner: str) -> bool:
    """Whether what is granted at ``outer`` reaches ``inner``: itself or something below it."""
    above, below = outer.rstrip("/").casefold(), inner.rstrip("/").casefold()
    return below == above or below.startswith(f"{above}/")


def is_permitted(
    assignments: Iterable[Assignment], principal_id: str, action: str, scope: str, attempt: Attempt | None = None
) -> bool:
    """Whether a principal may do a control-plane action at a scope.

    Each assignment counts by itself: a role's notActions take nothing away from another role. ``attempt`` is what
    conditions look at; without one the request has no attributes, so that a conditional right to give roles is none.
    """
    asked = attempt or Attempt(action)
    return any(
        assignment.principal_id.casefold() == principal_id.casefold()
        and scope_contains(assignment.scope, scope)
        and assignment.role.permits(action)
        and (assignment.condition is None or assignment.condition(asked))
        for assignment in assignments
    )


def is_data_permitted(assignments: Iterable[Assignment], principal_id: str, action: str, scope: str) -> bool:
    """Whether a principal may do a data-plane action at a scope."""
    return any(
        assignment.principal_id.casefold() == principal_id.casefold()
        and scope_contains(assignment.scope, scope)
        and assignment.role.permits_data(action)
        for assignment in assignments
    )


def missing_actions(
    assignments: Iterable[Assignment], principal_id: str, needed: Iterable[str], scope: str
) -> tuple[str, ...]:
    """Return those of the needed actions that a principal may not do at a scope, in their order.

    A needed action may be a pattern such as ``…/serverlessEndpoints/*``: it is held when the assignments
    permit whatever the pattern stands for, judged by its read, write, delete and action.
    """
    held = list(assignments)
    return tuple(
        action
        for action in needed
        if not all(is_permitted(held, principal_id, one, scope) for one in _instances(action))
    )


def covers(outer: str, inner: str) -> bool:
    """Whether one action pattern permits everything that another one does."""
    # Every character of the inner pattern, its star included, must be matched by the outer one.
    return bool(_pattern(outer).fullmatch(inner))


def excess_actions(role: Role, needed: Iterable[str]) -> tuple[str, ...]:
    """Return the actions of a role that go beyond what is needed, in their order."""
    wanted = list(needed)
    return tuple(action for action in role.actions if not any(covers(pattern, action) for pattern in wanted))


def _instances(action: str) -> tuple[str, ...]:
    """Return concrete actions to judge a pattern by."""
    if not action.endswith("/*"):
        return (action,)
    stem = action.removesuffix("/*")
    return tuple(f"{stem}/{verb}" for verb in ("read", "write", "delete", "listKeys/action"))


def _any_matches(patterns: Iterable[str], action: str) -> bool:
    return any(_pattern(pattern).fullmatch(action) for pattern in patterns)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    between = "/(?:.*/)?"  # of `/*/`
    parts = (".*".join(map(re.escape, part.split("*"))) for part in text.split("/*/"))
    return re.compile(between.join(parts), re.IGNORECASE)
