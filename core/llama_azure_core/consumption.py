"""What was consumed: rows of ``Microsoft.Consumption/usageDetails``, put together by project, offer and tag. Pure.

Both kinds of rows are read (source S296): ``legacy``, which enterprise and pay-as-you-go subscriptions get, and
``modern``, which subscriptions of a Microsoft Customer Agreement get.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from llama_azure_core.plan.stack import Plan
from llama_azure_core.resource_ids import ResourceId, name_of
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, BUDGET, api_version

CONSUMPTION_API_VERSION = api_version(BUDGET)
"""Of usage details and of budgets, which the same provider answers."""
USAGE_DETAILS = "Microsoft.Consumption/usageDetails"
"""What follows a scope and ``/providers/``."""
EXPANDED = "properties/meterDetails,properties/additionalInfo"
"""The ``$expand`` without which rows of the kind legacy say nothing of their meter."""
NOT_TOLD = "(not told)"
"""Where a row does not say what it is asked for."""
NO_PROJECT = "(no project)"
"""Of what belongs to no project, such as a network."""
_SAAS = "microsoft.saas/resources"


@dataclass(frozen=True, slots=True)
class Used:
    """What was consumed by one meter on a day."""

    day: dt.date
    resource: str
    """The id of the resource that it is booked on."""
    product: str
    meter: str
    unit: str
    quantity: Decimal
    """How many units."""
    cost: Decimal | None
    """``None`` where the row has none."""
    currency: str
    marketplace: bool
    """Whether a publisher is paid through the Azure Marketplace, for which Azure's credit is not good."""
    tags: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


def read_usage(rows: Iterable[Mapping[str, Any]]) -> tuple[Used, ...]:
    """Return what rows of the API tell.

    Raises:
        ValueError: a row lacks its day or its quantity, or has none that can be read.
    """
    return tuple(_used(row) for row in rows)


def _used(row: Mapping[str, Any]) -> Used:
    properties: Mapping[str, Any] = row.get("properties") or {}
    meter: Mapping[str, Any] = properties.get("meterDetails") or {}
    is_modern = str(row.get("kind") or "").lower() == "modern"
    cost = properties.get("costInBillingCurrency" if is_modern else "cost")
    try:
        day = dt.date.fromisoformat(str(properties["date"])[:10])
        quantity = _decimal(properties["quantity"])
    except (KeyError, ValueError, ArithmeticError):
        raise ValueError(f"a row of usage has no date and quantity that can be read: {row.get('id')}") from None
    return Used(
        day=day,
        resource=str(properties.get("instanceName" if is_modern else "resourceId") or ""),
        product=str(properties.get("product") or ""),
        meter=str((properties if is_modern else meter).get("meterName") or properties.get("meterId") or ""),
        unit=str((properties if is_modern else meter).get("unitOfMeasure") or ""),
        quantity=quantity,
        cost=None if cost is None else _decimal(cost),
        currency=str(properties.get("billingCurrencyCode" if is_modern else "billingCurrency") or ""),
        marketplace=str(properties.get("publisherType") or "").lower() == "marketplace",
        tags={str(key): str(value) for key, value in (row.get("tags") or {}).items()},
        details=_details(properties.get("additionalInfo")),
    )


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value))


