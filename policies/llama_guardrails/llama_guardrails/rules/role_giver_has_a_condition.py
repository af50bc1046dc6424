"""Rule: who may give roles is told which, and to whom."""

from collections.abc import Iterator

from llama_azure_core.conditions import WRITE, Attempt, ConditionError, assignment, parse_condition
from llama_guardrails.resource_types import ROLE_ASSIGNMENT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.rules._grants import assigned_role
from llama_guardrails.view import NotApplicable

_CONDITION = "condition"
_ANY = "ffffffff-0000-4000-8000-ffffffffffff"  # a role and a principal that no condition names


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not any(role.permits(WRITE) for role in assigned_role(case.resource, case.estate)):
        raise NotApplicable("it lets nobody give roles")
    text = case.resource.text(_CONDITION)
    if not text:
        yield Problem(_CONDITION, "Whoever holds it may give any role to anybody, also to themselves.")
        return
    try:
        holds = parse_condition(text)
    except ConditionError as error:
        yield Problem(_CONDITION, f"The condition cannot be read: {error}.")
        return
    if any(holds(Attempt(WRITE, assignment(_ANY, _ANY, kind))) for kind in ("User", "Group", "ServicePrincipal")):
        yield Problem(_CONDITION, "The condition lets any role be given to anybody.")


RULE = Rule(
    id="LLA-IAM-009",
    name="role-giver-has-a-condition",
    title="An assignment that lets somebody give roles says in a condition which ones.",
    why=(
        "Whoever may give roles may give themselves every role. A condition on the assignment leaves the right to give "
        "those that a deployment gives, to those whom it gives them."
    ),
    remedy=(
        "Set condition and conditionVersion, with the roles and the principals that may be given; "
        "bootstrap/ does so for the identities of pipelines."
    ),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(ROLE_ASSIGNMENT,),
    when=When.STACK,
    options=Options,
    check=_check,
    sources=("S270", "S271"),
)
