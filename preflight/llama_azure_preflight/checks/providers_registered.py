"""PF-PRV-001: the subscription is registered for the resource providers that the stack takes."""

from collections.abc import Iterator
from functools import partial

from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._scopes import missing_at
from llama_azure_preflight.findings import Verdict, failed, passed, warned
from llama_azure_preflight.questions import Permissions, Provider
from llama_azure_preflight.stack import Stack

_REMEDY = "register it once: az provider register --namespace {namespace} --wait"


def cases(stack: Stack) -> Iterator[Case]:
    """Each resource provider that the stack's resources take."""
    for namespace in stack.plan.providers:
        yield Case(namespace, partial(judge, stack, namespace))


def judge(stack: Stack, namespace: str, answers: Answers) -> Verdict:
    """Azure registers with the first deployment whoever may; that takes minutes, and a right that many lack."""
    state = answers.of(Provider(namespace))
    if state == "Registered":
        return passed(f"{namespace} is registered")
    if state == "Registering":
        return warned(f"{namespace} is being registered", "wait some minutes and run preflight again")
    remedy = _REMEDY.format(namespace=namespace)
    if missing_at(stack.plan.subscription_id, [f"{namespace}/register/action"], answers):
        return failed(f"{namespace} is {state or 'not registered'}, and you may not register it", remedy)
    return warned(f"{namespace} is {state or 'not registered'}; the deployment registers it, since you may", remedy)


CHECK = Check(
    id="PF-PRV-001",
    title="Resource providers are registered",
    asks="The registration state of each resource provider that the stack's resources take, and whether you may "
    "register those that are not.",
    remedy=_REMEDY.format(namespace="<namespace>"),
    questions=(Provider, Permissions),
    cases=cases,
    hints=(Hint(code="MissingSubscriptionRegistration", source=("S83",)),),
)
