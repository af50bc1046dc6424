"""Looking at alert rules: what holds now fires, what holds no longer ends, and the action groups' webhooks are told."""

import datetime as dt
import logging
import uuid
from collections.abc import Sequence

from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import ACTIVITY_LOG_ALERT, BUDGET, LOG_ALERT, METRIC_ALERT
from llama_azure_sandbox.arm.operations import settle
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World
from llama_azure_sandbox.billing.charges import charges
from llama_azure_sandbox.inference.ledger import Ledger
from llama_azure_sandbox.inference.measurements import Measurements
from llama_azure_sandbox.inference.metrics import Metrics
from llama_azure_sandbox.journal.activity_log import ActivityLog
from llama_azure_sandbox.monitoring.budgets import budget_findings
from llama_azure_sandbox.monitoring.health import AVAILABLE, health_of
from llama_azure_sandbox.monitoring.judging import (
    Finding,
    event_findings,
    is_stateful,
    metric_findings,
    minutes_of,
    query_findings,
)
from llama_azure_sandbox.monitoring.kept import FIRED, RESOLVED, AlertLog, KeptAlert
from llama_azure_sandbox.monitoring.kusto import NotAnsweredError
from llama_azure_sandbox.monitoring.webhooks import Webhooks

_log = logging.getLogger(__name__)
_RULES = (METRIC_ALERT, ACTIVITY_LOG_ALERT, LOG_ALERT, BUDGET)
_BUDGET_SECONDS = 3600.0
_EVENT_SECONDS = 2.0
_SERVICES = {
    METRIC_ALERT.lower(): ("Metric", "Platform"),
    LOG_ALERT.lower(): ("Log", "Log Alerts V2"),
    BUDGET.lower(): ("Unknown", "CostManagement"),
}
ALERT_TYPE = "Microsoft.AlertsManagement/alerts"


class Watch:
    """Looks at the alert rules of a world. Safe to use from several threads."""

    def __init__(
        self,
        world: World,
        measurements: Measurements,
        ledger: Ledger,
        activity_log: ActivityLog,
        kept: AlertLog,
        webhooks: Webhooks,
    ) -> None:
        self._world = world
        self._measurements = measurements
        self._ledger = ledger
        self._metrics = Metrics(measurements)
        self._activity_log = activity_log
        self._kept = kept
        self._webhooks = webhooks
        self._rules: tuple[int, list[StoredResource]] = (-1, [])
        self._due: dict[str, float] = {}
        self._asked: tuple[list[str], int] = ([], 0)

    @property
    def has_rules(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self._current_rules())

    def look(self, *, only_due: bool = False) -> None:
        """Judge every rule now; with ``only_due``, those whose time has come by the sandbox's clock."""
        with self._world.store.transaction():  # the one lock: who asks for alerts holds it already
            rules = self._current_rules()
            if only_due:
                rules = [one for one in rules if self._due.get(one.key, 0.0) <= self._world.now()]
            if not rules:
                return
            settle(self._world)
            events = self._new_events(rules)
            for rule in rules:
                try:
                    self._judge(rule, events)
                except NotAnsweredError as error:
                    _log.info("the query of %s is not answered by the sandbox: %s", rule.id, error)
                except Exception:  # noqa: BLE001 - one rule must not end the others
                    _log.exception("the alert rule %s cannot be judged", rule.id)
                self._due[rule.key] = self._world.now() + _pause_seconds(rule)

    def _new_events(self, rules: Sequence[StoredResource]) -> list[Json]:
        """Return the events that no rule on events has seen, all of them where one of the rules is new."""
        asking = [one.instance for one in rules if one.type.lower() == ACTIVITY_LOG_ALERT.lower()]
        if not asking:
            return []
        self._note_health()
        before, seen = self._asked
        self._asked = (asking, self._activity_log.last())
        return self._activity_log.events(self._world, seen if before == asking else 0)

    def _current_rules(self) -> list[StoredResource]:
        store = self._world.store
        changes = store.changes
        if self._rules[0] != changes:
            found = [one for kind in _RULES for one in store.of_type(kind)]
            self._rules = (changes, [one for one in found if _is_on(one)])
        return self._rules[1]

    def _note_health(self) -> None:
        known = {change.resource: change.status for change in self._kept.health_changes()}
        for resource, status in health_of(self._world, self._measurements):
            before = known.get(resource.id, AVAILABLE)
            if status != before:
                self._kept.note_health(resource.id, status, before, self._world.now())

    def _judge(self, rule: StoredResource, events: Sequence[Json]) -> None:
        kind = rule.type.lower()
        if not is_stateful(rule):
            requested = any("httpRequest" in one for one in events)
            made = self._activity_log.made(self._world, rule.id) if requested else None
            once = (
                event_findings(rule, events, made)
                if kind == ACTIVITY_LOG_ALERT.lower()
                else budget_findings(rule, charges(self._world, self._ledger), self._world.as_of)
            )
            for finding in once:
                self._fire(rule, finding, str(uuid.uuid5(uuid.NAMESPACE_URL, f"{rule.instance}/{finding.series}")))
            return
        now = dt.datetime.fromtimestamp(self._world.moment(), dt.UTC)
        found = (
            metric_findings(rule, self._world, self._metrics)
            if kind == METRIC_ALERT.lower()
            else query_findings(rule, now)
        )
        firing = {one.series: one for one in self._kept.alerts(rule.key, FIRED)}
        holding = {one.series for one in found}
        for finding in found:
            if finding.series not in firing:
                self._fire(rule, finding, str(uuid.uuid4()))
        if rule.body["properties"].get("autoMitigate", True):
            for series, alert in firing.items():
                if series not in holding:
                    self._resolve(rule, alert)

    def _fire(self, rule: StoredResource, finding: Finding, number: str) -> None:
        body = _alert(rule, finding, number, self._moment())
        if self._kept.fire(KeptAlert(number, rule.key, finding.series, FIRED, body)):
            self._tell(rule, body, action_groups(rule) if finding.groups is None else finding.groups)

    def _resolve(self, rule: StoredResource, alert: KeptAlert) -> None:
        body, moment = alert.body, self._moment()
        essentials = body["properties"]["essentials"]
        essentials |= {
            "monitorCondition": RESOLVED,
            "monitorConditionResolvedDateTime": moment,
            "lastModifiedDateTime": moment,
        }
        self._kept.change(alert.id, RESOLVED, body)
        self._tell(rule, body, action_groups(rule))

    def _tell(self, rule: StoredResource, body: Json, groups: Sequence[str]) -> None:
        content = _common_schema(rule, body)
        for group_id in groups:
            group = self._world.store.resource(group_id.lower())
            properties = {} if group is None else group.body["properties"]
            for receiver in properties.get("webhookReceivers") or () if properties.get("enabled", True) else ():
                self._webhooks.tell(str(receiver.get("serviceUri") or ""), content)

    def _moment(self) -> str:
        return dt.datetime.fromtimestamp(self._world.moment(), dt.UTC).isoformat().replace("+00:00", "Z")


