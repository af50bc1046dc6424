"""PF-NAME-007: the resource group that the stack makes is not there yet, or is the stack's own."""

from collections.abc import Iterator
from functools import partial

from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._names import judge_own
from llama_azure_preflight.findings import Verdict, passed
from llama_azure_preflight.questions import GroupResources
from llama_azure_preflight.stack import Stack

_REMEDY = "import it into the stack, or choose another name in llama-azure:resourceGroup"


def cases(stack: Stack) -> Iterator[Case]:
    """The resource group, where the stack makes one."""
    if stack.plan.makes_group:
        yield Case(stack.plan.group, partial(judge, stack))


def judge(stack: Stack, answers: Answers) -> Verdict:
    """A group that is there and not in the state is somebody's: only the state tells (``--state``)."""
    if answers.of(GroupResources(stack.plan.group)) is None:
        return passed(f"no resource group is called {stack.plan.group}")
    return judge_own(stack, stack.plan.group_id)


CHECK = Check(
    id="PF-NAME-007",
    title="The resource group is free to be made",
    asks="Whether the group is there, and with --state whether it is the stack's.",
    remedy=_REMEDY,
    questions=(GroupResources,),
    cases=cases,
    hints=(
        Hint(
            text="cannot create already existing resource '[^']*/resourceGroups/[^/']+'",
            remedy=(
                "import it: pulumi import azure-native:resources:ResourceGroup <the group's name> <the id in the "
                "message>; or, for a group that others own, give llama-azure:resourceGroup another name"
            ),
        ),
        Hint(
            code="InvalidResourceGroupLocation",
            remedy=(
                "the group lies in another region and stays there: set azure-native:location to that region, or "
                "give llama-azure:resourceGroup another name"
            ),
        ),
    ),
)
