"""Rule: a key vault restricts who reaches it."""

from collections.abc import Iterator

from llama_guardrails.resource_types import KEY_VAULT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_ACCESS, _DEFAULT = "properties.publicNetworkAccess", "properties.networkAcls.defaultAction"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.says(_ACCESS, "Disabled") and not case.resource.says(_DEFAULT, "Deny"):
        yield Problem(_ACCESS, "The vault is reached from every public network.")


RULE = Rule(
    id="LLA-DAT-010",
    name="vault-network-closed",
    title="A key vault is reached from no public network, or from listed ones only.",
    why="The vault holds the keys of every connection of every project.",
    remedy="Set publicNetworkAccess to Disabled, or networkAcls.defaultAction to Deny and list who may come.",
    severity=Severity.HIGH,
    level=Level.ADVISORY,
    types=(KEY_VAULT,),
    options=Options,
    check=_check,
    covers=(
        "CKV_AZURE_109",
        "CKV_AZURE_189",
    ),
    example=Example(KEY_VAULT, _ACCESS, good="Disabled", bad="Enabled"),
)
