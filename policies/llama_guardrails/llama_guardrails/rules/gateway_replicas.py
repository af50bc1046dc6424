"""Rule: a container app runs as many replicas as the environment wants."""

from collections.abc import Iterator

from pydantic import Field

from llama_guardrails.resource_types import CONTAINER_APP
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_LEAST = "template.scale.minReplicas"


class Replicas(Options):
    """The options of the rule."""

    minimum: int = Field(default=2, ge=1)
    """The fewest replicas that are always there. Default: 2."""


def _check(case: Case[Replicas]) -> Iterator[Problem]:
    least = case.resource.number(_LEAST) or 0
    if least < case.options.minimum:
        yield Problem(_LEAST, f"The app may run {least} replicas; here it takes at least {case.options.minimum}.")


RULE = Rule(
    id="LLA-GTW-003",
    name="gateway-replicas",
    title="A container app always has as many replicas as the environment wants.",
    why=(
        "With one replica an upgrade, a zone or a crash stops every caller of every model at once; with none the first "
        "caller waits for a start of minutes."
    ),
    remedy="Set template.scale.minReplicas to 2 or more.",
    severity=Severity.HIGH,
    level=Level.ADVISORY,
    types=(CONTAINER_APP,),
    options=Replicas,
    check=_check,
    sources=("S301",),
    example=Example(CONTAINER_APP, _LEAST, good=2.0, bad=1.0),
)
