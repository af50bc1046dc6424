"""Rule: a hub's logs go somewhere."""

from collections.abc import Iterator

from llama_guardrails.resource_types import DIAGNOSTIC_SETTING, WORKSPACE
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.rules._diagnostics import keeps_logs
from llama_guardrails.rules._workspaces import own_by_hub


def _check(case: Case[Options]) -> Iterator[Problem]:
    own_by_hub(case.resource)
    settings = case.estate.of_type(DIAGNOSTIC_SETTING)
    if not any(
        keeps_logs(setting) for setting in settings if case.estate.refers_to(setting, "resourceUri", case.resource)
    ):
        yield Problem("", "No diagnostic setting keeps the hub's logs.")


RULE = Rule(
    id="LLA-OPS-001",
    name="workspace-diagnostics",
    title="A diagnostic setting keeps a hub's logs.",
    why="Who read a connection's key or changed an endpoint is in these logs, and nowhere else afterwards.",
    remedy="Send the hub's logs to a Log Analytics workspace by a diagnostic setting.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(WORKSPACE,),
    when=When.STACK,
    options=Options,
    check=_check,
    covers=("Azure Policy afe0c3be", "Azure Policy f59276f0"),
)
