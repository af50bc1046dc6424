"""Rule: a key vault is protected from purging."""

from collections.abc import Iterator

from llama_guardrails.resource_types import KEY_VAULT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_PURGE = "properties.enablePurgeProtection"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if case.resource.get(_PURGE) is not True:
        yield Problem(_PURGE, "The vault can be purged at once.")


RULE = Rule(
    id="LLA-DAT-009",
    name="vault-purge-protection",
    title="A key vault cannot be purged before its retention ends.",
    why="A hub's connections keep their keys in the vault; purged, they are gone with whatever they encrypted.",
    remedy="Set enablePurgeProtection to true; it cannot be switched off again.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(KEY_VAULT,),
    options=Options,
    check=_check,
    covers=(
        "CKV_AZURE_110",
        "CKV_AZURE_42",
    ),
    example=Example(KEY_VAULT, _PURGE, good=True, bad=False),
)
