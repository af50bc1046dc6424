"""Rule: a search service asks for customer-managed keys."""

from collections.abc import Iterator

from llama_guardrails.resource_types import SEARCH_SERVICE
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_ENFORCED = "encryptionWithCmk.enforcement"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.says(_ENFORCED, "Enabled"):
        yield Problem(_ENFORCED, "Indexes may be encrypted with Microsoft's keys alone.")


RULE = Rule(
    id="LLA-DAT-003",
    name="search-customer-managed-key",
    title="A search service takes only indexes that are encrypted with a customer-managed key.",
    why="With a key of one's own, access to the data ends when the key is withdrawn.",
    remedy="Set encryptionWithCmk.enforcement to Enabled and give each index a key.",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    types=(SEARCH_SERVICE,),
    options=Options,
    check=_check,
    covers=(
        "Azure Policy 76a56461",
        "Azure Policy 356da939",
    ),
    example=Example(SEARCH_SERVICE, _ENFORCED, good="Enabled", bad="Disabled"),
)
