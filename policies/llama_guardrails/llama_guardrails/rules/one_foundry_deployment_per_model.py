"""Rule: a model is deployed once in an account or in a stack, where the organisation wants it so."""

from collections.abc import Hashable
from enum import StrEnum

from llama_guardrails.resource_types import AI_SERVICES_DEPLOYMENT
from llama_guardrails.rule import Case, Level, Options, Problem, Severity, UniqueRule
from llama_guardrails.rules._accounts import FORMAT, MODEL, account_of
from llama_guardrails.view import NotApplicable, Resource


class Within(StrEnum):
    """Where a model is deployed once."""

    ACCOUNT = "account"
    STACK = "stack"


class Once(Options):
    """The options of the rule."""

    within: Within | None = None
    """Where each model is deployed at most once: `account` or `stack`. Default: nowhere; Azure asks it of serverless
    APIs alone."""


def _key(case: Case[Once]) -> Hashable:
    if case.options.within is None:
        raise NotApplicable("a model may be deployed as often as capacity allows")
    name = case.resource.text(MODEL)
    if not name:
        raise NotApplicable("no model is named")
    model = ((case.resource.text(FORMAT) or "").casefold(), name.casefold())
    return model if case.options.within is Within.STACK else (account_of(case.resource, case.estate).key, model)


def _complaint(case: Case[Once], owner: Resource) -> Problem:
    return Problem(MODEL, f"{owner.name} deploys {case.resource.text(MODEL)} already in this {case.options.within}.")


RULE = UniqueRule(
    id="LLA-MOD-019",
    name="one-foundry-deployment-per-model",
    title="A model is deployed at most once in an account or a stack, where the environment asks it.",
    why=(
        "On a Foundry resource Azure allows several deployments of a model, with filters and capacities of their own. "
        "An organisation may want one of each, as on serverless APIs, so that every caller gets the same."
    ),
    remedy="Share the deployment that is there, or have the option `within` removed from the configuration.",
    severity=Severity.LOW,
    level=Level.MANDATORY,
    types=(AI_SERVICES_DEPLOYMENT,),
    options=Once,
    key=_key,
    complaint=_complaint,
)
