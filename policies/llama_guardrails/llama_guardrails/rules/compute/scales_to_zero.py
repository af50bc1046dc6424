"""Rule: a compute cluster scales to zero."""

from collections.abc import Iterator

from llama_guardrails.resource_types import COMPUTE
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.view import NotApplicable

_FEWEST = "properties.properties.scaleSettings.minNodeCount"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.says("properties.computeType", "AmlCompute"):
        raise NotApplicable("it is no cluster")
    if case.resource.number(_FEWEST):
        yield Problem(_FEWEST, "The cluster keeps nodes while nothing runs on it.")


RULE = Rule(
    id="LLA-CMP-009",
    name="compute-scales-to-zero",
    title="A compute cluster keeps no nodes while nothing runs on it.",
    why="An idle GPU node costs as much as a busy one.",
    remedy="Set minNodeCount to 0.",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    types=(COMPUTE,),
    options=Options,
    check=_check,
    covers=("CKV_AZURE_150",),
    example=Example(COMPUTE, _FEWEST, good=0.0, bad=1.0),
)
