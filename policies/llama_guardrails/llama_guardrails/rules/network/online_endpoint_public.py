"""Rule: an online endpoint is not reached from public networks."""

from collections.abc import Iterator

from llama_guardrails.resource_types import ONLINE_ENDPOINT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_ACCESS = "properties.publicNetworkAccess"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.says(_ACCESS, "Disabled"):
        yield Problem(_ACCESS, "The endpoint is reached from public networks.")


RULE = Rule(
    id="LLA-NET-004",
    name="online-endpoint-not-public",
    title="An online endpoint is not reached from public networks.",
    why="A leaked key is enough to use a public endpoint from anywhere, at the owner's cost.",
    remedy="Set publicNetworkAccess to Disabled; callers then come through the workspace's private endpoint.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(ONLINE_ENDPOINT,),
    options=Options,
    check=_check,
    example=Example(ONLINE_ENDPOINT, _ACCESS, good="Disabled", bad="Enabled"),
)
