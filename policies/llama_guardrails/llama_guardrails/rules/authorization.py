"""What is asked of a role assignment."""

from llama_guardrails.property_rule import is_given, property_rule
from llama_guardrails.resource_types import ROLE_ASSIGNMENT
from llama_guardrails.rule import Example, Level, Severity

RULES = (
    property_rule(
        id="LLA-IAM-005",
        name="role-assignment-principal-type",
        title="A role assignment gives its principal's type.",
        why=(
            "Without it Azure looks the principal up in the directory, which may not know a new one everywhere "
            "yet, and fails with PrincipalNotFound now and then."
        ),
        remedy="Set principalType to User, Group or ServicePrincipal.",
        severity=Severity.LOW,
        level=Level.MANDATORY,
        types=(ROLE_ASSIGNMENT,),
        wants=(
            is_given(
                "principalType", "The assignment does not say whether it is for a user, a group or a service principal."
            ),
        ),
        sources=("S63",),
        example=Example(ROLE_ASSIGNMENT, "principalType", good="ServicePrincipal", bad=None),
    ),
)
