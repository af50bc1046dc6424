"""PF-DAT-002: the tables that models are judged by are not old."""

import datetime as dt
from collections.abc import Iterator
from functools import partial

from llama_azure_core.catalogue import Model, snapshot_in_force
from llama_azure_core.foundry import catalogue_date
from llama_azure_core.plan import BackEnd
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check
from llama_azure_preflight.findings import Verdict, passed, warned
from llama_azure_preflight.stack import Stack

_OLD_DAYS = 90
"""A quarter: regions, versions and counters have changed within one."""
_REFRESH = "read it anew: refresh-catalogue; PF-MDL-004 asks Azure all the same"
_COMPARE = "compare it with Microsoft's page on regions for serverless APIs; Azure has no list of them to read"


def cases(stack: Stack) -> Iterator[Case]:
    """The catalogue of Foundry resources, and the region table of each serverless model, where the stack uses them."""
    if stack.plan.foundry is not None:
        yield Case("the Foundry catalogue", partial(judge, stack, catalogue_date(), _REFRESH))
    tables = {
        found
        for project in stack.plan.projects
        for endpoint in project.of(BackEnd.SERVERLESS)
        for model in endpoint.models
        if (found := _table(stack, model)) is not None
    }
    for name, day in sorted(tables):
        yield Case(f"the region table {name}", partial(judge, stack, day, _COMPARE))


def judge(stack: Stack, day: dt.date, remedy: str, _answers: Answers) -> Verdict:
    """Its age is counted to the stack's dates: today, or llama-azure:asOf."""
    on = max(stack.dates)
    age = (on - day).days
    told = f"it is of {day}, {age} days before {on}" if age >= 0 else f"it is of {day}, later than {on}"
    return warned(told, remedy) if age > _OLD_DAYS else passed(told)


def _table(stack: Stack, model: Model) -> tuple[str, dt.date] | None:
    return snapshot_in_force(model, max(stack.region_dates))


CHECK = Check(
    id="PF-DAT-002",
    title="The tables are not old",
    asks="The dates of the tables of the facts by which models, regions and versions are judged, and their age.",
    remedy=_REFRESH,
    questions=(),
    cases=cases,
)
