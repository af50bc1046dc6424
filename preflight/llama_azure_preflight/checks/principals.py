"""PF-RBAC-006: roles are given to somebody, and not to principals of examples."""

from collections.abc import Iterator
from functools import partial

from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.stack import Stack

_REMEDY = "write the object id of the user, group or service principal that is meant into the stack's file"


def cases(stack: Stack) -> Iterator[Case]:
    """Each principal that the settings name."""
    for path, problem in stack.principals.items():
        yield Case(path, partial(judge, problem))


def judge(problem: str, _answers: Answers) -> Verdict:
    """Azure takes an assignment to an object id that nobody has; whether one is there is not asked of its directory."""
    return failed(problem, _REMEDY) if problem else passed("it is no example's id")


CHECK = Check(
    id="PF-RBAC-006",
    title="Roles are given to somebody",
    asks="Whether an object id in the settings is one of this project's examples, which are nobody in Azure.",
    remedy=_REMEDY,
    questions=(),
    cases=cases,
)
