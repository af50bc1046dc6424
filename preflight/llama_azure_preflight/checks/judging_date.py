"""PF-DAT-001: the stack is judged on today."""

import datetime as dt
from collections.abc import Iterator
from functools import partial

from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check
from llama_azure_preflight.findings import Verdict, failed, passed, warned
from llama_azure_preflight.stack import Stack

_REMEDY = "remove llama-azure:asOf from the stack's file"


def cases(stack: Stack) -> Iterator[Case]:
    """The date, where the stack has chosen another than today."""
    if stack.plan.on != dt.date.today():
        yield Case("llama-azure:asOf", partial(judge, stack))


def judge(stack: Stack, _answers: Answers) -> Verdict:
    """The program refuses what is judged on another day, unless the stack allows it."""
    if stack.date_problem is not None:
        return failed(stack.date_problem, _REMEDY)
    if stack.dates == (stack.plan.on,):
        return passed(f"models are judged on {stack.plan.on}, the day on which a local Azure may live")
    return warned(f"the stack looks back at {stack.plan.on}: models are judged on it and on today", _REMEDY)


CHECK = Check(
    id="PF-DAT-001",
    title="The stack is judged on today",
    asks="The date of llama-azure:asOf, where the cloud is one of Azure's own. A local Azure has a day of its own.",
    remedy=_REMEDY,
    questions=(),
    cases=cases,
)
