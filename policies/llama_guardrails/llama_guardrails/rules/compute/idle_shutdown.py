"""Rule: a compute instance shuts down when it is idle."""

from collections.abc import Iterator

from llama_guardrails.resource_types import COMPUTE
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity
from llama_guardrails.view import NotApplicable

_IDLE = "properties.properties.idleTimeBeforeShutdown"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.says("properties.computeType", "ComputeInstance"):
        raise NotApplicable("it is no compute instance")
    if not case.resource.text(_IDLE):
        yield Problem(_IDLE, "The instance runs on while nobody uses it.")


RULE = Rule(
    id="LLA-CMP-010",
    name="compute-idle-shutdown",
    title="A compute instance shuts down when it is idle.",
    why="A personal GPU machine over a weekend costs as much as a deployment.",
    remedy="Set idleTimeBeforeShutdown, for example to PT60M.",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    types=(COMPUTE,),
    options=Options,
    check=_check,
    covers=("AZR-000403", "Azure Policy 679ddf89"),
)
