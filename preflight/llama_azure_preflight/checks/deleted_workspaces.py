"""PF-NAME-005: no deleted workspace holds a name."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core._facts import load_facts
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._scopes import found_in_group
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import DeletedWorkspaces, GroupResources
from llama_azure_preflight.stack import Stack

_REMEDY = "recover it or delete it permanently in the portal's list of recently deleted workspaces, or rename"


def cases(stack: Stack) -> Iterator[Case]:
    """Each workspace that the stack makes."""
    for name in stack.plan.own_workspaces:
        yield Case(name, partial(judge, stack, name))


def judge(stack: Stack, name: str, answers: Answers) -> Verdict:
    """A deleted workspace keeps its name for days, unless it was deleted permanently (source S37)."""
    resource_id = stack.plan.workspace_id(name)
    if found_in_group(stack, resource_id, answers) is not None:
        return passed(f"{name} is there, so that no deleted one holds its name")
    days = load_facts("limits")["softDelete"]["workspaceDays"]
    if resource_id.casefold() in {one.casefold() for one in answers.of(DeletedWorkspaces())}:
        return failed(f"a deleted workspace holds the name {name} for up to {days} days", _REMEDY)
    return passed(f"no deleted workspace holds the name {name}")


CHECK = Check(
    id="PF-NAME-005",
    title="No soft-deleted workspace holds the name",
    asks="The workspaces that were deleted and can be recovered.",
    remedy=_REMEDY,
    questions=(GroupResources, DeletedWorkspaces),
    cases=cases,
    hints=(Hint(text="Soft-deleted workspace exists", source=("S61",)),),
)
