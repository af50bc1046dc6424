"""Rule: a Foundry resource has a managed identity."""

from collections.abc import Iterator

from llama_guardrails.resource_types import AI_SERVICES_ACCOUNT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_TYPE = "identity.type"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if (case.resource.text(_TYPE) or "None").casefold() == "none":
        yield Problem(_TYPE, "The account has no managed identity.")


RULE = Rule(
    id="LLA-IAM-007",
    name="foundry-managed-identity",
    title="A Foundry resource has a managed identity.",
    why="Without one an account reaches storage and keys by secrets.",
    remedy="Set identity.type to SystemAssigned or UserAssigned.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(AI_SERVICES_ACCOUNT,),
    options=Options,
    check=_check,
    covers=("CKV_AZURE_238", "AZR-000281", "Azure Policy fe3fd216"),
    example=Example(AI_SERVICES_ACCOUNT, "identity", good={"type": "SystemAssigned"}, bad=None),
)
