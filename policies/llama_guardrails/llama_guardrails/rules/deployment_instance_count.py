"""Rule: a managed deployment has as many instances as the environment wants."""

from collections.abc import Iterator

from pydantic import Field

from llama_azure_core._facts import load_facts
from llama_guardrails.resource_types import ONLINE_DEPLOYMENT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_MOST: int = load_facts("limits")["onlineEndpoints"]["instancesPerDeployment"]
_COUNT = "sku.capacity"


class Instances(Options):
    """The options of the rule."""

    minimum: int = Field(default=1, ge=1, le=_MOST)
    """The fewest instances. Default: 1."""
    maximum: int = Field(default=_MOST, ge=1, le=_MOST)
    """The most instances. Default: Azure's limit."""


def _check(case: Case[Instances]) -> Iterator[Problem]:
    count = case.resource.number(_COUNT)
    fewest, most = case.options.minimum, case.options.maximum
    if not fewest <= (count or 0) <= most:
        yield Problem(_COUNT, f"The deployment has {count or 'no'} instances; here it takes {fewest} to {most}.")


RULE = Rule(
    id="LLA-CMP-004",
    name="deployment-instance-count",
    title="A managed deployment's number of instances is within the environment's bounds.",
    why=(
        "Azure allows 50 instances a deployment, and Microsoft recommends more than three in production, so that an "
        "upgrade or a failing machine does not stop the service; each costs by the hour."
    ),
    remedy="Change the number of instances (sku.capacity).",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(ONLINE_DEPLOYMENT,),
    options=Instances,
    check=_check,
    sources=("S22", "S24"),
    example=Example(ONLINE_DEPLOYMENT, _COUNT, good=4.0, bad=51.0),
)
