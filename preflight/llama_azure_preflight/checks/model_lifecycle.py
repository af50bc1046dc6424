"""PF-MDL-002: each model can still be deployed."""

import datetime as dt
from collections.abc import Iterator
from functools import partial

from llama_azure_core.catalogue import Model, lifecycle_refusal, what_remains
from llama_azure_core.lifecycle import NOTICE_DAYS, model_ends
from llama_azure_core.plan import BackEnd, Endpoint
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._scopes import found_in_group
from llama_azure_preflight.findings import Verdict, failed, passed, warned
from llama_azure_preflight.questions import GroupResources
from llama_azure_preflight.stack import Stack

_REMEDY = "choose a model that remains, and move callers to it"


def cases(stack: Stack) -> Iterator[Case]:
    """Each model, and on serverless APIs each endpoint whose model has ended."""
    for model in stack.plan.models.values():
        ended = [(on, said) for on in stack.dates if (said := lifecycle_refusal(model, on)) is not None]
        if not ended:
            yield Case(model.name, partial(_remaining, model, max(stack.dates)))
            continue
        _, refusal = ended[0]
        for endpoint in stack.plan.endpoints:
            if model not in endpoint.models:
                continue
            if endpoint.back_end is not BackEnd.MANAGED:
                yield Case(f"{model.name} ({endpoint.name})", partial(judge, stack, endpoint, refusal))
        if any(model is one.model for one in stack.plan.deployments):
            yield Case(f"{model.name} (managed compute)", partial(_on_managed_compute, refusal))


def judge(stack: Stack, endpoint: Endpoint, refusal: str, answers: Answers) -> Verdict:
    """No new deployment is made of a deprecated model; one that is there goes on until the model is retired."""
    is_there = (
        endpoint.id.startswith(f"{stack.plan.group_id}/")
        and answers.has(GroupResources(stack.plan.group))
        and found_in_group(stack, endpoint.id, answers) is not None
    )
    return warned(f"{refusal}. {endpoint.name} is there already", _REMEDY) if is_there else failed(refusal, _REMEDY)


def _remaining(model: Model, on: dt.date, _answers: Answers) -> Verdict:
    lifecycle = model.lifecycle
    ends = [
        f"{what} {date}"
        for what, date in (
            ("legacy since", lifecycle.legacy if lifecycle.legacy and lifecycle.legacy <= on else None),
            ("deprecated from", lifecycle.deprecated),
            ("retired from", lifecycle.retired),
            ("retired, so a third party says, from", lifecycle.planned_retirement),
        )
        if date is not None
    ]
    told = f"{model.name} can be deployed on {on}" + (f"; {', '.join(ends)}" if ends else "")
    near = [end.told(on) for end in model_ends(model) if end.is_near(on) or end.has_come(on)]
    if near:
        return warned(f"{told}. {'; '.join(near)}", f"{_REMEDY}. {what_remains(model, on)}")
    return warned(told, _REMEDY) if lifecycle.legacy and lifecycle.legacy <= on else passed(told)


def _on_managed_compute(refusal: str, _answers: Answers) -> Verdict:
    return warned(
        f"{refusal}. The schedule speaks of serverless APIs; whether managed compute refuses too could not be verified",
        _REMEDY,
    )


CHECK = Check(
    id="PF-MDL-002",
    title="The model is not at its end",
    asks="The lifecycle dates of the facts, on the stack's date: today, or llama-azure:asOf; in a cloud of "
    f"Azure's own always on today as well. It warns {NOTICE_DAYS} days before a model ends.",
    remedy=_REMEDY,
    questions=(GroupResources,),
    cases=cases,
    always_shown=True,
    hints=(Hint(text="(is deprecated since|was retired on)", source=("S41",)),),
)
