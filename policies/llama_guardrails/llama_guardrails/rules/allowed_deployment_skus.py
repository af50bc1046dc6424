"""Rule: deployments are of the SKUs that the environment allows."""

from collections.abc import Iterator

from llama_guardrails.resource_types import AI_SERVICES_DEPLOYMENT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._accounts import SKU
from llama_guardrails.view import NotApplicable


class AllowedSkus(Options):
    """The options of the rule."""

    skus: tuple[str, ...] = ()
    """The SKUs that are allowed, such as `DataZoneStandard`. Default: any."""


def _check(case: Case[AllowedSkus]) -> Iterator[Problem]:
    if not case.options.skus:
        raise NotApplicable("no SKUs are configured")
    if not case.resource.says(SKU, *case.options.skus):
        given, allowed = case.resource.text(SKU) or "none", ", ".join(case.options.skus)
        yield Problem(SKU, f"The SKU is {given}. Allowed: {allowed}.")


RULE = Rule(
    id="LLA-REG-006",
    name="allowed-deployment-skus",
    title="Foundry deployments are of the SKUs that the environment allows.",
    why=(
        "The SKU says where prompts are processed, whatever the account's region: GlobalStandard in any region of "
        "Azure, DataZoneStandard in the United States or in the European Union, Standard in the account's region."
    ),
    remedy="Take an allowed SKU, and a model that is offered as it; or have the SKU added to the configuration.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(AI_SERVICES_DEPLOYMENT,),
    options=AllowedSkus,
    check=_check,
    example=Example(AI_SERVICES_DEPLOYMENT, SKU, good="DataZoneStandard", bad="GlobalStandard"),
)
