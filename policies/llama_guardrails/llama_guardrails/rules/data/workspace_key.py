"""Rule: a hub has a customer-managed key."""

from collections.abc import Iterator

from llama_guardrails.resource_types import WORKSPACE
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._workspaces import own_by_hub

_STATUS = "encryption.status"


def _check(case: Case[Options]) -> Iterator[Problem]:
    own_by_hub(case.resource)
    if not case.resource.says(_STATUS, "Enabled"):
        yield Problem(_STATUS, "The hub is encrypted with Microsoft's keys.")


RULE = Rule(
    id="LLA-DAT-001",
    name="workspace-customer-managed-key",
    title="A hub is encrypted with a customer-managed key.",
    why="Access to the data ends when one's own key is withdrawn. It can be set only when a hub is made.",
    remedy="Give the hub encryption with a key of a key vault.",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    types=(WORKSPACE,),
    options=Options,
    check=_check,
    covers=("Azure Policy ba769a63", "Azure Policy 7f40cee6"),
    example=Example(WORKSPACE, _STATUS, good="Enabled", bad="Disabled"),
)
