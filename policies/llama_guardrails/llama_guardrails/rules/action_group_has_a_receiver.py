"""Rule: an action group tells somebody."""

from collections.abc import Iterator

from llama_guardrails.resource_types import ACTION_GROUP
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When

_RECEIVERS = (
    "armRoleReceivers",
    "emailReceivers",
    "webhookReceivers",
    "smsReceivers",
    "voiceReceivers",
    "azureAppPushReceivers",
    "azureFunctionReceivers",
    "logicAppReceivers",
    "automationRunbookReceivers",
    "eventHubReceivers",
    "itsmReceivers",
    "incidentReceivers",
)


def _check(case: Case[Options]) -> Iterator[Problem]:
    group = case.resource
    if group.get("enabled") is False:
        yield Problem("enabled", "The action group is disabled: its alerts tell nobody.")
    if not any(group.get(receivers) for receivers in _RECEIVERS):
        yield Problem("", "The action group has no receiver: its alerts tell nobody.")


RULE = Rule(
    id="LLA-OPS-010",
    name="action-group-has-a-receiver",
    title="An action group is enabled and has a receiver.",
    why="An alert rule that tells an empty action group fires, and nobody hears of it.",
    remedy="Give it an e-mail address, a webhook or a role, and leave it enabled.",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(ACTION_GROUP,),
    when=When.RESOURCE,
    options=Options,
    check=_check,
    sources=("S343",),
)
