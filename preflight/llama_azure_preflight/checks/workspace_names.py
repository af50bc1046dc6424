"""PF-NAME-004: the hub's and the projects' names are free, or held by a hub or a project of the stack."""

from collections.abc import Iterator
from functools import partial

from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._names import judge_own
from llama_azure_preflight.checks._scopes import found_in_group
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import GroupResources
from llama_azure_preflight.stack import Stack

_REMEDY = "choose another name, or another resource group"


def cases(stack: Stack) -> Iterator[Case]:
    """Each workspace that the stack makes."""
    for name, kind in stack.plan.own_workspaces.items():
        yield Case(name, partial(judge, stack, name, kind))


def judge(stack: Stack, name: str, kind: str, answers: Answers) -> Verdict:
    """A workspace's name is given once in a resource group, whatever the workspace's kind."""
    found = found_in_group(stack, stack.plan.workspace_id(name), answers)
    if found is None:
        return passed(f"no workspace of {stack.plan.group} is called {name}")
    if found.kind != kind:
        return failed(f"{name} is there as a workspace of the kind {found.kind or 'default'}, not {kind}", _REMEDY)
    if found.region != stack.plan.region:
        return failed(f"{name} is there in {found.region}, not {stack.plan.region}: Azure moves no workspace", _REMEDY)
    return judge_own(stack, found.id)


CHECK = Check(
    id="PF-NAME-004",
    title="The workspaces' names are free",
    asks="The workspaces in the stack's resource group.",
    remedy=_REMEDY,
    questions=(GroupResources,),
    cases=cases,
    hints=(
        Hint(
            text="cannot create already existing resource '[^']*/providers/",
            checks=("PF-NAME-003",),
            remedy=(
                "import it: python -m pipelines adopt --stack <stack> lists the names to give it, and takes "
                "NAME=<the id in the message>; pulumi import does the same by type"
            ),
        ),
        Hint(
            code="InvalidResourceLocation",
            remedy=(
                "a resource of this name lies in another region, and Azure moves none: choose another name, set "
                "azure-native:location back, or delete it there first"
            ),
        ),
    ),
)
