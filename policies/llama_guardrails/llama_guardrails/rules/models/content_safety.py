"""Rule: content safety filters a serverless endpoint."""

from collections.abc import Iterator

from llama_guardrails.resource_types import SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_STATUS = "properties.contentSafety.contentSafetyStatus"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.says(_STATUS, "Enabled"):
        yield Problem(_STATUS, "Content safety is not switched on for the endpoint.")


RULE = Rule(
    id="LLA-MOD-011",
    name="serverless-content-safety",
    title="Azure AI Content Safety filters the prompts and completions of a serverless endpoint.",
    why=(
        "Without the filter whatever a user writes reaches the model, and whatever the model writes reaches a user. A "
        "stack says that it is on, rather than trusting a default."
    ),
    remedy="Set contentSafetyStatus to Enabled.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(SERVERLESS_ENDPOINT,),
    options=Options,
    check=_check,
    sources=("S0", "S29"),
    covers=("Azure Policy 930f48f9", "Azure Policy f3a9c2e0", "Azure Policy af253d37"),
    example=Example(SERVERLESS_ENDPOINT, _STATUS, good="Enabled", bad="Disabled"),
)
