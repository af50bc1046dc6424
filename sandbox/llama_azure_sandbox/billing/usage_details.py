"""Microsoft.Consumption: what was used and what it cost, by day, and how much of a budget is spent.

``GET <scope>/providers/Microsoft.Consumption/usageDetails`` with a subscription, a resource group, a project, a SaaS
resource or any other that is charged as the scope, in the shape that enterprise and pay-as-you-go subscriptions get
(source S296). On Azure costs appear after hours; here they do at once. A row whose price the sandbox does not know has
neither price nor cost.
"""

import datetime as dt
import json
import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import urlencode

from llama_azure_core.resource_ids import ResourceId, name_of
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, BUDGET
from llama_azure_sandbox.arm import reading
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.ids import parse_path
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import ANY, PathRow, not_allowed
from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World
from llama_azure_sandbox.billing.charges import Charge, charges
from llama_azure_sandbox.billing.odata import FilterError, read_filter
from llama_azure_sandbox.inference.ledger import Ledger

_TYPE = "Microsoft.Consumption/usageDetails"
_PAGE = 1000
_WORDS = frozenset({"and", "eq", "lt", "gt", "le", "ge"})  # what the API takes of OData (source S296)
# Usage is by the day: of a moment only its day is looked at.
_TIME_OF_DAY = re.compile(r"(properties/usage(?:start|end)\s+\w+\s+')(\d{4}-\d\d-\d\d)[^']*'", re.IGNORECASE)
_PROPERTIES = {
    "properties/usagestart": "moment",
    "properties/usageend": "moment",
    "properties/resourcegroup": "resourceGroup",
    "properties/resourcename": "resourceName",
    "properties/resourceid": "resourceId",
    "properties/chargetype": "chargeType",
    "properties/publishertype": "publisherType",
    "tags": "tag",
}


