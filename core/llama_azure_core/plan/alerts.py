"""The plan of alert rules on what a stack deploys, of the action group that they tell, and of a workbook."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue import BackEnd
from llama_azure_core.foundry import foundry_models
from llama_azure_core.lifecycle import End, deployment_ends, model_ends
from llama_azure_core.monitoring import AlertRule, alert_facts
from llama_azure_core.naming import NameKind
from llama_azure_core.plan._arguments import arguments
from llama_azure_core.plan.calling import call_limits
from llama_azure_core.plan.items import Alert, AlertKind, Alerts, Endpoint, Owner
from llama_azure_core.plan.scope import Scope
from llama_azure_core.plan.stack import Plan
from llama_azure_core.plan.workbook import plan_workbook
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import (
    ACTION_GROUP,
    ACTIVITY_LOG_ALERT,
    AI_SERVICES_ACCOUNT,
    LOG_ALERT,
    LOG_ANALYTICS_WORKSPACE,
    METRIC_ALERT,
    ONLINE_ENDPOINT,
)
from llama_azure_core.settings.alerts import AlertsSettings

PATH = "llama-azure:alerts"
_METRIC_RULES = (AlertRule.ERRORS, AlertRule.THROTTLED, AlertRule.LATENCY, AlertRule.TOKENS)
_EVENT_RULES = (AlertRule.UNHEALTHY, AlertRule.SUBSCRIPTION, AlertRule.DEPLOYMENT, AlertRule.QUOTA)
_HEALTH = ("Degraded", "Unavailable")


@dataclass(frozen=True, slots=True)
class _Watched:
    """An endpoint as Azure Monitor sees it."""

    key: str
    """Tells its rules from those of another endpoint, and does not depend on the subscription."""
    endpoint: Endpoint
    resource_type: str
    resource_id: str
    dimensions: dict[str, list[str]]
    """That tell it from what else the resource serves."""


def plan_alerts(settings: AlertsSettings, made: Plan, scope: Scope) -> Alerts:
    """Return the plan of a stack's alert rules.

    Args:
        settings: the stack's section ``alerts``.
        made: the plan of everything else.
        scope: the stack's.
    """
    own = settings.action_group is None
    name = settings.name or scope.name(PATH, NameKind.ACTION_GROUP, "alerts", scope.group, within=None)
    group_id = settings.action_group or str(ResourceId.of(scope.group_id, ACTION_GROUP, name))
    watched = tuple(_watched(made))
    rules = [
        *_metric_rules(settings, watched, scope),
        *(_event_rule(one, made, scope) for one in _EVENT_RULES if one in settings.rules and _is_about(one, made)),
    ]
    if (ending := _model_end_rule(settings, made, scope)) is not None:
        rules.append(ending)
    return Alerts(
        path=PATH,
        logical_name="alerts",
        owner=Owner.STACK if own else Owner.EXISTING,
        id=group_id,
        arguments={
            "resource_group_name": scope.group,
            "action_group_name": name,
            "tags": dict(scope.tags),
            **arguments(settings, *(set(AlertsSettings.model_fields) - {"emails", "webhooks", "contact_roles"})),
        }
        if own
        else {"action_group_id": group_id},
        rules=tuple(rules),
        watches_budget=AlertRule.BUDGET in settings.rules and made.budget is not None,
        workbook=plan_workbook(made, _resource_ids(watched)),
    )


def _resource_ids(watched: tuple[_Watched, ...]) -> dict[str, list[str]]:
    """Return by resource type the ids of what has metrics, each once."""
    found: dict[str, list[str]] = {}
    for one in watched:
        ids = found.setdefault(one.resource_type, [])
        if one.resource_id not in ids:
            ids.append(one.resource_id)
    return found


def _watched(made: Plan) -> Iterator[_Watched]:
    """Yield the endpoints that Azure Monitor has metrics of: not those of serverless APIs (source S341)."""
    for project in made.projects:
        for endpoint in project.of(BackEnd.MANAGED):
            key = f"{project.key}-{endpoint.key}-managed"
            yield _Watched(key, endpoint, ONLINE_ENDPOINT, endpoint.id, {})
    for home in () if made.foundry is None else made.foundry.projects:
        for endpoint in home.endpoints:
            named = {"ModelDeploymentName": [endpoint.name]}
            account = "" if made.foundry is None else made.foundry.id
            yield _Watched(f"{home.key}-{endpoint.key}-foundry", endpoint, AI_SERVICES_ACCOUNT, account, named)


def _metric_rules(settings: AlertsSettings, watched: tuple[_Watched, ...], scope: Scope) -> Iterator[Alert]:
    for one in watched:
        for rule in _METRIC_RULES:
            if rule not in settings.rules or one.resource_type not in alert_facts(rule).metrics:
                continue
            threshold = _threshold(rule, settings, one)
            if threshold is not None:
                yield _metric_rule(rule, threshold, one, scope)


def _threshold(rule: AlertRule, settings: AlertsSettings, watched: _Watched) -> float | None:
    """Return what a rule compares with; ``None`` where it is not known."""
    minutes = int(load_facts("metrics")["windows"]["minutes"])
    # Of an online endpoint the requests of a minute are averaged; of an account those of the window are added.
    spread = minutes if watched.resource_type == AI_SERVICES_ACCOUNT else 1
    match rule:
        case AlertRule.ERRORS:
            return float(settings.errors_per_minute * spread)
        case AlertRule.THROTTLED:
            return float(settings.throttled_per_minute * spread)
        case AlertRule.LATENCY:
            return float(settings.latency_milliseconds)
    tokens = call_limits(watched.endpoint).get("tokensPerMinute")
    return None if tokens is None else tokens * settings.token_percent / 100 * minutes


def _metric_rule(rule: AlertRule, threshold: float, watched: _Watched, scope: Scope) -> Alert:
    facts, kind = alert_facts(rule), watched.resource_type
    dimensions = dict(watched.dimensions)
    if codes := facts.status_codes.get(kind):
        dimensions["StatusCode" if kind == AI_SERVICES_ACCOUNT else "statusCode"] = list(codes)
    name = f"{watched.endpoint.name}-{rule}"
    is_latency = rule is AlertRule.LATENCY
    return Alert(
        rule=rule,
        kind=AlertKind.METRIC,
        logical_name=f"alerts-{watched.key}-{rule}",
        id=str(ResourceId.of(scope.group_id, METRIC_ALERT, name)),
        about=(watched.endpoint.id,),
        depends_on=(watched.endpoint.id,),
        arguments={
            **_named(rule, name, scope, f"{watched.endpoint.exported}: {facts.tells}."),
            "resource_id": watched.resource_id,
            "resource_type": kind,
            "metric_name": facts.metrics[kind],
            "aggregation": "Total" if kind == AI_SERVICES_ACCOUNT and not is_latency else "Average",
            "operator": "GreaterThan" if is_latency else "GreaterThanOrEqual",
            "threshold": threshold,
            "dimensions": dimensions,
        },
    )


def _is_about(rule: AlertRule, made: Plan) -> bool:
    """Whether the stack has what a rule on events is about."""
    return made.buys if rule is AlertRule.SUBSCRIPTION else bool(made.endpoints) or rule is AlertRule.UNHEALTHY


def _event_rule(rule: AlertRule, made: Plan, scope: Scope) -> Alert:
    facts = alert_facts(rule)
    any_of: dict[str, list[str]] = {}
    if rule is AlertRule.UNHEALTHY:
        any_of["properties.currentHealthStatus"] = list(_HEALTH)
    if facts.operations:
        any_of["operationName"] = list(facts.operations)
    name = f"{scope.group}-{rule}"
    return Alert(
        rule=rule,
        kind=AlertKind.ACTIVITY_LOG,
        logical_name=f"alerts-{rule}",
        id=str(ResourceId.of(scope.group_id, ACTIVITY_LOG_ALERT, name)),
        about=(scope.group_id,),
        depends_on=(made.group_id,),
        arguments={
            "resource_group_name": scope.group,
            "alert_name": name,
            "description": f"{facts.tells[0].upper()}{facts.tells[1:]}.",
            "tags": dict(scope.tags),
            "category": facts.category,
            **({"status": facts.status} if facts.status else {}),
            "any_of": any_of,
            "contains_any": {"properties.statusMessage": list(facts.messages)} if facts.messages else {},
        },
    )


def _model_end_rule(settings: AlertsSettings, made: Plan, scope: Scope) -> Alert | None:
    """Return the rule that counts days; ``None`` where no end is known, or nothing keeps logs that could ask."""
    workspace_id = next((one.id for one in made.hub.stands_on if one.type == LOG_ANALYTICS_WORKSPACE), None)
    if made.foundry is not None:
        workspace_id = workspace_id or made.foundry.arguments.get("log_analytics_workspace_id")
    ends = sorted({(end.subject, end.day) for endpoint in made.endpoints for end in endpoint_ends(endpoint)})
    if AlertRule.MODEL_END not in settings.rules or workspace_id is None or not ends:
        return None
    facts, name = alert_facts(AlertRule.MODEL_END), f"{scope.group}-{AlertRule.MODEL_END}"
    hub = () if made.hub.id is None else (made.hub.id,)
    return Alert(
        rule=AlertRule.MODEL_END,
        kind=AlertKind.QUERY,
        logical_name=f"alerts-{AlertRule.MODEL_END}",
        id=str(ResourceId.of(scope.group_id, LOG_ALERT, name)),
        about=tuple(one.id for one in made.endpoints if list(endpoint_ends(one))),
        depends_on=hub,
        arguments={
            **_named(AlertRule.MODEL_END, name, scope, f"{facts.tells[0].upper()}{facts.tells[1:]}."),
            "location": scope.location,
            "workspace_id": workspace_id,
            "query": _ends_within(ends, settings.model_end_days),
            "frequency": load_facts("metrics")["daily"],
            "split_by": ["subject"],
        },
    )


def endpoint_ends(endpoint: Endpoint) -> Iterator[End]:
    """Yield the days on which what an endpoint serves ends."""
    for model in endpoint.models:
        yield from model_ends(model)
    row = foundry_models().get(str(endpoint.arguments.get("model_name"))) if endpoint.counter else None
    if row is not None:
        version = row.version(str(endpoint.arguments.get("model_version"))) or row.default_version
        yield from deployment_ends(row, version, version.sku(str(endpoint.arguments.get("sku_name"))))


def _ends_within(ends: list[tuple[str, dt.date]], days: int) -> str:
    """Return a query in the Kusto Query Language that has a row for each end that is near; it reads no table."""
    rows = ",\n".join(f'    "{subject}", datetime({day.isoformat()})' for subject, day in ends)
    return (
        f"datatable(subject: string, ends: datetime) [\n{rows}\n]\n"
        f"| where ends <= now() + {days}d\n"
        "| extend TimeGenerated = now()"
    )


def _named(rule: AlertRule, name: str, scope: Scope, description: str) -> dict[str, Any]:
    return {
        "resource_group_name": scope.group,
        "alert_name": name,
        "severity": alert_facts(rule).severity,
        "description": description,
        "tags": dict(scope.tags),
    }
