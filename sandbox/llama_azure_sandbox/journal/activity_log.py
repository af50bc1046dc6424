"""The activity log of the subscription: the writes to Azure Resource Manager that are in the journal, the operations
that failed after they were accepted, and how the health of resources changed.
"""

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

from llama_azure_core.resource_ids import ResourceId
from llama_azure_sandbox.arm.authorization.needs import needs
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.operation_faults import failure_of
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, TENANT_ID, World
from llama_azure_sandbox.journal.entries import Journal
from llama_azure_sandbox.monitoring.kept import AlertLog, HealthChange

_WRITES = ("PUT", "PATCH", "POST", "DELETE")
_TERM = re.compile(r"(\w+)\s+(eq|ge|le)\s+'([^']*)'", re.IGNORECASE)
_TERMS = ("eventtimestamp", "resourcegroupname", "resourceuri", "resourceprovider", "correlationid")


class ActivityLog:
    """Answers requests for the subscription's events."""

    def __init__(self, journal: Journal, kept: AlertLog) -> None:
        self._journal = journal
        self._kept = kept

    @property
    def paths(self) -> tuple[PathRow, ...]:
        """The row of the path that is answered."""
        path = "/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values"
        return (PathRow("GET", path, self._values),)

    def events(self, world: World, since: int = 0) -> list[Json]:
        """Return the events, the oldest first; of those that were requests, the ones after a number of the journal."""
        return sorted(self._events(world, since), key=lambda event: str(event["eventTimestamp"]))

    def made(self, world: World, resource_id: str) -> str | None:
        """Return the moment at which a resource was last made, as events tell it; ``None`` where that is forgotten.

        Events that were requests lie as far ahead of the machine's clock as the sandbox's does now.
        """
        ahead = dt.timedelta(seconds=world.moment() - world.machine_clock())
        found = [
            entry
            for entry in self._journal.since(0)
            if (entry["method"], entry["status"]) == ("PUT", 201) and entry["path"].lower() == resource_id.lower()
        ]
        return _ahead(found[-1], ahead) if found else None

    def last(self) -> int:
        """Return the number of the journal's newest entry."""
        return self._journal.last()

    def _values(self, world: World, request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
        terms = _terms(request.parameter("$filter") or "")
        events = [event for event in self.events(world) if _fits(event, terms)]
        return ArmAnswer(200, {"value": list(reversed(events))})

    def _events(self, world: World, since: int) -> Iterator[Json]:
        ahead = dt.timedelta(seconds=world.moment() - world.machine_clock())
        for entry in self._journal.since(since):
            if entry["method"] in _WRITES and entry["path"].lower().startswith(f"/subscriptions/{SUBSCRIPTION_ID}/"):
                yield _event(entry, world, ahead)
        shown = world.moment() - world.now()
        for operation in world.store.failed_operations():
            resource = world.store.resource(operation.resource)
            if resource is not None:
                error = failure_of(world, operation) or {"code": "InternalServerError", "message": ""}
                yield _failure(operation.id, resource, error, operation.due + shown)
        for change in self._kept.health_changes():
            yield _health(change, change.moment + shown)


def _failure(operation: str, resource: StoredResource, error: Json, moment: float) -> Json:
    """Return the event of an operation that was accepted and then failed."""
    number = str(uuid.uuid5(uuid.NAMESPACE_URL, f"operation/{operation}"))
    return {
        **_about(resource.id, f"{resource.type}/write", number, _told(moment)),
        "category": _named("Administrative"),
        "level": "Error",
        "status": _named("Failed"),
        "subStatus": _named(f"{error['code']} (HTTP Status Code: 409)"),
        "properties": {"statusCode": "Conflict", "statusMessage": json.dumps({"error": error})},
    }


def _health(change: HealthChange, moment: float) -> Json:
    """Return the event of a resource whose health became another (source S343 for the fields)."""
    number = str(uuid.uuid5(uuid.NAMESPACE_URL, f"health/{change.resource}/{change.number}"))
    is_well = change.status == "Available"
    return {
        **_about(change.resource, "Microsoft.Resourcehealth/healthevent/Activated/action", number, _told(moment)),
        "category": _named("ResourceHealth"),
        "level": "Informational" if is_well else "Critical",
        "status": _named("Resolved" if is_well else "Active"),
        "subStatus": _named(""),
        "properties": {
            "currentHealthStatus": change.status,
            "previousHealthStatus": change.previous,
            "cause": "PlatformInitiated",
            "type": "Downtime",
        },
    }


def _about(resource_id: str, operation: str, number: str, moment: str) -> Json:
    """Return what an event says that was no request."""
    parts = resource_id.split("/")
    return {
        "authorization": {"action": operation, "scope": resource_id},
        "caller": "",
        "channels": "Operation",
        "correlationId": number,
        "eventDataId": number,
        "eventName": _named("EndRequest"),
        "eventTimestamp": moment,
        "id": f"{resource_id}/events/{number}",
        "operationId": number,
        "operationName": _named(operation),
        "resourceGroupName": parts[4] if len(parts) > 4 and parts[3].lower() == "resourcegroups" else "",
        "resourceId": resource_id,
        "resourceProviderName": _named(ResourceId.parse(resource_id).type.partition("/")[0]),
        "resourceType": _named(ResourceId.parse(resource_id).type),
        "submissionTimestamp": moment,
        "subscriptionId": SUBSCRIPTION_ID,
        "tenantId": TENANT_ID,
    }


def _told(moment: float) -> str:
    return dt.datetime.fromtimestamp(moment, dt.UTC).isoformat().replace("+00:00", "Z")


def _event(entry: dict[str, Any], world: World, ahead: dt.timedelta) -> Json:
    moment = _ahead(entry, ahead)
    path, status = str(entry["path"]), int(entry["status"])
    try:
        action, scope = next((need.action, need.scope) for need in needs(entry["method"], path, None, world.store))
    except (ArmError, StopIteration):
        action, scope = "Microsoft.Resources/unknown/action", path
    number = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{world.base_url}/journal/{entry['number']}"))
    parts = scope.split("/")
    failed = status >= 400 or status == 0
    return {
        "authorization": {"action": action, "scope": scope},
        "caller": entry["caller"],
        "category": _named("Administrative"),
        "channels": "Operation",
        "correlationId": number,
        "eventDataId": number,
        "eventName": _named("EndRequest"),
        "eventTimestamp": moment,
        "httpRequest": {"clientRequestId": number, "method": entry["method"]},
        "id": f"{scope}/events/{number}",
        "level": "Error" if failed else "Informational",
        "operationId": number,
        "operationName": _named(action),
        "resourceGroupName": parts[4] if len(parts) > 4 and parts[3].lower() == "resourcegroups" else "",
        "resourceId": scope,
        "resourceProviderName": _named(action.split("/")[0]),
        "resourceType": _named(action.rsplit("/", 1)[0]),
        "status": _named("Failed" if failed else "Succeeded"),
        "subStatus": _named(f"{entry['code'] or 'OK'} (HTTP Status Code: {status})"),
        "submissionTimestamp": moment,
        "subscriptionId": SUBSCRIPTION_ID,
        "tenantId": TENANT_ID,
        "properties": _outcome(entry) if failed else {"statusCode": "OK"},
    }


def _ahead(entry: dict[str, Any], ahead: dt.timedelta) -> str:
    return (dt.datetime.fromisoformat(entry["time"]) + ahead).isoformat().replace("+00:00", "Z")


def _outcome(entry: dict[str, Any]) -> Json:
    error = {"code": entry["code"] or "", "message": entry["message"] or ""}
    return {"statusCode": str(entry["status"]), "statusMessage": json.dumps({"error": error})}


def _named(value: str) -> Json:
    return {"value": value, "localizedValue": value}


def _terms(text: str) -> list[tuple[str, str, str]]:
    """Read a filter: terms joined by ``and``.

    Raises:
        ArmError: 400, a term is none that the log is filtered by.
    """
    found = [(name.lower(), verb.lower(), value) for name, verb, value in _TERM.findall(text)]
    for name, _, _ in found:
        if name not in _TERMS:
            raise ArmError(400, "BadRequest", f"The activity log is not filtered by {name!r}: {', '.join(_TERMS)}.")
    return found


def _fits(event: Json, terms: list[tuple[str, str, str]]) -> bool:
    return all(_holds(event, *term) for term in terms)


def _holds(event: Json, name: str, verb: str, value: str) -> bool:
    if name == "eventtimestamp":
        try:
            wanted, at = (dt.datetime.fromisoformat(one) for one in (value, event["eventTimestamp"]))
        except ValueError:
            raise ArmError(400, "BadRequest", f"The moment {value!r} is none in ISO 8601.") from None
        wanted = wanted if wanted.tzinfo else wanted.replace(tzinfo=dt.UTC)
        return at >= wanted if verb == "ge" else at <= wanted if verb == "le" else at == wanted
    shown = {
        "resourcegroupname": event["resourceGroupName"],
        "resourceuri": event["resourceId"],
        "resourceprovider": event["resourceProviderName"]["value"],
        "correlationid": event["correlationId"],
    }[name]
    return str(shown).lower() == value.lower()
