"""Declaring who is told, of what, and the workbook of the same figures."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pulumi

from llama_azure.action_group import ActionGroup, ActionGroupArgs
from llama_azure.activity_log_alert import ActivityLogAlert, ActivityLogAlertArgs
from llama_azure.estate.built import Built
from llama_azure.log_alert import LogAlert, LogAlertArgs
from llama_azure.metric_alert import MetricAlert, MetricAlertArgs
from llama_azure.workbook import Workbook, WorkbookArgs
from llama_azure_core.plan import Alert, AlertKind, Alerts, Owner


def declare_action_group(alerts: Alerts, group_id: str, built: Built) -> pulumi.Output[str]:
    """Declare the action group of a plan, or find an existing one, and return its id.

    Args:
        alerts: the plan's.
        group_id: of the resource group that it lies in.
        built: what is declared already.
    """
    arguments = dict(alerts.arguments)
    if webhooks := arguments.get("webhooks"):
        arguments["webhooks"] = {name: _address(value) for name, value in webhooks.items()}
    component = ActionGroup(alerts.logical_name, cast(ActionGroupArgs, arguments), built.after([group_id]))
    built.by_id[alerts.id] = component
    return component.action_group_id


def declare_rules(alerts: Alerts, told: Sequence[pulumi.Input[str]], scope: pulumi.Input[str], built: Built) -> None:
    """Declare the alert rules of a plan, and its workbook.

    Args:
        alerts: the plan's.
        told: the ids of the action groups that they tell.
        scope: the id of the resource group, of whose events some of them are.
        built: what is declared already.
    """
    for rule in alerts.rules:
        _declare(rule, {**rule.arguments, "action_group_ids": list(told)}, scope, built)
    if alerts.owner is Owner.OTHER_STACK:
        return
    workbook = alerts.workbook
    Workbook(workbook.logical_name, cast(WorkbookArgs, workbook.arguments), built.after(workbook.depends_on))


def _declare(rule: Alert, arguments: Mapping[str, Any], scope: pulumi.Input[str], built: Built) -> None:
    options = built.after(rule.depends_on)
    match rule.kind:
        case AlertKind.METRIC:
            MetricAlert(rule.logical_name, cast(MetricAlertArgs, arguments), options)
        case AlertKind.ACTIVITY_LOG:
            ActivityLogAlert(rule.logical_name, cast(ActivityLogAlertArgs, {**arguments, "scope": scope}), options)
        case AlertKind.QUERY:
            LogAlert(rule.logical_name, cast(LogAlertArgs, arguments), options)


def _address(value: Any) -> pulumi.Input[str]:
    return pulumi.Output.secret(value if isinstance(value, str) else value.get_secret_value())
