"""Rule: compute lies in a virtual network."""

from collections.abc import Iterator

from llama_guardrails.resource_types import COMPUTE
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.view import NotApplicable

_SUBNET = "properties.properties.subnet.id"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.says("properties.computeType", "AmlCompute", "ComputeInstance"):
        raise NotApplicable("it is neither a cluster nor a compute instance")
    if not case.resource.text(_SUBNET):
        yield Problem(_SUBNET, "The compute lies in no virtual network.")


RULE = Rule(
    id="LLA-NET-009",
    name="compute-in-virtual-network",
    title="Clusters and compute instances lie in a virtual network.",
    why="Without one they have public addresses. Exempt compute of a hub with a managed network: it lies in that.",
    remedy="Give the compute a subnet.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(COMPUTE,),
    options=Options,
    check=_check,
    covers=("AZR-000405", "Azure Policy 7804b5c7"),
    example=Example(COMPUTE, "properties.properties.subnet", good={"id": "…"}, bad=None),
)