class UsageDetails:
    """Answers requests for usage, and for budgets."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @property
    def paths(self) -> tuple[PathRow, ...]:
        """The rows of the paths that are answered; usage can only be read."""
        path, budgets = f"{{scope**}}/providers/{_TYPE}", f"{{scope**}}/providers/{BUDGET}"
        return (
            PathRow("GET", path, self._list),
            PathRow(ANY, path, not_allowed),
            PathRow("GET", f"{budgets}/{{name}}", self._budget),
            PathRow("GET", budgets, self._budgets),
        )

    def _list(self, world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        scope = path["scope"]
        expanded = (request.parameter("$expand") or "").lower()
        is_wanted = _wanted(request)
        here = [one for one in charges(world, self._ledger) if lies_in(scope, one)]
        rows = [_detail(scope, one, expanded) for one in here if is_wanted(one)]
        rows = rows[: _number(request, "$top", len(rows))]
        skipped = _number(request, "$skiptoken", 0)
        answer: Json = {"value": rows[skipped : skipped + _PAGE]}
        if skipped + _PAGE < len(rows):
            query = {key: value for key, value in request.query.items() if key.lower() != "$skiptoken"}
            again = urlencode({**query, "$skiptoken": str(skipped + _PAGE)})
            answer["nextLink"] = f"{world.base_url}{request.path}?{again}"
        return ArmAnswer(200, answer)

    def _budget(self, world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        answer = reading.get(world, ResourceId.parse(request.path))
        return ArmAnswer(answer.status, self._with_spend(world, path["scope"], answer.body or {}), answer.headers)

    def _budgets(self, world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        answer = reading.list_resources(world, parse_path(request.path), request)
        found = (answer.body or {}).get("value", [])
        return ArmAnswer(200, {"value": [self._with_spend(world, path["scope"], one) for one in found]})

    def _with_spend(self, world: World, scope: str, budget: Json) -> Json:
        """Return a budget with what of it is spent in the month so far, as far as prices are known."""
        properties = budget.get("properties") or {}
        first = world.as_of.replace(day=1)
        counted = [one for one in charges(world, self._ledger) if lies_in(scope, one) and one.day >= first]
        spent = sum((one.cost for one in counted if one.cost is not None), Decimal(0))
        unit = counted[0].currency if counted else "USD"
        return {**budget, "properties": {**properties, "currentSpend": {"amount": float(spent), "unit": unit}}}


def lies_in(scope: str, charge: Charge) -> bool:
    """Whether a charge is shown at a scope: a subscription, a resource group or a resource."""
    here = f"{scope.rstrip('/')}/".lower()
    return any(f"{place}/".lower().startswith(here) for place in (charge.resource, *charge.places))


def _wanted(request: ArmRequest) -> Callable[[Charge], bool]:
    """Return whether a charge is asked for.

    Raises:
        ArmError: 400, the filter or a date cannot be read.
    """
    first, last = (None if text is None else _day(text) for text in map(request.parameter, ("startDate", "endDate")))
    text = _TIME_OF_DAY.sub(r"\1\2'", request.parameter("$filter") or "")
    try:
        condition = read_filter(text, _PROPERTIES, words=_WORDS, ignores_case=True) if text else None
    except FilterError as error:
        raise ArmError(400, "BadRequest", f"Invalid query parameter $filter: {error}.") from None

    def is_wanted(charge: Charge) -> bool:
        if (first is not None and charge.day < first) or (last is not None and charge.day > last):
            return False
        if condition is None:
            return True
        known = _known(charge)
        return any(condition({**known, "tag": tag}) for tag in [*(f"{k}:{v}" for k, v in charge.tags.items()), ""])

    return is_wanted


def _known(charge: Charge) -> Json:
    return {
        "moment": charge.day.isoformat(),
        "resourceGroup": ResourceId.parse(charge.resource).resource_group,
        "resourceName": name_of(charge.resource),
        "resourceId": charge.resource,
        "chargeType": "Usage",
        "publisherType": "Marketplace" if charge.marketplace else "Azure",
    }


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        raise ArmError(400, "BadRequest", f"'{text}' is no date.") from None


def _number(request: ArmRequest, name: str, otherwise: int) -> int:
    text = request.parameter(name)
    if text is None:
        return otherwise
    if not text.isdecimal():
        raise ArmError(400, "BadRequest", f"{name} is {text!r}: give a whole number.")
    return int(text)


def _detail(scope: str, charge: Charge, expanded: str) -> Json:
    resource = ResourceId.parse(charge.resource)
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{charge.resource} {charge.product} {charge.meter} {charge.day}"))
    first = charge.day.replace(day=1)
    after = (first + dt.timedelta(days=32)).replace(day=1)
    price = None if charge.price is None else float(charge.price)
    money = (
        {}
        if charge.cost is None
        else {
            "unitPrice": price,
            "effectivePrice": price,
            "payGPrice": price,
            "cost": float(charge.cost),
        }
    )
    return {
        "id": f"{scope}/providers/{_TYPE}/{name}",
        "name": name,
        "type": _TYPE,
        "kind": "legacy",
        "tags": dict(charge.tags) or None,
        "properties": {
            "billingPeriodStartDate": f"{first}T00:00:00Z",
            "billingPeriodEndDate": f"{after - dt.timedelta(days=1)}T00:00:00Z",
            "date": f"{charge.day}T00:00:00Z",
            "subscriptionId": SUBSCRIPTION_ID,
            "resourceId": charge.resource,
            "resourceName": name_of(charge.resource),
            "resourceGroup": resource.resource_group,
            "resourceLocation": charge.region,
            "consumedService": _service(charge, resource),
            "publisherType": "Marketplace" if charge.marketplace else "Azure",
            **({"publisherName": "Meta", "planName": charge.product} if charge.marketplace else {}),
            "isAzureCreditEligible": not charge.marketplace,
            "chargeType": "Usage",
            "frequency": "UsageBased",
            "product": charge.product,
            "meterId": charge.meter_id,
            "billingCurrency": charge.currency,
            **money,
            "quantity": float(charge.quantity),
            **({"meterDetails": _meter(charge)} if "meterdetails" in expanded else {"meterDetails": None}),
            **({"additionalInfo": json.dumps(dict(charge.details))} if "additionalinfo" in expanded else {}),
        },
    }


def _service(charge: Charge, resource: ResourceId) -> str:
    if resource.type.lower() == AI_SERVICES_ACCOUNT.lower():
        return "Microsoft.CognitiveServices"
    return "Microsoft.SaaS" if charge.marketplace else resource.namespace


def _meter(charge: Charge) -> Json:
    return {
        "meterName": charge.meter,
        "meterCategory": charge.category,
        "meterSubCategory": charge.product,
        "unitOfMeasure": charge.unit,
        "serviceFamily": "",
    }
