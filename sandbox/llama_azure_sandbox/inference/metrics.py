"""Microsoft.Insights/metrics of endpoints and deployments: what the data plane answered.

``RequestsPerMinute`` and ``RequestLatency`` are metrics of online endpoints (source S71). What a serverless endpoint
measures is not documented: it has the same here, and both count tokens, under names that are this sandbox's. An account
of AI services has the metrics of Foundry's category Models (source S226), by deployment where the filter names one.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, ONLINE_DEPLOYMENT, ONLINE_ENDPOINT, SERVERLESS_ENDPOINT
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.ids import parse_path
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.reading import required
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.inference.ledger import Ledger, Measured

_TYPES = {kind.lower() for kind in (SERVERLESS_ENDPOINT, ONLINE_ENDPOINT, ONLINE_DEPLOYMENT, AI_SERVICES_ACCOUNT)}
_DEPLOYMENT_FILTER = re.compile(r"\s*ModelDeploymentName\s+eq\s+'([^'/]+)'\s*", re.IGNORECASE)
_MINUTE = 60
_MOST_POINTS = 3000
_INTERVALS = {"PT1M": 1, "PT5M": 5, "PT15M": 15, "PT30M": 30, "PT1H": 60, "PT6H": 360, "PT12H": 720, "P1D": 1440}
_AGGREGATIONS = ("Average", "Total", "Count")


@dataclass(frozen=True, slots=True)
class _Metric:
    unit: str
    primary: str
    total: Callable[[Measured], float]
    is_mean: bool = False
    """Whether a request counts as one value, of which the average is taken; else a minute does."""


_METRICS = {
    "RequestsPerMinute": _Metric("Count", "Average", lambda one: one.requests),
    "RequestLatency": _Metric("Milliseconds", "Average", lambda one: one.milliseconds, is_mean=True),
    "InputTokens": _Metric("Count", "Total", lambda one: one.read),
    "OutputTokens": _Metric("Count", "Total", lambda one: one.generated),
}


_OF_ACCOUNTS = {
    "ModelRequests": _Metric("Count", "Total", lambda one: one.requests),
    "InputTokens": _METRICS["InputTokens"],
    "OutputTokens": _METRICS["OutputTokens"],
    "TotalTokens": _Metric("Count", "Total", lambda one: one.read + one.generated),
    "TimeToResponse": _Metric("MilliSeconds", "Average", lambda one: one.milliseconds, is_mean=True),
}


def _metrics_of(resource: StoredResource) -> dict[str, _Metric]:
    return _OF_ACCOUNTS if resource.type.lower() == AI_SERVICES_ACCOUNT.lower() else _METRICS


class Metrics:
    """Answers requests for metrics and their definitions."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @property
    def paths(self) -> tuple[PathRow, ...]:
        """The rows of the paths that are answered."""
        return (
            PathRow("GET", "{scope*}/providers/Microsoft.Insights/metricDefinitions", self._definitions),
            PathRow("GET", "{scope*}/providers/Microsoft.Insights/metrics", self._metrics),
        )

    def _definitions(self, world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        resource = _measured_resource(world, path["scope"])
        return ArmAnswer(200, {"value": [_definition(resource, name) for name in _metrics_of(resource)]})

    def _metrics(self, world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        resource = _measured_resource(world, path["scope"])
        begin, end = _timespan(request, world)
        interval = request.parameter("interval") or "PT1M"
        if interval.upper() not in _INTERVALS:
            raise _refused(f"The interval {interval!r} is not supported: give one of {', '.join(_INTERVALS)}.")
        step = _INTERVALS[interval.upper()]
        if (end - begin) / _MINUTE / step > _MOST_POINTS:
            raise _refused(f"The timespan holds more than {_MOST_POINTS} intervals of {interval}: ask for longer ones.")
        aggregations = [one.lower() for one in _words(request.parameter("aggregation"))]
        measured = self._ledger.measured(_measured_key(request, resource), begin // _MINUTE, -(-end // _MINUTE))
        value, metrics = [], _metrics_of(resource)
        for name in _wanted(request, resource):
            points = _points(metrics[name], measured, begin // _MINUTE, -(-end // _MINUTE), step, aggregations)
            value.append(
                {
                    "id": f"{resource.id}/providers/Microsoft.Insights/metrics/{name}",
                    "type": "Microsoft.Insights/metrics",
                    "name": {"value": name, "localizedValue": name},
                    "unit": metrics[name].unit,
                    "timeseries": [{"metadatavalues": [], "data": points}],
                    "errorCode": "Success",
                }
            )
        return ArmAnswer(
            200,
            {
                "cost": 0,
                "timespan": f"{_moment(begin)}/{_moment(end)}",
                "interval": interval.upper(),
                "namespace": resource.type,
                "resourceregion": resource.body.get("location"),
                "value": value,
            },
        )


def _points(
    metric: _Metric, measured: list[Measured], begin: int, end: int, step: int, aggregations: list[str]
) -> list[Json]:
    points = []
    slots: dict[int, list[Measured]] = {}
    for one in measured:
        slots.setdefault((one.minute - begin) // step, []).append(one)
    for slot, minute in enumerate(range(begin, end, step)):
        within = slots.get(slot, [])
        total = sum(metric.total(one) for one in within)
        count = sum(one.requests for one in within) if metric.is_mean else step
        values = {"average": total / count if count else None, "total": total, "count": count}
        wanted = aggregations or [metric.primary.lower()]
        shown = {name: value for name, value in values.items() if name in wanted and value is not None}
        points.append({"timeStamp": _moment(minute * _MINUTE), **shown})
    return points


def _wanted(request: ArmRequest, resource: StoredResource) -> list[str]:
    metrics = _metrics_of(resource)
    asked = _words(request.parameter("metricnames")) or [next(iter(metrics))]
    known = {name.lower(): name for name in metrics}
    for name in asked:
        if name.lower() not in known:
            provider, _, kind = resource.type.partition("/")
            raise _refused(
                f"Failed to find metric configuration for provider: {provider}, resource Type: {kind}, metric: {name}, "
                f"Valid metrics: {','.join(metrics)}"
            )
    return [known[name.lower()] for name in asked]


def _measured_key(request: ArmRequest, resource: StoredResource) -> str:
    """Return whose measurements are asked for: all of a resource, or one deployment of an account."""
    given = request.parameter("$filter")
    if not given:
        return resource.key
    named = _DEPLOYMENT_FILTER.fullmatch(given)
    if named is None or _metrics_of(resource) is not _OF_ACCOUNTS:
        raise _refused(f"The filter '{given}' is not supported: give ModelDeploymentName eq '<name>', of an account.")
    return f"{resource.key}/deployments/{named[1].lower()}"


def _words(text: str | None) -> list[str]:
    return [one.strip() for one in (text or "").split(",") if one.strip()]


def _timespan(request: ArmRequest, world: World) -> tuple[int, int]:
    """Return from and until when is asked, in seconds since the epoch: the last hour, unless it is said."""
    given = request.parameter("timespan")
    if given is None:
        now = int(world.moment())
        return now - 3600, now
    begin, _, end = given.replace(" ", "+").partition("/")
    try:
        moments = [int(dt.datetime.fromisoformat(one).timestamp()) for one in (begin, end)]
    except ValueError:
        raise _refused(f"The timespan {given!r} is none: give <begin>/<end>, each an ISO 8601 moment.") from None
    if moments[0] >= moments[1]:
        raise _refused(f"The timespan {given!r} ends before it begins.")
    return moments[0], moments[1]


def _measured_resource(world: World, scope: str) -> StoredResource:
    resource_id = parse_path(scope).id
    if resource_id is None or resource_id.type.lower() not in _TYPES:
        raise _refused(f"The sandbox measures endpoints and deployments only, not '{scope}'.")
    return required(world, resource_id)


def _definition(resource: StoredResource, name: str) -> Json:
    metric = _metrics_of(resource)[name]
    return {
        "id": f"{resource.id}/providers/Microsoft.Insights/metricDefinitions/{name}",
        "resourceId": resource.id,
        "namespace": resource.type,
        "name": {"value": name, "localizedValue": name},
        "isDimensionRequired": False,
        "unit": metric.unit,
        "primaryAggregationType": metric.primary,
        "supportedAggregationTypes": list(_AGGREGATIONS),
        "metricAvailabilities": [{"timeGrain": interval, "retention": "P93D"} for interval in _INTERVALS],
        "dimensions": [],
    }


def _moment(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refused(message: str) -> ArmError:
    return ArmError(400, "BadRequest", message)