def _details(text: Any) -> Mapping[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


@dataclass(frozen=True, slots=True)
class Group:
    """What was consumed of one kind."""

    name: str
    amounts: Mapping[str, Decimal]
    """By currency: what it cost, as far as it is known."""
    marketplace: Mapping[str, Decimal]
    """The part of that which goes to publishers of the Marketplace."""
    unknown: tuple[str, ...]
    """The meters that have no cost, each once."""
    quantities: Mapping[tuple[str, str], Decimal]
    """By meter and unit: how much."""


def grouped(used: Iterable[Used], name: Callable[[Used], str]) -> tuple[Group, ...]:
    """Return what was consumed by a name, the dearest first, then what has no known cost."""
    by_name: dict[str, list[Used]] = {}
    for one in used:
        by_name.setdefault(name(one), []).append(one)
    found = [_group(key, rows) for key, rows in by_name.items()]
    return tuple(sorted(found, key=lambda one: (-sum(one.amounts.values()), one.name)))


def _group(name: str, rows: Sequence[Used]) -> Group:
    amounts: dict[str, Decimal] = {}
    marketplace: dict[str, Decimal] = {}
    quantities: dict[tuple[str, str], Decimal] = {}
    for one in rows:
        quantities[one.meter, one.unit] = quantities.get((one.meter, one.unit), Decimal(0)) + one.quantity
        if one.cost is not None:
            amounts[one.currency] = amounts.get(one.currency, Decimal(0)) + one.cost
            if one.marketplace:
                marketplace[one.currency] = marketplace.get(one.currency, Decimal(0)) + one.cost
    unknown = tuple(dict.fromkeys(one.meter for one in rows if one.cost is None))
    return Group(name, amounts, marketplace, unknown, quantities)


def total(used: Iterable[Used]) -> Group:
    """Return everything as one group."""
    return _group("", list(used))


def by_offer(used: Used) -> str:
    """Return the offer or the product that something was consumed of."""
    return used.product or NOT_TOLD


def by_meter(used: Used) -> str:
    """Return the meter."""
    return used.meter or NOT_TOLD


def by_resource(used: Used) -> str:
    """Return the name of the resource that it is booked on."""
    return name_of(used.resource) or NOT_TOLD


def by_tag(key: str) -> Callable[[Used], str]:
    """Return what names something by the value of a tag; Azure writes tags into a row as they were on that day."""

    def name(used: Used) -> str:
        found = next((value for tag, value in used.tags.items() if tag.casefold() == key.casefold()), None)
        return NOT_TOLD if found is None else found

    return name


def by_project(plan: Plan) -> Callable[[Used], str]:
    """Return what names something by the project, as the settings call it, that consumed it.

    Azure books a Marketplace offer on a resource of its own, called after the offer, in the project's resource group,
    and the tokens of all projects of a Foundry resource on that resource. Where more than one project may have consumed
    something, it is not told whose it is.
    """
    workspaces = {f"{project.id}/".lower(): project.key for project in plan.projects}
    account = plan.foundry

    def name(used: Used) -> str:
        for place in (used.resource, str(used.details.get("project") or "")):
            found = next((key for begin, key in workspaces.items() if f"{place}/".lower().startswith(begin)), None)
            if found is not None:
                return found
        kind = _type_of(used.resource)
        if account is not None and kind == AI_SERVICES_ACCOUNT.lower() and used.resource.lower() == account.id.lower():
            return _only([project.key for project in account.projects])
        if kind == _SAAS:
            return _only(_subscribed(plan, used.resource))
        return NO_PROJECT

    return name


def _subscribed(plan: Plan, saas: str) -> list[str]:
    """Return the projects that a SaaS resource may be of: those in its group whose offer it is called after."""
    parsed = ResourceId.parse(saas)
    return [
        project.key
        for project in plan.projects
        if project.group_id.lower() == parsed.scope.lower()
        and any(
            offer.model.marketplace is not None
            and parsed.name.lower().startswith(f"{offer.model.marketplace.offer_id.lower()}-")
            for offer in project.offers
        )
    ]


def _only(projects: Sequence[str]) -> str:
    return projects[0] if len(projects) == 1 else " or ".join(projects) or NOT_TOLD


def _type_of(resource: str) -> str:
    try:
        return ResourceId.parse(resource).type.lower()
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget, and what of it is spent."""

    name: str
    amount: Decimal
    grain: str
    """The time that it is for, such as Monthly."""
    spent: Decimal | None
    """As Azure counts it; ``None`` where it does not tell."""
    forecast: Decimal | None
    currency: str

    @property
    def percent(self) -> Decimal | None:
        """What of it is spent, in percent."""
        return None if self.spent is None or not self.amount else self.spent / self.amount * 100


def read_budget(row: Mapping[str, Any]) -> BudgetState:
    """Return a budget as the API tells it."""
    properties: Mapping[str, Any] = row.get("properties") or {}
    spent, forecast = (properties.get(key) or {} for key in ("currentSpend", "forecastSpend"))
    return BudgetState(
        name=str(row.get("name") or ""),
        amount=_decimal(properties.get("amount") or 0),
        grain=str(properties.get("timeGrain") or ""),
        spent=None if spent.get("amount") is None else _decimal(spent["amount"]),
        forecast=None if forecast.get("amount") is None else _decimal(forecast["amount"]),
        currency=str(spent.get("unit") or ""),
    )


def scopes(plan: Plan) -> tuple[str, ...]:
    """Return the ids of the resource groups that a stack's costs are booked in."""
    groups = [plan.group_id, *(project.group_id for project in plan.projects)]
    if plan.foundry is not None and plan.foundry.projects:
        groups.append(str(ResourceId.parse(plan.foundry.id).scope))
    return tuple({one.lower(): one for one in groups}.values())


def group_document(group: Group) -> dict[str, Any]:
    """Return a group as values of JSON types; amounts are texts, and what is not known is listed, never 0."""
    return {
        "name": group.name,
        "cost": {currency: str(amount) for currency, amount in group.amounts.items()},
        "marketplace": {currency: str(amount) for currency, amount in group.marketplace.items()},
        "unknownCost": list(group.unknown),
        "quantities": [
            {"meter": meter, "unit": unit, "quantity": str(quantity)}
            for (meter, unit), quantity in group.quantities.items()
        ],
    }
