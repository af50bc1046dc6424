"""Rule: a serverless endpoint lies in a region that offers its model."""

import datetime as dt

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from llama_azure_core.catalogue import model_of_registry_id, serverless_availability
from llama_guardrails.judging_date import judging_date
from llama_guardrails.resource_types import SERVERLESS_ENDPOINT

NAME = "serverless-model-supported-region"


def region_problem(model_id: str, region: str, on: dt.date) -> str | None:
    """Return why a model cannot be deployed in a region on a date, with the regions that offer it; or ``None``."""
    model = model_of_registry_id(model_id)
    if model is None:
        return None
    availability = serverless_availability(model, region, on)
    if availability.is_offered:
        return None
    offered = ", ".join(availability.regions) or "none"
    return f"{availability.refusal}. Supported regions: {offered}."


def _validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.resource_type != SERVERLESS_ENDPOINT:
        return
    model_id = args.props["properties"]["modelSettings"]["modelId"]
    problem = region_problem(model_id, args.props["location"], judging_date())
    if problem is not None:
        report_violation(f"{NAME}: {problem}", None)


supported_region = ResourceValidationPolicy(
    name=NAME,
    description="A serverless endpoint lies in a region whose hubs offer its model on the judging date.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_validate,
)
