"""Microsoft.Insights: action groups, alert rules and workbooks. Codes and words of refusals are the sandbox's."""

import json
import uuid
from collections.abc import Iterable
from typing import Any

from llama_azure_core._facts import load_facts
from llama_azure_core.monitoring import metrics_of
from llama_azure_core.resource_types import ACTION_GROUP, LOG_ANALYTICS_WORKSPACE
from llama_azure_sandbox.arm.errors import ArmError, resource_not_found
from llama_azure_sandbox.arm.resource_type import PutRequest, ResourceType
from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID

_GLOBAL = "global"
_GLOBAL_PLACES = (_GLOBAL, "westeurope", "northeurope")  # source S343: of activity log alerts
_FREQUENCIES = ("PT1M", "PT5M", "PT15M", "PT30M", "PT1H")
_WINDOWS = (*_FREQUENCIES, "PT6H", "PT12H", "PT24H", "P1D")
_LOG_FREQUENCIES = (
    "PT1M", "PT5M", "PT10M", "PT15M", "PT30M", "PT45M", "PT1H", "PT2H", "PT3H", "PT4H", "PT5H", "PT6H", "P1D", "PT24H",
)  # fmt: skip
_OPERATORS = ("GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual")
_AGGREGATIONS = ("Average", "Count", "Maximum", "Minimum", "Total")
_LEAST_SEVERE = 4
_MOST_WEBHOOKS = 10
_RECEIVERS = {"emailReceivers": "emailAddress", "webhookReceivers": "serviceUri", "armRoleReceivers": "roleId"}
_FIELDS = (
    "category", "caller", "level", "operationname", "resourcegroup", "resourceid", "resourceprovider", "resourcetype",
    "status", "substatus",
)  # fmt: skip


class ActionGroup(ResourceType):
    """Who is told. Of its receivers the sandbox calls webhooks of this machine, and nobody else."""

    needs_location = True
    takes_global = True
    shows_system_data = False

    def check(self, request: PutRequest) -> None:
        super().check(request)
        properties, most = request.properties, int(load_facts("metrics")["groupShortName"])
        short = properties.get("groupShortName")
        if not isinstance(short, str) or not 1 <= len(short) <= most:
            raise _refused(f"The groupShortName {short!r} must have 1 to {most} characters.")
        _require_receivers(properties)
        for receiver in _objects(properties, "emailReceivers"):
            if "@" not in str(receiver["emailAddress"]):
                raise _refused(f"The emailAddress of the receiver {receiver['name']} is none.")
        webhooks = _objects(properties, "webhookReceivers")
        if len(webhooks) > _MOST_WEBHOOKS:
            raise _refused(f"The action group has {len(webhooks)} webhooks, of {_MOST_WEBHOOKS} that it may.")
        for receiver in webhooks:
            if not str(receiver["serviceUri"]).lower().startswith(("http://", "https://")):
                raise _refused(f"The serviceUri of the receiver {receiver['name']} is no web address.")


def _require_receivers(properties: Json) -> None:
    names: list[str] = []
    for kind, address in _RECEIVERS.items():
        for receiver in _objects(properties, kind):
            if not receiver.get("name") or not receiver.get(address):
                raise _refused(f"A receiver of {kind} needs name and {address}.")
            names.append(str(receiver["name"]).lower())
    if len(names) != len(set(names)):
        raise _refused("The receivers of an action group have names of their own.")


class MetricAlert(ResourceType):
    """A rule on a metric; the sandbox judges those of what it measures."""

    needs_location = True
    takes_global = True

    def check(self, request: PutRequest) -> None:
        super().check(request)
        properties = request.properties
        if str(request.body["location"]).lower() != _GLOBAL:
            raise _refused("A metric alert lies in the location global.")
        _require_severity(properties)
        _require_one("evaluationFrequency", properties, _FREQUENCIES)
        _require_one("windowSize", properties, _WINDOWS)
        targets = _require_scopes(request)
        criteria = _object(properties.get("criteria"))
        if not str(criteria.get("odata.type") or "").startswith("Microsoft.Azure.Monitor."):
            raise _refused(
                "The criteria need odata.type, such as Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria."
            )
        if not _objects(criteria, "allOf"):
            raise _refused("The criteria have no allOf.")
        for criterion in _objects(criteria, "allOf"):
            _require_metric(criterion, targets)
        _require_action_groups(request, (one.get("actionGroupId") for one in _objects(properties, "actions")))


class ActivityLogAlert(ResourceType):
    """A rule on events of the activity log."""

    needs_location = True
    takes_global = True

    def check(self, request: PutRequest) -> None:
        super().check(request)
        properties = request.properties
        if str(request.body["location"]).replace(" ", "").lower() not in _GLOBAL_PLACES:
            raise _refused(f"An activity log alert lies in one of the locations {', '.join(_GLOBAL_PLACES)}.")
        _require_scopes(request)
        conditions = _objects(_object(properties.get("condition")), "allOf")
        for condition in conditions:
            leaves = _objects(condition, "anyOf") if condition.get("anyOf") is not None else [condition]
            for leaf in leaves:
                field = str(leaf.get("field") or "").lower()
                if field not in _FIELDS and not field.startswith("properties."):
                    raise _refused(
                        f"The field {leaf.get('field')!r} is none of an event: {', '.join(_FIELDS)}, properties.*"
                    )
                if leaf.get("equals") is None and leaf.get("containsAny") is None:
                    raise _refused(f"The condition of {leaf['field']} needs equals or containsAny.")
        if not any(str(one.get("field")).lower() == "category" for one in conditions):
            raise _refused("The condition needs the field category.")
        groups = _objects(_object(properties.get("actions")), "actionGroups")
        _require_action_groups(request, (one.get("actionGroupId") for one in groups))


