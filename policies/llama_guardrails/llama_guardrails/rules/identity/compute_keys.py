"""Rule: compute accepts no local sign-in."""

from collections.abc import Iterator

from llama_guardrails.resource_types import COMPUTE
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.view import NotApplicable

_OFF = "properties.disableLocalAuth"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.says("properties.computeType", "AmlCompute", "ComputeInstance"):
        raise NotApplicable("it is neither a cluster nor a compute instance")
    if case.resource.get(_OFF) is not True:
        yield Problem(_OFF, "The compute accepts local sign-in.")


RULE = Rule(
    id="LLA-AUT-007",
    name="compute-no-local-auth",
    title="Clusters and compute instances accept no local sign-in.",
    why="An SSH key outlives whoever it was given to.",
    remedy="Set disableLocalAuth to true.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(COMPUTE,),
    options=Options,
    check=_check,
    covers=("CKV_AZURE_142", "AZR-000404", "Azure Policy e96a9a5f"),
    example=Example(COMPUTE, _OFF, good=True, bad=False),
)
