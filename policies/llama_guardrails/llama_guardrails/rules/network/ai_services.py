"""Rule: a Foundry resource restricts who reaches it."""

from collections.abc import Iterator

from llama_guardrails.resource_types import AI_SERVICES_ACCOUNT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_ACCESS, _DEFAULT = "properties.publicNetworkAccess", "properties.networkAcls.defaultAction"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.says(_ACCESS, "Disabled") and not case.resource.says(_DEFAULT, "Deny"):
        yield Problem(_ACCESS, "The account is reached from every public network.")


RULE = Rule(
    id="LLA-NET-006",
    name="foundry-network-closed",
    title="A Foundry resource is reached from no public network, or from listed ones only.",
    why="A leaked key is enough to use an open account from anywhere.",
    remedy="Set publicNetworkAccess to Disabled, or networkAcls.defaultAction to Deny and list who may come.",
    severity=Severity.HIGH,
    level=Level.ADVISORY,
    types=(AI_SERVICES_ACCOUNT,),
    options=Options,
    check=_check,
    covers=("CKV_AZURE_134", "AZR-000280", "AZR-000283", "Azure Policy 037eea7a", "Azure Policy d6759c02"),
    example=Example(AI_SERVICES_ACCOUNT, _ACCESS, good="Disabled", bad="Enabled"),
)
