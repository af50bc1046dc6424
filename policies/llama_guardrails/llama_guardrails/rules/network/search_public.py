"""Rule: a search service is not reached from public networks."""

from collections.abc import Iterator

from llama_guardrails.resource_types import SEARCH_SERVICE
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_ACCESS, _ADDRESSES = "publicNetworkAccess", "networkRuleSet.ipRules"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.says(_ACCESS, "Disabled") and not case.resource.get(_ADDRESSES):
        yield Problem(_ACCESS, "The search service is reached from every public network.")


RULE = Rule(
    id="LLA-NET-008",
    name="search-not-public",
    title="A search service is reached from no public network, or from listed addresses only.",
    why="An index for retrieval holds the company's documents in small pieces.",
    remedy="Set publicNetworkAccess to Disabled, or list addresses in networkRuleSet.ipRules.",
    severity=Severity.HIGH,
    level=Level.ADVISORY,
    types=(SEARCH_SERVICE,),
    options=Options,
    check=_check,
    covers=("CKV_AZURE_124", "CKV_AZURE_210", "Azure Policy ee980b6d", "Azure Policy a049bf77"),
    example=Example(SEARCH_SERVICE, _ACCESS, good="disabled", bad="enabled"),
)
