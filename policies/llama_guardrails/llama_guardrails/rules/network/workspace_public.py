"""Rule: a workspace is not reached from public networks."""

from collections.abc import Iterator

from llama_guardrails.resource_types import WORKSPACE
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_ACCESS = "publicNetworkAccess"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not case.resource.says(_ACCESS, "Disabled"):
        yield Problem(_ACCESS, "The workspace is reached from public networks.")


RULE = Rule(
    id="LLA-NET-001",
    name="workspace-not-public",
    title="Hubs and projects are not reached from public networks.",
    why="With a token alone a workspace could be used from anywhere; a private endpoint asks for the network too.",
    remedy="Set publicNetworkAccess to Disabled and make a private endpoint.",
    severity=Severity.HIGH,
    level=Level.ADVISORY,
    types=(WORKSPACE,),
    options=Options,
    check=_check,
    covers=("CKV_AZURE_144", "CKV2_AZURE_49", "AZR-000406", "Azure Policy 438c38d2", "Azure Policy a10ee784"),
    example=Example(WORKSPACE, _ACCESS, good="Disabled", bad="Enabled"),
)
