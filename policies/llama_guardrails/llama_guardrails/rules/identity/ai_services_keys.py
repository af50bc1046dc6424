"""Rule: a Foundry resource accepts no keys."""

from collections.abc import Iterator

from llama_guardrails.resource_types import AI_SERVICES_ACCOUNT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_OFF = "properties.disableLocalAuth"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if case.resource.get(_OFF) is not True:
        yield Problem(_OFF, "The account accepts keys.")


RULE = Rule(
    id="LLA-AUT-003",
    name="foundry-no-keys",
    title="A Foundry resource accepts no keys.",
    why="A key is the same for everybody and does not expire; a token is somebody's and ends.",
    remedy="Set disableLocalAuth to true.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(AI_SERVICES_ACCOUNT,),
    options=Options,
    check=_check,
    covers=("CKV_AZURE_236", "AZR-000282", "Azure Policy 71ef260a"),
    example=Example(AI_SERVICES_ACCOUNT, _OFF, good=True, bad=False),
)
