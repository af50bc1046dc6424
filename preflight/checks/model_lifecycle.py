"""PF-MDL-002: each model can still be deployed."""

import datetime as dt
from collections.abc import Iterator
from functools import partial

from llama_azure_core.catalogue import Model, lifecycle_refusal
from preflight.answers import Answers
from preflight.check import Case, Check
from preflight.checks._scopes import found_in_group
from preflight.findings import Verdict, failed, passed, warned
from preflight.questions import GroupResources
from preflight.wishes import ProjectWish, Serverless, Wishes

_REMEDY = "choose a model that remains, and move callers to it"


def cases(wishes: Wishes) -> Iterator[Case]:
    """Each model, and on serverless APIs each endpoint whose model has ended."""
    on = wishes.settings.as_of
    for model in wishes.models.values():
        refusal = lifecycle_refusal(model, on)
        if refusal is None:
            yield Case(model.name, partial(_remaining, model, on))
            continue
        for project in wishes.projects:
            for entry in project.serverless:
                if entry.model == model:
                    yield Case(f"{model.name} ({entry.name})", partial(judge, wishes, project, entry, refusal))
        if any(one.model == model for one in _managed(wishes)):
            yield Case(f"{model.name} (managed compute)", partial(_on_managed_compute, refusal))


def judge(wishes: Wishes, project: ProjectWish, entry: Serverless, refusal: str, answers: Answers) -> Verdict:
    """No new deployment is made of a deprecated model; one that is there goes on until the model is retired."""
    is_there = (
        project.is_own
        and answers.has(GroupResources(wishes.group))
        and found_in_group(wishes, f"{project.id}/serverlessEndpoints/{entry.name}", answers) is not None
    )
    return warned(f"{refusal}. {entry.name} is there already", _REMEDY) if is_there else failed(refusal, _REMEDY)


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
    return warned(told, _REMEDY) if lifecycle.legacy and lifecycle.legacy <= on else passed(told)


def _on_managed_compute(refusal: str, _answers: Answers) -> Verdict:
    return warned(
        f"{refusal}. The schedule speaks of serverless APIs; whether managed compute refuses too could not be verified",
        _REMEDY,
    )


def _managed(wishes: Wishes) -> Iterator[Serverless]:
    for project in wishes.projects:
        for endpoint in project.online:
            for name, deployment in endpoint.deployments.items():
                yield Serverless(name, deployment.model, False)


CHECK = Check(
    id="PF-MDL-002",
    title="The model is not at its end",
    asks="The lifecycle dates of the facts, on the stack's date: today, or llama-azure:asOf.",
    remedy=_REMEDY,
    questions=(GroupResources,),
    cases=cases,
)
