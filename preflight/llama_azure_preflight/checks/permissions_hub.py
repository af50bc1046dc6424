"""PF-RBAC-003: the caller may join a hub that is there."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.plan import Owner
from llama_azure_core.rbac import project_creator_permissions
from llama_azure_core.resource_ids import ResourceId
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._scopes import is_permitted_at, judge_actions
from llama_azure_preflight.findings import Verdict, passed, unknown
from llama_azure_preflight.questions import Permissions, WorkspaceById
from llama_azure_preflight.stack import Stack


def cases(stack: Stack) -> Iterator[Case]:
    """The hub, where it is not the stack's own and the stack makes projects in it."""
    if stack.plan.hub.owner is not Owner.STACK and any(project.is_own for project in stack.plan.projects):
        yield Case(stack.plan.hub.id or f"the hub of stack {stack.plan.hub.stack}", partial(judge, stack))


def judge(stack: Stack, answers: Answers) -> Verdict:
    """A project's maker joins its hub (source S19, S20)."""
    hub = stack.plan.hub.id
    if hub is None:
        reason = stack.plan.hub.problem
        return unknown(f"which hub it is is not known: {reason}")
    wanted = project_creator_permissions()
    hub_id = ResourceId.parse(hub)
    for scope in (f"/subscriptions/{hub_id.subscription}", hub_id.scope):
        if is_permitted_at(scope, wanted, answers):
            return passed(f"you may do what it takes at {scope}")
    if answers.of(WorkspaceById(hub)) is None:
        return unknown(f"{hub} is not there, so that nothing is permitted on it yet", "see PF-ADP-001")
    return judge_actions(wanted, hub, hub, answers)


CHECK = Check(
    id="PF-RBAC-003",
    title="Permissions on the hub",
    asks="What you may do on a hub that the stack does not make itself.",
    remedy="have Azure AI Developer, or a role with the missing action, assigned to you on the hub",
    questions=(Permissions, WorkspaceById),
    cases=cases,
    hints=(Hint(code="LinkedAuthorizationFailed", source=("S19", "S20")),),
)
