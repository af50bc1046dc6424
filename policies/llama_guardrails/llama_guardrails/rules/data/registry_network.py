"""Rule: a container registry is not reached from public networks."""

from collections.abc import Iterator

from llama_guardrails.resource_types import CONTAINER_REGISTRY
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_ACCESS = "publicNetworkAccess"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.says(_ACCESS, "Disabled"):
        yield Problem(_ACCESS, "The registry is reached from public networks.")


RULE = Rule(
    id="LLA-DAT-012",
    name="registry-not-public",
    title="A container registry is not reached from public networks.",
    why="Images tell how a service is built, and hold secrets more often than they should.",
    remedy="Set publicNetworkAccess to Disabled; it takes the Premium tier.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(CONTAINER_REGISTRY,),
    options=Options,
    check=_check,
    covers=("CKV_AZURE_139",),
    example=Example(CONTAINER_REGISTRY, _ACCESS, good="Disabled", bad="Enabled"),
)
