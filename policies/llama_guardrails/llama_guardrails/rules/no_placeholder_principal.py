"""Rule: roles are given to somebody who is there."""

from collections.abc import Iterator

from llama_azure_core.principals import example_problem, placeholder_problem
from llama_guardrails.resource_types import ROLE_ASSIGNMENT, ROLE_ELIGIBILITY
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.view import Undecided

_PRINCIPAL = "principalId"


def _check(case: Case[Options]) -> Iterator[Problem]:
    judge = placeholder_problem if case.context.is_local else example_problem
    try:
        principal = case.resource.text(_PRINCIPAL) or ""
    except Undecided:
        if case.resource.property_dependencies.get(_PRINCIPAL):
            return  # the identity of something that is made: whoever it will be, it is there then
        raise
    problem = judge(principal)
    if problem is not None:
        yield Problem(_PRINCIPAL, f"{problem}.")


RULE = Rule(
    id="LLA-IAM-008",
    name="no-placeholder-principal",
    title="No role is given to a placeholder or to a principal of an example.",
    why=(
        "With the principal's type given, Azure takes an assignment to an object id that nobody has. The deployment "
        "succeeds, whoever should have the role does not, and the id is free for whoever gets it."
    ),
    remedy="Write the object id of the user, group or service principal that is meant.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(ROLE_ASSIGNMENT, ROLE_ELIGIBILITY),
    options=Options,
    check=_check,
    sources=("S63",),
    example=Example(
        ROLE_ASSIGNMENT,
        _PRINCIPAL,
        good="a4b0c000-1d2e-4f3a-8b5c-6d7e8f901234",
        bad="00000000-0000-0000-0000-000000000000",
    ),
)
