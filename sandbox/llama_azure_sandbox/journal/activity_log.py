"""The activity log of the subscription: the writes to Azure Resource Manager that are in the journal."""

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from typing import Any

from llama_azure_sandbox.arm.authorization.needs import needs
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, TENANT_ID, World
from llama_azure_sandbox.journal.entries import Journal

_WRITES = ("PUT", "PATCH", "POST", "DELETE")
_TERM = re.compile(r"(\w+)\s+(eq|ge|le)\s+'([^']*)'", re.IGNORECASE)
_TERMS = ("eventtimestamp", "resourcegroupname", "resourceuri", "resourceprovider", "correlationid")


class ActivityLog:
    """Answers requests for the subscription's events."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @property
    def paths(self) -> tuple[PathRow, ...]:
        """The row of the path that is answered."""
        path = "/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values"
        return (PathRow("GET", path, self._values),)

    def _values(self, world: World, request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
        terms = _terms(request.parameter("$filter") or "")
        events = [event for event in self._events(world) if _fits(event, terms)]
        return ArmAnswer(200, {"value": list(reversed(events))})

    def _events(self, world: World) -> Iterator[Json]:
        ahead = dt.timedelta(seconds=world.moment() - world.machine_clock())
        for entry in self._journal.since(0):
            if entry["method"] in _WRITES and entry["path"].lower().startswith(f"/subscriptions/{SUBSCRIPTION_ID}/"):
                yield _event(entry, world, ahead)


def _event(entry: dict[str, Any], world: World, ahead: dt.timedelta) -> Json:
    moment = (dt.datetime.fromisoformat(entry["time"]) + ahead).isoformat().replace("+00:00", "Z")
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
    }


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
