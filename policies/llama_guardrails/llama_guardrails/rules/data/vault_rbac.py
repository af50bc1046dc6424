"""Rule: a key vault authorises by Azure RBAC."""

from collections.abc import Iterator

from llama_guardrails.resource_types import KEY_VAULT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_RBAC = "properties.enableRbacAuthorization"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if case.resource.get(_RBAC) is not True:
        yield Problem(_RBAC, "The vault authorises by access policies of its own.")


RULE = Rule(
    id="LLA-DAT-008",
    name="vault-azure-rbac",
    title="A key vault authorises by Azure role assignments.",
    why="A vault's access policies are a second set of rights, which no review of role assignments shows.",
    remedy="Set enableRbacAuthorization to true and assign roles.",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(KEY_VAULT,),
    options=Options,
    check=_check,
    covers=("AZR-000388",),
    example=Example(KEY_VAULT, _RBAC, good=True, bad=False),
)
