"""PF-NAME-007: the resource group that the stack makes is not there yet, or is the stack's own."""

from collections.abc import Iterator
from functools import partial

from preflight.answers import Answers
from preflight.check import Case, Check
from preflight.checks._names import judge_own
from preflight.findings import Verdict, passed
from preflight.questions import GroupResources
from preflight.wishes import Wishes

_REMEDY = "import it into the stack, or choose another name in llama-azure:resourceGroup"


def cases(wishes: Wishes) -> Iterator[Case]:
    """The resource group, where the stack makes one."""
    if wishes.settings.makes_resource_group:
        yield Case(wishes.group, partial(judge, wishes))


def judge(wishes: Wishes, answers: Answers) -> Verdict:
    """A group that is there and not in the state is somebody's: only the state tells (``--state``)."""
    if answers.of(GroupResources(wishes.group)) is None:
        return passed(f"no resource group is called {wishes.group}")
    return judge_own(wishes, wishes.group_id)


CHECK = Check(
    id="PF-NAME-007",
    title="The resource group is free to be made",
    asks="Whether the group is there, and with --state whether it is the stack's.",
    remedy=_REMEDY,
    questions=(GroupResources,),
    cases=cases,
)
