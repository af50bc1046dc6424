"""Rule: a search service accepts no keys."""

from collections.abc import Iterator

from llama_guardrails.resource_types import SEARCH_SERVICE
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_OFF = "disableLocalAuth"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if case.resource.get(_OFF) is not True:
        yield Problem(_OFF, "The search service accepts keys.")


RULE = Rule(
    id="LLA-AUT-004",
    name="search-no-keys",
    title="A search service accepts no keys.",
    why="An admin key of a search service reads and changes every index.",
    remedy="Set disableLocalAuth to true.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(SEARCH_SERVICE,),
    options=Options,
    check=_check,
    covers=("Azure Policy 6300012e",),
    example=Example(SEARCH_SERVICE, _OFF, good=True, bad=False),
)
