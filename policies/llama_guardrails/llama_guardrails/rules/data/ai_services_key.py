"""Rule: a Foundry resource has a customer-managed key."""

from collections.abc import Iterator

from llama_guardrails.resource_types import AI_SERVICES_ACCOUNT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_SOURCE = "properties.encryption.keySource"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.says(_SOURCE, "Microsoft.KeyVault"):
        yield Problem(_SOURCE, "The account is encrypted with Microsoft's keys.")


RULE = Rule(
    id="LLA-DAT-002",
    name="foundry-customer-managed-key",
    title="A Foundry resource is encrypted with a customer-managed key.",
    why="With a key of one's own, access to the data ends when the key is withdrawn.",
    remedy="Set encryption.keySource to Microsoft.KeyVault and name the key.",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    types=(AI_SERVICES_ACCOUNT,),
    options=Options,
    check=_check,
    covers=(
        "CKV2_AZURE_22",
        "Azure Policy 67121cc7",
    ),
    example=Example(AI_SERVICES_ACCOUNT, _SOURCE, good="Microsoft.KeyVault", bad="Microsoft.CognitiveServices"),
)
