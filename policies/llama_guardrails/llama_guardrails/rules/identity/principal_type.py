"""Rule: an assignment says what kind of principal it is for."""

from collections.abc import Iterator

from llama_guardrails.resource_types import ROLE_ASSIGNMENT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_TYPE = "principalType"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.text(_TYPE):
        yield Problem(_TYPE, "The assignment does not say whether it is for a user, a group or a service principal.")


RULE = Rule(
    id="LLA-IAM-005",
    name="role-assignment-principal-type",
    title="A role assignment gives its principal's type.",
    why=(
        "Without it Azure looks the principal up in the directory, which may not know a new one everywhere yet, and "
        "fails with PrincipalNotFound now and then."
    ),
    remedy="Set principalType to User, Group or ServicePrincipal.",
    severity=Severity.LOW,
    level=Level.MANDATORY,
    types=(ROLE_ASSIGNMENT,),
    options=Options,
    check=_check,
    sources=("S63",),
    example=Example(ROLE_ASSIGNMENT, _TYPE, good="ServicePrincipal", bad=None),
)
