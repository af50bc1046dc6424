"""Rule: a managed deployment does not reach public networks."""

from collections.abc import Iterator

from llama_guardrails.resource_types import ONLINE_DEPLOYMENT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_EGRESS = "properties.egressPublicNetworkAccess"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.says(_EGRESS, "Disabled"):
        yield Problem(_EGRESS, "The deployment's container reaches public networks.")


RULE = Rule(
    id="LLA-NET-005",
    name="deployment-egress-closed",
    title="The container of a managed deployment does not reach public networks.",
    why="What serves prompts has no need to send them elsewhere.",
    remedy="Set egressPublicNetworkAccess to Disabled.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(ONLINE_DEPLOYMENT,),
    options=Options,
    check=_check,
    example=Example(ONLINE_DEPLOYMENT, _EGRESS, good="Disabled", bad="Enabled"),
)
