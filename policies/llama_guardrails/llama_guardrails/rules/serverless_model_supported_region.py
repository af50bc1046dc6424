"""Rule: a serverless endpoint lies in a region that offers its model."""

from collections.abc import Iterator

from llama_azure_core.catalogue import lifecycle_refusal, serverless_availability, snapshot_in_force
from llama_guardrails.resource_types import SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._model import SERVERLESS_MODEL, llama
from llama_guardrails.view import NotApplicable


def _check(case: Case[Options]) -> Iterator[Problem]:
    model = llama(case.resource, SERVERLESS_MODEL)
    if lifecycle_refusal(model, case.context.on) is not None:
        raise NotApplicable("the model can be deployed nowhere any more: LLA-MOD-003 says so")
    region = case.resource.text("location")
    if region is None:
        raise NotApplicable("no region is given")
    availability = serverless_availability(model, region, case.context.on, case.context.regions_on)
    if not availability.is_offered:
        offered = ", ".join(availability.regions) or "none"
        on = case.context.regions_on
        table = snapshot_in_force(model, on)
        dated = "" if table is None else f" The table is of {table[1]}, {(on - table[1]).days} days before."
        yield Problem("location", f"{availability.refusal}. Supported regions: {offered}.{dated}")


RULE = Rule(
    id="LLA-REG-001",
    name="serverless-model-supported-region",
    title="A serverless endpoint lies in a region whose hubs offer its model on the judging date.",
    why=(
        "Azure offers each Llama model as a serverless API in a few regions only, and refuses the endpoint elsewhere "
        "after the hub and the project have been made. The regions are those of the hub, not of whoever calls."
    ),
    remedy="Move the hub, its projects and the endpoint to a supported region, or deploy a model that the region has.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(SERVERLESS_ENDPOINT,),
    options=Options,
    check=_check,
    sources=("S0", "S1", "S5", "S6", "S7"),
    example=Example(SERVERLESS_ENDPOINT, "location", good="swedencentral", bad="westeurope"),
)
