"""Rule: nothing that matters runs on shared quota."""

from collections.abc import Iterator

from llama_guardrails.resource_types import ONLINE_ENDPOINT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._shared_quota import PROPERTY, SHARED_QUOTA, is_shared


def _check(case: Case[Options]) -> Iterator[Problem]:
    if is_shared(case.resource):
        yield Problem(
            PROPERTY, f"The endpoint uses shared quota: Azure deletes it after {SHARED_QUOTA['hours']} hours."
        )


RULE = Rule(
    id="LLA-CMP-003",
    name="no-shared-quota",
    title="An online endpoint does not use Azure's shared quota.",
    why=(
        "Shared quota is for a try: Azure deletes the endpoint after a week, whoever uses it. In production it is a "
        "date for an outage."
    ),
    remedy="Remove the shared quota and use the subscription's own.",
    severity=Severity.HIGH,
    level=Level.ADVISORY,
    types=(ONLINE_ENDPOINT,),
    options=Options,
    check=_check,
    sources=("S0", "S22", "S36"),
    example=Example(ONLINE_ENDPOINT, PROPERTY, good="false", bad="true"),
)
