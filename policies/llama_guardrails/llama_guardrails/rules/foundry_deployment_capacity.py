"""Rule: a deployment has as many units as its SKU takes."""

from collections.abc import Iterator

from llama_guardrails.resource_types import AI_SERVICES_DEPLOYMENT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._accounts import CAPACITY, deployed
from llama_guardrails.view import NotApplicable


def _check(case: Case[Options]) -> Iterator[Problem]:
    found = deployed(case.resource)
    if found.sku is None:
        raise NotApplicable("the version is not offered as this SKU: LLA-REG-005 says so")
    given = case.resource.number(CAPACITY)
    if given is None:
        raise NotApplicable("Azure gives the capacity")
    problem = found.sku.capacity_problem(given)
    if problem is not None:
        yield Problem(CAPACITY, f"Of {found.row.name} {problem}.")


RULE = Rule(
    id="LLA-CMP-012",
    name="foundry-deployment-capacity",
    title="A Foundry deployment's capacity is one that its SKU takes.",
    why=(
        "Models of partners take a capacity of 1 and no other, and callers share one pool; Azure refuses the rest with "
        "InvalidCapacity once the account is there."
    ),
    remedy="Set sku.capacity to what the message says.",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(AI_SERVICES_DEPLOYMENT,),
    options=Options,
    check=_check,
    sources=("S201",),
)