def _is_on(rule: StoredResource) -> bool:
    """Whether a rule is enabled; a budget, whether it tells an action group."""
    properties = rule.body["properties"]
    if rule.type.lower() == BUDGET.lower():
        return any(one.get("contactGroups") for one in (properties.get("notifications") or {}).values())
    return bool(properties.get("enabled", True))


def _pause_seconds(rule: StoredResource) -> float:
    """Return how long a rule is not looked at again."""
    if not is_stateful(rule):
        return _BUDGET_SECONDS if rule.type.lower() == BUDGET.lower() else _EVENT_SECONDS
    return minutes_of(rule.body["properties"].get("evaluationFrequency")) * 60.0


def action_groups(rule: StoredResource) -> list[str]:
    """Return the ids of the action groups that an alert rule tells."""
    actions = rule.body["properties"].get("actions")
    if isinstance(actions, list):  # a metric alert's
        return [str(one.get("actionGroupId") or "") for one in actions]
    groups = (actions or {}).get("actionGroups") or []
    return [str(one.get("actionGroupId") or "") if isinstance(one, dict) else str(one) for one in groups]


def _alert(rule: StoredResource, finding: Finding, number: str, moment: str) -> Json:
    """Return an alert as Azure shows it (source S343)."""
    properties = rule.body["properties"]
    category = ((finding.context.get("activityLog") or {}).get("category") or {}).get("value", "")
    service = "Resource Health" if category == "ResourceHealth" else f"ActivityLog {category}"
    signal, service = _SERVICES.get(rule.type.lower(), ("Log", service))
    target = ResourceId.parse(finding.target)
    return {
        "id": f"/subscriptions/{SUBSCRIPTION_ID}/providers/{ALERT_TYPE}/{number}",
        "name": rule.name,
        "type": ALERT_TYPE,
        "properties": {
            "essentials": {
                "severity": f"Sev{int(properties.get('severity', 4))}",
                "signalType": signal,
                "alertState": "New",
                "monitorCondition": FIRED,
                "targetResource": finding.target,
                "targetResourceName": target.name,
                "targetResourceGroup": target.resource_group or "",
                "targetResourceType": target.type,
                "monitorService": service,
                "alertRule": rule.id,
                "sourceCreatedId": number,
                "startDateTime": moment,
                "lastModifiedDateTime": moment,
                "lastModifiedUserName": "System",
                "description": properties.get("description") or "",
                "actionStatus": {"isSuppressed": False},
            },
            "context": finding.context,
        },
    }


def _common_schema(rule: StoredResource, body: Json) -> Json:
    """Return what a webhook is sent: the common alert schema (source S343)."""
    essentials = body["properties"]["essentials"]
    told = {
        "alertId": body["id"],
        "alertRule": rule.name,
        "severity": essentials["severity"],
        "signalType": "Activity Log" if rule.type.lower() == ACTIVITY_LOG_ALERT.lower() else essentials["signalType"],
        "monitorCondition": essentials["monitorCondition"],
        "monitoringService": essentials["monitorService"],
        "alertTargetIDs": [essentials["targetResource"].lower()],
        "configurationItems": [essentials["targetResourceName"]],
        "originAlertId": essentials["sourceCreatedId"],
        "firedDateTime": essentials["startDateTime"],
        "description": essentials["description"],
        "essentialsVersion": "1.0",
        "alertContextVersion": "1.0",
    }
    if essentials["monitorCondition"] == RESOLVED:
        told["resolvedDateTime"] = essentials["monitorConditionResolvedDateTime"]
    return {
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {
            "essentials": told,
            "alertContext": {"condition": {"allOf": [body["properties"]["context"]]}}
            if is_stateful(rule)
            else body["properties"]["context"],
        },
    }
