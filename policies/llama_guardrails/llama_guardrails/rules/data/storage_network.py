"""Rule: a storage account restricts who reaches it."""

from collections.abc import Iterator

from llama_guardrails.resource_types import STORAGE_ACCOUNT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_ACCESS, _DEFAULT = "publicNetworkAccess", "networkRuleSet.defaultAction"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.says(_ACCESS, "Disabled") and not case.resource.says(_DEFAULT, "Deny"):
        yield Problem(_ACCESS, "The account is reached from every public network.")


RULE = Rule(
    id="LLA-DAT-007",
    name="storage-network-closed",
    title="A storage account is reached from no public network, or from listed ones only.",
    why="With a token alone, a hub's data could be fetched from anywhere.",
    remedy="Set publicNetworkAccess to Disabled, or networkRuleSet.defaultAction to Deny and list who may come.",
    severity=Severity.HIGH,
    level=Level.ADVISORY,
    types=(STORAGE_ACCOUNT,),
    options=Options,
    check=_check,
    covers=(
        "CKV2_AZURE_50",
        "CKV_AZURE_35",
    ),
    example=Example(STORAGE_ACCOUNT, _ACCESS, good="Disabled", bad="Enabled"),
)
