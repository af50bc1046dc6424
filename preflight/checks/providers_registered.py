"""PF-PRV-001: the subscription is registered for the resource providers that the stack takes."""

from collections.abc import Iterator
from functools import partial

from preflight.answers import Answers
from preflight.check import Case, Check
from preflight.findings import Verdict, failed, passed, warned
from preflight.questions import Provider
from preflight.wishes import Wishes

_REMEDY = "register it once: az provider register --namespace {namespace} --wait"


def cases(wishes: Wishes) -> Iterator[Case]:
    """Each resource provider that the stack's resources take."""
    for namespace in wishes.namespaces:
        yield Case(namespace, partial(judge, namespace))


def judge(namespace: str, answers: Answers) -> Verdict:
    """Registration takes minutes and a permission that deployers often lack."""
    state = answers.of(Provider(namespace))
    if state == "Registered":
        return passed(f"{namespace} is registered")
    if state == "Registering":
        return warned(f"{namespace} is being registered", "wait some minutes and run preflight again")
    return failed(f"{namespace} is {state or 'not registered'}", _REMEDY.format(namespace=namespace))


CHECK = Check(
    id="PF-PRV-001",
    title="Resource providers are registered",
    asks="The registration state of each resource provider that the stack's resources take.",
    remedy=_REMEDY.format(namespace="<namespace>"),
    questions=(Provider,),
    cases=cases,
)
