"""Microsoft.Insights/metrics of endpoints, deployments and Foundry resources: what the data plane answered.

The metrics are those of ``facts/metrics.yaml``. What a serverless endpoint measures is not documented: here it has
requests and their latency, and it and online endpoints count tokens, under names that are this sandbox's. Azure shows a
metric some minutes late, the sandbox at once.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from llama_azure_core.monitoring import metrics_of
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_ids import name_of
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, ONLINE_DEPLOYMENT, ONLINE_ENDPOINT, SERVERLESS_ENDPOINT
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.ids import parse_path
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.reading import required
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.inference.measurements import Measured, Measurements, bucket_milliseconds

_TYPES = {kind.lower(): kind for kind in (SERVERLESS_ENDPOINT, ONLINE_ENDPOINT, ONLINE_DEPLOYMENT, AI_SERVICES_ACCOUNT)}
_TERM = re.compile(r"\s*(?:and\s+|or\s+)?(\w+)\s+(eq|ne)\s+'([^']*)'\s*", re.IGNORECASE)
_MINUTE = 60
_MOST_POINTS = 3000
_INTERVALS = {"PT1M": 1, "PT5M": 5, "PT15M": 15, "PT30M": 30, "PT1H": 60, "PT6H": 360, "PT12H": 720, "P1D": 1440}
_SERVER_ERROR = 500

Rows = Sequence[Measured]


@dataclass(frozen=True, slots=True)
class _Metric:
    """How a metric is made of what was answered."""

    unit: str
    primary: str
    total: Callable[[Rows], float]
    dimensions: tuple[str, ...] = ()
    percentile: int = 0
    is_mean: bool = False
    """Whether a request counts as one value, of which the average is taken; else a minute does."""


def _requests(rows: Rows) -> int:
    return sum(one.requests for one in rows)


def _availability(rows: Rows) -> float:
    """Return a sum whose average over the requests is the percentage."""
    return 100.0 * sum(one.requests for one in rows if one.status < _SERVER_ERROR)


_MADE: Mapping[str, tuple[Callable[[Rows], float], bool]] = {
    "RequestsPerMinute": (_requests, False),
    "RequestLatency": (lambda rows: sum(one.milliseconds for one in rows), True),
    "ModelRequests": (_requests, False),
    "ModelAvailabilityRate": (_availability, True),
    "TimeToLastByte": (lambda rows: sum(one.milliseconds for one in rows), True),
    "TimeToResponse": (lambda rows: sum(one.first for one in rows), True),
    "InputTokens": (lambda rows: sum(one.read for one in rows), False),
    "OutputTokens": (lambda rows: sum(one.generated for one in rows), False),
    "TotalTokens": (lambda rows: sum(one.read + one.generated for one in rows), False),
}
_UNDOCUMENTED = {
    "RequestsPerMinute": ("Count", "Average"),
    "RequestLatency": ("Milliseconds", "Average"),
    "InputTokens": ("Count", "Total"),
    "OutputTokens": ("Count", "Total"),
}
"""Unit and aggregation of what Azure documents for no endpoint of machine learning, or not for every kind."""


def _metrics_of(kind: str) -> dict[str, _Metric]:
    """Return the metrics that the sandbox keeps of a type."""
    found = {}
    for name, facts in metrics_of(kind).items():
        total, is_mean = _MADE.get(name, (_requests, False))
        percentile = int(name.rpartition("_P")[2]) if "_P" in name else 0
        if name in _MADE or percentile:
            found[name] = _Metric(facts.unit, facts.aggregations[0], total, facts.dimensions, percentile, is_mean)
    if kind.lower() != AI_SERVICES_ACCOUNT.lower():
        for name, (unit, primary) in _UNDOCUMENTED.items():
            total, is_mean = _MADE[name]
            found.setdefault(name, _Metric(unit, primary, total, (), 0, is_mean))
    return found


@dataclass(frozen=True, slots=True)
class Series:
    """What was answered under one combination of dimensions' values."""

    dimensions: Mapping[str, str]
    rows: Rows


