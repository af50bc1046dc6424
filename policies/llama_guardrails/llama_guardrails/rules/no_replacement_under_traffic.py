"""Rule: no deployment is made anew while callers are sent to it."""

from collections.abc import Iterator

from llama_guardrails.resource_types import ONLINE_DEPLOYMENT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity


def _check(case: Case[Options]) -> Iterator[Problem]:
    if case.resource.operation == "replace" and case.resource.contents:
        share = case.resource.contents[0]
        yield Problem(
            "",
            f"The deployment {case.resource.azure_name} has {share} and is to be deleted and made anew. "
            "Its callers are refused until it is back.",
        )


RULE = Rule(
    id="LLA-CMP-011",
    name="no-replacement-under-traffic",
    title="No deployment that has requests is deleted and made anew.",
    why=(
        "Azure changes no VM size in place, and deletes no deployment that has traffic: so its traffic is taken away "
        "first, and until the new one is ready, which takes minutes, callers get 404. The engine tells no policy what "
        "it would replace, so this rule is judged by `policy-report` alone; `pulumi preview` warns by itself."
    ),
    remedy="Make a second deployment with what is wanted, give it the requests, and take the first one away later.",
    severity=Severity.HIGH,
    level=Level.ADVISORY,
    types=(ONLINE_DEPLOYMENT,),
    options=Options,
    check=_check,
)
