"""Rule: a deployment of a Foundry resource has a content filter."""

from collections.abc import Iterator

from llama_guardrails.resource_types import AI_SERVICES_DEPLOYMENT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_POLICY = "properties.raiPolicyName"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.text(_POLICY):
        yield Problem(_POLICY, "The deployment names no content filter.")


RULE = Rule(
    id="LLA-MOD-012",
    name="foundry-deployment-content-filter",
    title="A deployment of a Foundry resource names its content filter.",
    why="Which filter a deployment gets where it names none is Azure's to change.",
    remedy="Set raiPolicyName, for example to Microsoft.DefaultV2.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(AI_SERVICES_DEPLOYMENT,),
    options=Options,
    check=_check,
    covers=("Azure Policy c1ad46c6",),
    example=Example(AI_SERVICES_DEPLOYMENT, _POLICY, good="Microsoft.DefaultV2", bad=None),
)