class LogAlert(ResourceType):
    """A rule on the rows of a query; the sandbox answers queries of literals alone."""

    needs_location = True

    def check(self, request: PutRequest) -> None:
        super().check(request)
        properties = request.properties
        _require_severity(properties)
        _require_one("evaluationFrequency", properties, _LOG_FREQUENCIES)
        _require_one("windowSize", properties, (*_LOG_FREQUENCIES, "P2D"))
        for target in _require_scopes(request):
            if target and target.lower() != LOG_ANALYTICS_WORKSPACE.lower():
                raise _refused(f"The sandbox takes log alerts of a Log Analytics workspace, and not of {target}.")
        conditions = _objects(_object(properties.get("criteria")), "allOf")
        if len(conditions) != 1:
            raise _refused("The criteria of a log alert have one condition.")
        if not conditions[0].get("query"):
            raise _refused("The condition of a log alert needs a query.")
        _require_comparison(conditions[0], (*_OPERATORS, "Equals"))
        groups = _object(properties.get("actions")).get("actionGroups") or []
        _require_action_groups(request, groups)


class Workbook(ResourceType):
    """A workbook; it is kept and shown."""

    needs_location = True

    def check(self, request: PutRequest) -> None:
        super().check(request)
        try:
            uuid.UUID(request.id.name)
        except ValueError:
            raise _refused(f"The name of a workbook is a GUID, and not {request.id.name!r}.") from None
        properties = request.properties
        for name in ("displayName", "category", "serializedData"):
            if not properties.get(name):
                raise _refused(f"A workbook needs {name}.")
        try:
            json.loads(properties["serializedData"])
        except (TypeError, ValueError):
            raise _refused("The serializedData of a workbook is JSON.") from None


def _require_severity(properties: Json) -> None:
    severity = properties.get("severity")
    if isinstance(severity, bool) or not isinstance(severity, int | float) or severity not in range(_LEAST_SEVERE + 1):
        raise _refused(f"The severity {severity!r} is not from 0 to {_LEAST_SEVERE}.")


def _require_one(name: str, properties: Json, possible: Iterable[str]) -> None:
    if str(properties.get(name)).upper() not in possible:
        raise _refused(f"The {name} {properties.get(name)!r} is none of {', '.join(possible)}.")


def _require_scopes(request: PutRequest) -> list[str]:
    """Return the types of what a rule watches, an empty one for what is no resource."""
    scopes = [str(one).rstrip("/") for one in request.properties.get("scopes") or ()]
    if not scopes:
        raise _refused("An alert rule needs scopes.")
    types = []
    for scope in scopes:
        stored = request.world.store.resource(scope.lower())
        is_here = scope.lower().startswith(f"/subscriptions/{SUBSCRIPTION_ID}/".lower())
        if stored is None and is_here:
            raise resource_not_found(scope)
        types.append("" if stored is None else stored.type)
    return types


def _require_metric(criterion: Json, targets: Iterable[str]) -> None:
    for name in ("name", "metricName", "operator", "timeAggregation"):
        if not criterion.get(name):
            raise _refused(f"A criterion needs {name}.")
    _require_comparison(criterion, _OPERATORS)
    _require_one_of(criterion, "timeAggregation", _AGGREGATIONS)
    for one in _objects(criterion, "dimensions"):
        if str(one.get("operator")).lower() != "include" or not one.get("values"):
            raise _refused("The sandbox takes dimensions with the operator Include and their values.")
    if criterion.get("skipMetricValidation") is not True:
        _require_known_metric(criterion, targets)


def _require_known_metric(criterion: Json, targets: Iterable[str]) -> None:
    for target in targets:
        known = {name.lower(): metric for name, metric in metrics_of(target).items()}
        metric = known.get(str(criterion["metricName"]).lower())
        if metric is None:
            raise _refused(f"Couldn't find a metric named {criterion['metricName']}. Make sure the name is correct.")
        possible = {one.lower() for one in metric.dimensions}
        for one in _objects(criterion, "dimensions"):
            if str(one.get("name")).lower() not in possible:
                raise _refused(f"The metric {metric.name} has no dimension {one.get('name')}.")


def _require_comparison(condition: Json, operators: Iterable[str]) -> None:
    _require_one_of(condition, "operator", operators)
    threshold = condition.get("threshold")
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise _refused(f"The threshold {threshold!r} is no number.")


def _require_one_of(criterion: Json, name: str, possible: Iterable[str]) -> None:
    if str(criterion.get(name)).lower() not in {one.lower() for one in possible}:
        raise _refused(f"The {name} {criterion.get(name)!r} is none of {', '.join(possible)}.")


def _require_action_groups(request: PutRequest, ids: Iterable[Any]) -> None:
    for one in ids:
        group_id = str(one or "")
        stored = request.world.store.resource(group_id.lower())
        is_here = group_id.lower().startswith(f"/subscriptions/{SUBSCRIPTION_ID}/".lower())
        if is_here and (stored is None or stored.type.lower() != ACTION_GROUP.lower()):
            raise resource_not_found(group_id)


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(holder: Json, name: str) -> list[Json]:
    return [one for one in holder.get(name) or () if isinstance(one, dict)]


def _refused(message: str) -> ArmError:
    return ArmError(400, "BadRequest", message)
