"""Rule: a Foundry resource restricts what it calls."""

from collections.abc import Iterator

from llama_guardrails.resource_types import AI_SERVICES_ACCOUNT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_RESTRICT, _HOSTS = "properties.restrictOutboundNetworkAccess", "properties.allowedFqdnList"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if case.resource.get(_RESTRICT) is not True:
        yield Problem(_RESTRICT, "The account may call any host.")
    elif not case.resource.get(_HOSTS):
        yield Problem(_HOSTS, "The account's calls are restricted, and no host is listed that it may call.")


RULE = Rule(
    id="LLA-NET-007",
    name="foundry-outbound-restricted",
    title="A Foundry resource calls listed hosts only.",
    why="Data loss prevention: what reads documents by their address must not be sent anywhere.",
    remedy="Set restrictOutboundNetworkAccess and list the hosts in allowedFqdnList.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(AI_SERVICES_ACCOUNT,),
    options=Options,
    check=_check,
    covers=("CKV_AZURE_247",),
    example=Example(AI_SERVICES_ACCOUNT, _RESTRICT, good=True, bad=False),
)
