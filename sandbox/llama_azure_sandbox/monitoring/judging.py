"""Whether an alert rule holds: of metrics, events, a query's rows. Each answer is a list of what is wrong."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from llama_azure_core.resource_types import LOG_ALERT, METRIC_ALERT
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.inference.metrics import Metrics
from llama_azure_sandbox.monitoring.kusto import rows_of

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", re.IGNORECASE)
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "greaterthan": lambda one, other: one > other,
    "greaterthanorequal": lambda one, other: one >= other,
    "lessthan": lambda one, other: one < other,
    "lessthanorequal": lambda one, other: one <= other,
    "equals": lambda one, other: one == other,
    "equal": lambda one, other: one == other,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a rule is to tell."""

    series: str
    """What tells it from others of the same rule."""
    target: str
    """The id of the resource that it is about."""
    context: Json
    """What is told of it."""
    groups: tuple[str, ...] | None = None
    """The ids of the action groups that are told, where those are not the rule's."""


def minutes_of(duration: object) -> int:
    """Return an ISO 8601 duration in minutes; 0 for what is none."""
    found = _DURATION.fullmatch(str(duration or ""))
    if found is None:
        return 0
    days, hours, minutes = (int(one or 0) for one in found.groups())
    return (days * 24 + hours) * 60 + minutes


def is_stateful(rule: StoredResource) -> bool:
    """Whether an alert of a rule ends when what it is about does."""
    return rule.type.lower() in (METRIC_ALERT.lower(), LOG_ALERT.lower())


def metric_findings(rule: StoredResource, world: World, metrics: Metrics) -> list[Finding]:
    """Return the series of a metric alert that are beyond its threshold now."""
    properties = rule.body["properties"]
    window = minutes_of(properties.get("windowSize"))
    until = int(world.moment() // 60) + 1
    found: list[Finding] = []
    for scope in properties.get("scopes") or ():
        resource = world.store.resource(str(scope).lower())
        if resource is None:
            continue
        apart = [
            _beyond(criterion, resource, world, metrics, (until - window, until))
            for criterion in (properties.get("criteria") or {}).get("allOf") or ()
        ]
        if apart and all(apart):  # every criterion holds; those of the first tell the alerts apart
            found += apart[0]
    return found


def _beyond(
    criterion: Json, resource: StoredResource, world: World, metrics: Metrics, minutes: tuple[int, int]
) -> list[Finding]:
    wanted = {one["name"]: list(one["values"]) for one in criterion.get("dimensions") or ()}
    name, aggregation = str(criterion["metricName"]), str(criterion["timeAggregation"])
    holds, threshold = _OPERATORS[str(criterion["operator"]).lower()], float(criterion["threshold"])
    found = []
    for series in metrics.series(world, resource, name, wanted, minutes):
        value = metrics.value(resource.type, name, series.rows, aggregation, minutes[1] - minutes[0])
        if value is None or not holds(value, threshold):
            continue
        told = [{"name": key, "value": one} for key, one in series.dimensions.items()]
        context = {
            "metricName": name,
            "metricNamespace": resource.type,
            "operator": criterion["operator"],
            "threshold": str(threshold),
            "timeAggregation": aggregation,
            "dimensions": told,
            "metricValue": value,
        }
        found.append(Finding(_series(resource.key, series.dimensions), resource.id, context))
    return found


def query_findings(rule: StoredResource, now: dt.datetime) -> list[Finding]:
    """Return the rows of a log alert's query that are beyond its threshold, by the columns that it splits by.

    Raises:
        NotAnsweredError: the sandbox cannot ask that.
    """
    properties, found = rule.body["properties"], []
    for condition in (properties.get("criteria") or {}).get("allOf") or ():
        columns = [str(one["name"]) for one in condition.get("dimensions") or ()]
        groups: dict[tuple[str, ...], int] = {}
        for row in rows_of(str(condition["query"]), now):
            key = tuple(str(row.get(column, "")) for column in columns)
            groups[key] = groups.get(key, 0) + 1
        holds, threshold = _OPERATORS[str(condition["operator"]).lower()], float(condition["threshold"])
        for values, count in groups.items():
            if holds(count, threshold):
                told = dict(zip(columns, values, strict=True))
                context = {
                    "searchQuery": condition["query"],
                    "dimensions": [{"name": key, "value": one} for key, one in told.items()],
                    "operator": condition["operator"],
                    "threshold": str(threshold),
                    "metricValue": count,
                }
                target = str((properties.get("scopes") or [""])[0])
                found.append(Finding(_series(target.lower(), told), target, context))
    return found


def event_findings(rule: StoredResource, events: Iterable[Json], made_by_request: str | None) -> list[Finding]:
    """Return the events that an activity log alert describes.

    Args:
        rule: the alert rule.
        events: of the activity log.
        made_by_request: when the rule was made, as events that were requests tell it; ``None`` where that is forgotten.
    """
    properties = rule.body["properties"]
    scopes = [str(one).rstrip("/").lower() for one in properties.get("scopes") or ()]
    conditions = (properties.get("condition") or {}).get("allOf") or ()
    created = str((rule.body.get("systemData") or {}).get("createdAt") or "1970-01-01T00:00:00Z")
    return [
        Finding(event["eventDataId"], event["resourceId"], {"activityLog": event})
        for event in events
        if _moment(event["eventTimestamp"]) >= _moment((made_by_request if "httpRequest" in event else None) or created)
        if any(f"{event['resourceId']}/".lower().startswith(f"{scope}/") for scope in scopes)
        if all(_holds(condition, event) for condition in conditions)
    ]


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _holds(condition: Json, event: Json) -> bool:
    if (any_of := condition.get("anyOf")) is not None:
        return any(_holds(one, event) for one in any_of)
    value = _field(event, str(condition.get("field") or "")).lower()
    if (texts := condition.get("containsAny")) is not None:
        return any(str(one).lower() in value for one in texts)
    return str(condition.get("equals") or "").lower() == value


def _field(event: Json, name: str) -> str:
    lower = name.lower()
    if lower.startswith("properties."):
        known = {key.lower(): value for key, value in (event.get("properties") or {}).items()}
        return str(known.get(lower.removeprefix("properties."), ""))
    at = {"resourcegroup": "resourceGroupName", "resourceprovider": "resourceProviderName"}.get(lower)
    known = {key.lower(): value for key, value in event.items()}
    value: Any = known.get((at or lower).lower(), "")
    return str(value.get("value", "") if isinstance(value, dict) else value)


def _series(key: str, dimensions: Mapping[str, str]) -> str:
    return "|".join([key, *(f"{name}={value}" for name, value in dimensions.items())])
