"""Rule: a serverless endpoint is made after its project's subscription."""

from collections.abc import Iterator

from llama_guardrails.resource_types import SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.rules._model import SERVERLESS_MODEL, llama
from llama_guardrails.rules._subscriptions import subscriptions
from llama_guardrails.view import NotApplicable


def _check(case: Case[Options]) -> Iterator[Problem]:
    found = list(subscriptions(case.estate, case.resource, llama(case.resource, SERVERLESS_MODEL)))
    if not found:
        raise NotApplicable("the stack makes no subscription to the model's offer")
    if not any(case.estate.depends_on(case.resource, subscription) for subscription in found):
        yield Problem("", f"The endpoint does not depend on {found[0].name}, so Pulumi may make it first.")


RULE = Rule(
    id="LLA-MOD-009",
    name="endpoint-after-its-subscription",
    title="A serverless endpoint depends on its project's subscription to the model's offer.",
    why=(
        "Azure refuses an endpoint before the project has subscribed, and deleting the subscription first leaves the "
        "endpoint unhealthy. Nothing but a dependency tells Pulumi the order."
    ),
    remedy="Add the subscription to the endpoint's dependsOn.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(SERVERLESS_ENDPOINT,),
    when=When.STACK,
    options=Options,
    check=_check,
    sources=("S0", "S3"),
)
