"""Microsoft.CostManagement/query: sums of what was charged, by day or month, grouped by dimensions and tags (S296).

A sum that holds a charge whose price the sandbox does not know is null: it is not known either.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from llama_azure_core.resource_ids import ResourceId
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import ANY, PathRow, not_allowed
from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.billing.charges import Charge, charges
from llama_azure_sandbox.billing.usage_details import lies_in
from llama_azure_sandbox.inference.ledger import Ledger

_TYPE = "Microsoft.CostManagement/query"
_KINDS = ("Usage", "ActualCost", "AmortizedCost")
_COSTS = ("Cost", "PreTaxCost", "CostUSD", "PreTaxCostUSD")
_MOST_GROUPINGS = 2

_DIMENSIONS: Mapping[str, Callable[[Charge], str]] = {
    "resourceid": lambda one: one.resource.lower(),
    "resourcegroup": lambda one: (ResourceId.parse(one.resource).resource_group or "").lower(),
    "resourcegroupname": lambda one: (ResourceId.parse(one.resource).resource_group or "").lower(),
    "resourcetype": lambda one: ResourceId.parse(one.resource).type.lower(),
    "resourcelocation": lambda one: one.region,
    "servicename": lambda one: one.category,
    "metercategory": lambda one: one.category,
    "metersubcategory": lambda one: one.product,
    "meter": lambda one: one.meter,
    "product": lambda one: one.product,
    "publishertype": lambda one: "marketplace" if one.marketplace else "azure",
    "chargetype": lambda _one: "usage",
    "subscriptionid": lambda one: ResourceId.parse(one.resource).subscription,
}


class CostQuery:
    """Answers the query of Cost Management."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @property
    def paths(self) -> tuple[PathRow, ...]:
        """The rows of the path that is answered."""
        path = f"{{scope**}}/providers/{_TYPE}"
        return (PathRow("POST", path, self._query), PathRow(ANY, path, not_allowed))

    def _query(self, world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        body, scope = request.json_object(), path["scope"]
        _one_of("type", body.get("type"), _KINDS)
        first, last = _period(body, world.as_of)
        dataset = body.get("dataset") or {}
        granularity = str(dataset.get("granularity") or "None").lower()
        if granularity not in {"none", "daily", "monthly"}:
            raise _refused(f"Invalid query definition: the granularity '{dataset.get('granularity')}' is not supported")
        sums, groupings = _aggregation(dataset), _groupings(dataset)
        condition = _filter(dataset.get("filter"))
        counted = [
            one
            for one in charges(world, self._ledger)
            if lies_in(scope, one) and first <= one.day <= last and condition(one)
        ]
        rows: dict[tuple[Any, ...], list[Charge]] = defaultdict(list)
        for one in counted:
            rows[(*_dates(granularity, one), *(value(one) for _, value in groupings), one.currency)].append(one)
        dates = [] if granularity == "none" else [_date_column(granularity)]
        columns = [
            *({"name": name, "type": "Number"} for name in sums),
            *dates,
            *({"name": name, "type": "String"} for name, _ in groupings),
            {"name": "Currency", "type": "String"},
        ]
        name = str(uuid.uuid4())
        return ArmAnswer(
            200,
            {
                "id": f"{scope.lstrip('/')}/providers/{_TYPE}/{name}",
                "name": name,
                "type": _TYPE,
                "location": None,
                "sku": None,
                "eTag": None,
                "properties": {
                    "nextLink": None,
                    "columns": columns,
                    "rows": [[*(_sum(group, kind) for kind in sums.values()), *key] for key, group in rows.items()],
                },
            },
        )


def _period(body: Json, today: dt.date) -> tuple[dt.date, dt.date]:
    frame = str(body.get("timeframe") or "")
    this_month = today.replace(day=1)
    match frame.lower():
        case "monthtodate" | "billingmonthtodate":
            return this_month, today
        case "thelastmonth" | "thelastbillingmonth":
            last = this_month - dt.timedelta(days=1)
            return last.replace(day=1), last
        case "weektodate":
            return today - dt.timedelta(days=(today.weekday() + 1) % 7), today
        case "custom":
            period = body.get("timePeriod") or {}
            try:
                return dt.date.fromisoformat(str(period["from"])[:10]), dt.date.fromisoformat(str(period["to"])[:10])
            except (KeyError, ValueError):
                raise _refused("Invalid query definition: timePeriod needs from and to") from None
    raise _refused(f"Invalid query definition: the timeframe '{frame}' is not supported")


def _aggregation(dataset: Json) -> Mapping[str, str]:
    """Return by column what is summed up."""
    found = {}
    for one in (dataset.get("aggregation") or {}).values():
        name, function = str(one.get("name")), str(one.get("function"))
        if name not in (*_COSTS, "UsageQuantity") or function.lower() != "sum":
            raise _refused(f"Invalid query definition: the aggregation {function} of {name} is not supported")
        found[name] = "quantity" if name == "UsageQuantity" else "cost"
    if not found:
        raise _refused("Invalid query definition: the dataset has no aggregation")
    return found


def _groupings(dataset: Json) -> list[tuple[str, Callable[[Charge], str | None]]]:
    asked = dataset.get("grouping") or []
    if len(asked) > _MOST_GROUPINGS:
        raise _refused(f"Invalid query definition: at most {_MOST_GROUPINGS} groupings are supported")
    return [_grouping(str(one.get("type")), str(one.get("name"))) for one in asked]


def _grouping(kind: str, name: str) -> tuple[str, Callable[[Charge], str | None]]:
    if kind.lower() in {"tag", "tagkey"}:
        return name, lambda one: _tag(one, name)
    value = _DIMENSIONS.get(name.lower())
    if kind.lower() != "dimension" or value is None:
        raise _refused(f"Invalid query definition: the {kind} '{name}' is not supported")
    return name, value


def _tag(charge: Charge, name: str) -> str | None:
    return next((value for key, value in charge.tags.items() if key.lower() == name.lower()), None)


def _filter(given: Any) -> Callable[[Charge], bool]:
    if not given:
        return lambda _one: True
    (kind, content), *more = given.items()
    if more:
        raise _refused("Invalid query definition: a filter has one of and, or, dimensions and tags")
    match kind.lower():
        case "and" | "or":
            parts = [_filter(one) for one in content]
            of_all = all if kind.lower() == "and" else any
            return lambda one: of_all(part(one) for part in parts)
        case "dimensions" | "tags":
            _, value = _grouping("dimension" if kind.lower() == "dimensions" else "tag", str(content.get("name")))
            wanted = {str(one).lower() for one in content.get("values") or ()}
            return lambda one: str(value(one) or "").lower() in wanted
    raise _refused(f"Invalid query definition: the filter '{kind}' is not supported")


def _dates(granularity: str, charge: Charge) -> tuple[Any, ...]:
    if granularity == "daily":
        return (int(charge.day.strftime("%Y%m%d")),)
    return (f"{charge.day.replace(day=1)}T00:00:00",) if granularity == "monthly" else ()


def _date_column(granularity: str) -> Json:
    daily = {"name": "UsageDate", "type": "Number"}
    return daily if granularity == "daily" else {"name": "BillingMonth", "type": "Datetime"}


def _sum(group: Iterable[Charge], kind: str) -> float | None:
    values = [one.quantity if kind == "quantity" else one.cost for one in group]
    known = [one for one in values if one is not None]
    return None if len(known) < len(values) else float(sum(known, Decimal(0)))


def _one_of(name: str, value: Any, known: Iterable[str]) -> None:
    if str(value).lower() not in {one.lower() for one in known}:
        raise _refused(f"Invalid query definition: the {name} '{value}' is not supported")


def _refused(message: str) -> ArmError:
    return ArmError(400, "BadRequest", f"{message}.")