class Metrics:
    """Answers requests for metrics and their definitions, and whoever asks for one value."""

    def __init__(self, measurements: Measurements) -> None:
        self._measurements = measurements

    @property
    def paths(self) -> tuple[PathRow, ...]:
        """The rows of the paths that are answered."""
        return (
            PathRow("GET", "{scope*}/providers/Microsoft.Insights/metricDefinitions", self._definitions),
            PathRow("GET", "{scope*}/providers/Microsoft.Insights/metrics", self._metrics),
            PathRow("POST", "/subscriptions/{subscription}/metrics:getBatch", self._batch),
        )

    def series(
        self,
        world: World,
        resource: StoredResource,
        metric: str,
        wanted: Mapping[str, Sequence[str]],
        minutes: tuple[int, int],
    ) -> list[Series]:
        """Return what was answered, apart by each value of the dimensions that are asked for.

        Args:
            world: where the resource lies.
            resource: what is measured.
            metric: a metric of its type.
            wanted: by dimension: the values that count, ``*`` for all; none of a dimension that is not asked for.
            minutes: from and until which minute since the epoch.
        """
        found: dict[tuple[str, ...], list[Measured]] = {}
        if not wanted:
            return [Series({}, self._measurements.measured(resource.key, *minutes))]
        counts_tokens = metric.endswith("Tokens")
        for one in self._measurements.measured(resource.key, *minutes):
            if bool(one.requests) == counts_tokens:
                continue
            values = _values(world, resource, one, wanted)
            if all(_is_among(value, wanted[name]) for name, value in values.items()):
                found.setdefault(tuple(values.values()), []).append(one)
        return [Series(dict(zip(wanted, values, strict=True)), rows) for values, rows in sorted(found.items())]

    def value(self, kind: str, metric: str, rows: Rows, aggregation: str, minutes: int) -> float | None:
        """Return one value of a metric over some minutes; ``None`` where there is none."""
        return _aggregated(_metrics_of(kind)[metric], rows, aggregation, minutes)

    def _definitions(self, world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        resource = _measured_resource(world, path["scope"])
        known = _metrics_of(resource.type)
        return ArmAnswer(200, {"value": [_definition(resource, name, known[name]) for name in known]})

    def _metrics(self, world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        resource, wanted = _measured_resource(world, path["scope"]), _Wanted.of(request, world)
        return ArmAnswer(
            200,
            {
                "cost": 0,
                "timespan": f"{_moment(wanted.begin)}/{_moment(wanted.end)}",
                **self._told(world, resource, wanted),
            },
        )

    def _batch(self, world: World, request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
        """Answer the data plane of metrics, which is asked about several resources of a region and a type."""
        wanted, ids = _Wanted.of(request, world), request.json_object().get("resourceids")
        if not isinstance(ids, list) or not ids:
            raise _refused("The body has no resourceids.")
        resources = [_measured_resource(world, str(one)) for one in ids]
        return ArmAnswer(
            200,
            {
                "values": [
                    {
                        "starttime": _moment(wanted.begin),
                        "endtime": _moment(wanted.end),
                        "resourceid": one.id,
                        **self._told(world, one, wanted),
                    }
                    for one in resources
                ]
            },
        )

    def _told(self, world: World, resource: StoredResource, wanted: "_Wanted") -> Json:
        step, minutes = _INTERVALS[wanted.interval], (wanted.begin // _MINUTE, -(-wanted.end // _MINUTE))
        value, metrics = [], _metrics_of(resource.type)
        for name in _named(wanted.names, resource):
            filters = _filters(wanted.filter, name, metrics[name])
            shown = self.series(world, resource, name, filters, minutes) or [Series({}, ())]
            value.append(
                {
                    "id": f"{resource.id}/providers/Microsoft.Insights/metrics/{name}",
                    "type": "Microsoft.Insights/metrics",
                    "name": {"value": name, "localizedValue": name},
                    "unit": metrics[name].unit,
                    "timeseries": [
                        {
                            "metadatavalues": [
                                {"name": {"value": key.lower(), "localizedValue": key.lower()}, "value": told}
                                for key, told in one.dimensions.items()
                            ],
                            "data": _points(metrics[name], one.rows, *minutes, step, wanted.aggregations),
                        }
                        for one in shown
                    ],
                    "errorCode": "Success",
                }
            )
        return {
            "interval": wanted.interval,
            "namespace": resource.type,
            "resourceregion": resource.body.get("location"),
            "value": value,
        }


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a request asks for."""

    names: list[str]
    interval: str
    aggregations: list[str]
    filter: str | None
    begin: int
    """In seconds since the epoch, as is ``end``."""
    end: int

    @classmethod
    def of(cls, request: ArmRequest, world: World) -> "_Wanted":
        """Read a request.

        Raises:
            ArmError: 400, it asks for what there is not.
        """
        begin, end = _timespan(request, world)
        interval = (request.parameter("interval") or "PT1M").upper()
        if interval not in _INTERVALS:
            raise _refused(f"The interval '{interval}' is not supported: give one of {', '.join(_INTERVALS)}.")
        if (end - begin) / _MINUTE / _INTERVALS[interval] > _MOST_POINTS:
            raise _refused(f"The timespan holds more than {_MOST_POINTS} intervals of {interval}: ask for longer ones.")
        return cls(
            names=_words(request.parameter("metricnames")),
            interval=interval,
            aggregations=[one.lower() for one in _words(request.parameter("aggregation"))],
            filter=request.parameter("$filter") or request.parameter("filter"),
            begin=begin,
            end=end,
        )


def has_metric(kind: str, metric: str, dimensions: Iterable[str]) -> str | None:
    """Return why a type has no such metric with such dimensions, in Azure's words where they are known."""
    known = _metrics_of(kind)
    names = {name.lower(): name for name in known}
    if metric.lower() not in names:
        provider, _, what = _TYPES.get(kind.lower(), kind).partition("/")
        return (
            f"Failed to find metric configuration for provider: {provider}, resource Type: {what}, metric: {metric}, "
            f"Valid metrics: {','.join(known)}"
        )
    possible = known[names[metric.lower()]].dimensions
    for one in dimensions:
        if one.lower() not in {name.lower() for name in possible}:
            return f"Dimension {one} is none of metric {metric}, whose dimensions are: {', '.join(possible) or 'none'}."
    return None


def _values(world: World, resource: StoredResource, one: Measured, wanted: Iterable[str]) -> dict[str, str]:
    """Return the values of dimensions that something measured has; empty ones where the sandbox does not know."""
    deployment = world.store.resource(one.source) if one.source != resource.key else None
    model = (deployment.body["properties"].get("model") or {}) if deployment is not None else {}
    is_named = isinstance(model, dict)
    status = str(one.status)
    known = {
        "deployment": "" if deployment is None else deployment.name,
        "modeldeploymentname": name_of(one.source) if deployment is None else deployment.name,
        "modelname": str(model.get("name") or "") if is_named else "",
        "modelversion": str(model.get("version") or "") if is_named else "",
        "region": normalise_region(str(resource.body.get("location") or "")),
        "statuscode": status,
        "statuscodeclass": f"{status[0]}xx",
        "envoy_response_code": status,
    }
    if one.source == resource.key:
        known["modeldeploymentname"] = ""
    return {name: known.get(name.lower(), "") for name in wanted}


def _is_among(value: str, wanted: Sequence[str]) -> bool:
    return any(one == "*" or one.lower() == value.lower() for one in wanted)


def _filters(given: str | None, name: str, metric: _Metric) -> dict[str, list[str]]:
    """Read a filter: terms of a dimension and a value, joined by ``and``, and by ``or`` within a dimension."""
    found: dict[str, list[str]] = {}
    at = 0
    text = (given or "").replace("(", " ").replace(")", " ")
    while text[at:].strip():
        term = _TERM.match(text, at)
        if term is None or term[2].lower() != "eq":
            raise _refused(f"The filter '{given}' is not supported: give <dimension> eq '<value>', joined by and.")
        found.setdefault(term[1], []).append(term[3])
        at = term.end()
    possible = {one.lower(): one for one in metric.dimensions}
    for one in found:
        if one.lower() not in possible:
            raise _refused(
                f"Metric: {name} does not support requested dimension combination: {one}, supported ones are: "
                f"{', '.join(metric.dimensions) or 'none'}"
            )
    return {possible[one.lower()]: values for one, values in found.items()}


def _aggregated(metric: _Metric, rows: Rows, aggregation: str, minutes: int) -> float | None:
    count = _requests(rows) if metric.is_mean or metric.percentile else minutes
    kind = aggregation.lower()
    if kind == "count":
        return float(count)
    if metric.percentile:
        return _percentile(rows, metric.percentile)
    if kind in ("minimum", "maximum"):
        chosen = min if kind == "minimum" else max
        apart = [value for row in rows if (value := _aggregated(metric, [row], "average", 1)) is not None]
        return chosen(apart, default=None)
    total = metric.total(rows)
    if kind == "total":
        return float(total)
    return total / count if count else None


def _percentile(rows: Rows, percent: int) -> float | None:
    """Return a percentile of durations, right within a twentieth."""
    timed = sorted((one.bucket, one.requests) for one in rows if one.requests)
    rank, below = percent / 100 * sum(count for _, count in timed), 0
    for bucket, count in timed:
        below += count
        if below >= rank:
            return bucket_milliseconds(bucket)
    return None


def _points(metric: _Metric, measured: Rows, begin: int, end: int, step: int, aggregations: list[str]) -> list[Json]:
    points = []
    slots: dict[int, list[Measured]] = {}
    for one in measured:
        slots.setdefault((one.minute - begin) // step, []).append(one)
    for slot, minute in enumerate(range(begin, end, step)):
        within = slots.get(slot, [])
        told = {one: _aggregated(metric, within, one, step) for one in aggregations or [metric.primary.lower()]}
        shown = {one: value for one, value in told.items() if value is not None}
        points.append({"timeStamp": _moment(minute * _MINUTE), **shown})
    return points


def _named(asked: list[str], resource: StoredResource) -> list[str]:
    """Return the metrics that are asked for, as they are spelled; the first of the type where none are."""
    metrics = _metrics_of(resource.type)
    known = {name.lower(): name for name in metrics}
    for name in asked:
        if (problem := has_metric(resource.type, name, ())) is not None:
            raise _refused(problem)
    return [known[name.lower()] for name in asked] or [next(iter(metrics))]


def _words(text: str | None) -> list[str]:
    return [one.strip() for one in (text or "").split(",") if one.strip()]


def _timespan(request: ArmRequest, world: World) -> tuple[int, int]:
    """Return from and until when is asked, in seconds since the epoch: the last hour, unless it is said."""
    given = request.parameter("timespan")
    if given is None and request.parameter("starttime") and request.parameter("endtime"):
        given = f"{request.parameter('starttime')}/{request.parameter('endtime')}"
    if given is None:
        end = (
            int(world.moment()) // _MINUTE + 1
        ) * _MINUTE  # whoever asks in its first second sees this minute as well
        return end - 3600, end
    try:
        begins, ends = (_seconds(one) for one in given.replace(" ", "+").split("/", 1))
    except ValueError:
        raise _refused(f"The timespan {given!r} is none: give <begin>/<end>, each an ISO 8601 moment.") from None
    if begins >= ends:
        raise _refused(f"The timespan {given!r} ends before it begins.")
    return int(begins), math.ceil(ends)


def _seconds(moment: str) -> float:
    """Return an ISO 8601 moment in seconds since the epoch; one without an offset is UTC, as in Azure."""
    read = dt.datetime.fromisoformat(moment)
    return (read if read.tzinfo else read.replace(tzinfo=dt.UTC)).timestamp()


def _measured_resource(world: World, scope: str) -> StoredResource:
    resource_id = parse_path(scope).id
    if resource_id is None or resource_id.type.lower() not in _TYPES:
        raise _refused(f"The sandbox measures endpoints and deployments only, not '{scope}'.")
    return required(world, resource_id)


def _definition(resource: StoredResource, name: str, metric: _Metric) -> Json:
    facts = metrics_of(resource.type).get(name)
    listed = list(facts.aggregations) if facts is not None else [metric.primary]
    return {
        "id": f"{resource.id}/providers/Microsoft.Insights/metricDefinitions/{name}",
        "resourceId": resource.id,
        "namespace": resource.type,
        "category": "" if facts is None else facts.category,
        "name": {"value": name, "localizedValue": name},
        "isDimensionRequired": False,
        "unit": metric.unit,
        "primaryAggregationType": metric.primary,
        "supportedAggregationTypes": list(dict.fromkeys([*listed, "Average", "Total", "Count"])),
        "metricAvailabilities": [{"timeGrain": interval, "retention": "P93D"} for interval in _INTERVALS],
        "dimensions": [{"value": one, "localizedValue": one} for one in metric.dimensions],
    }


def _moment(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refused(message: str) -> ArmError:
    return ArmError(400, "BadRequest", message)
