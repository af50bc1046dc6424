"""What is charged: tokens that were used, and time in which resources stood there, by day, with what it costs.

Days are those of the sandbox's clock. A meter without a known price is charged without one: never 0.
"""

import calendar
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue import BackEnd, all_models
from llama_azure_core.prices import EVERYWHERE, Measure, PriceList, token_key, unit_size
from llama_azure_core.resource_ids import ResourceId, name_of
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, ONLINE_DEPLOYMENT
from llama_azure_sandbox.arm.store import StoodThere
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.billing.retail_prices import meter_id, prices_of
from llama_azure_sandbox.inference.ledger import Ledger, Usage

_HOUR, _DAY = 3600, 86400
_UNITS = {
    Measure.TOKEN: "1K",
    Measure.HOUR: "1 Hour",
    Measure.DAY: "1/Day",
    Measure.MONTH: "1",
    Measure.GIGABYTE_MONTH: "1 GB/Month",
}


@dataclass(frozen=True, slots=True)
class Charge:
    """What a resource ran up on a day, by one meter."""

    day: dt.date
    resource: str
    """The id of the resource that it is booked on."""
    places: tuple[str, ...]
    """Ids of other resources that it is shown at."""
    project: str
    """The id of the project whose tokens they are; empty where it is none's."""
    product: str
    meter: str
    meter_id: str
    category: str
    """The service, as the price list has it; SaaS for the Marketplace."""
    region: str
    marketplace: bool
    tags: Mapping[str, str]
    unit: str
    quantity: Decimal
    """How many units."""
    price: Decimal | None
    """Of a unit; ``None`` where it is not known."""
    currency: str
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def cost(self) -> Decimal | None:
        """In the currency; ``None`` where the price is not known."""
        return None if self.price is None else self.quantity * self.price


def charges(world: World, ledger: Ledger) -> list[Charge]:
    """Return everything that was charged so far, by day."""
    prices = prices_of(world)
    found = [_of_tokens(world, prices, one) for one in ledger.usage()]
    found += _whole(_of_time(world, prices))
    return sorted(found, key=lambda one: (one.day, one.resource, one.meter))


def _whole(parts: Iterable[Charge]) -> list[Charge]:
    """Put the parts of a day together: a resource that changed in it stood there in several ways."""
    found: dict[tuple[object, ...], Charge] = {}
    for one in parts:
        key = (one.day, one.places, one.meter_id, tuple(sorted(one.tags.items())))
        found[key] = replace(one, quantity=one.quantity + (found[key].quantity if key in found else 0))
    return list(found.values())


def _of_tokens(world: World, prices: PriceList, usage: Usage) -> Charge:
    account = world.store.resource(usage.resource.lower())
    is_account = ResourceId.parse(usage.resource).type.lower() == AI_SERVICES_ACCOUNT.lower()
    key = _key_on_account(prices, usage) if is_account else _key_of_offer(usage)
    location = str(account.body.get("location") or EVERYWHERE) if is_account and account is not None else EVERYWHERE
    meter = prices.meters.get(key)
    marketplace = not is_account or (meter is not None and meter.marketplace)
    price = prices.price(key, location)
    unit = next((one.unit for one in meter.prices), "1K") if meter is not None else "1K"
    return Charge(
        day=dt.date.fromisoformat(usage.day),
        resource=usage.resource,
        places=(usage.project,),
        project="" if is_account else usage.project,
        product=usage.offer,
        meter=usage.meter,
        meter_id=meter_id(key or usage.meter, location, price.meter_id if price else ""),
        category="SaaS" if marketplace else "Foundry Models",
        region=location,
        marketplace=marketplace,
        tags={} if account is None else dict(account.body.get("tags") or {}),
        unit=unit,
        quantity=Decimal(usage.tokens) / unit_size(unit, Measure.TOKEN),
        price=None if price is None else price.each * unit_size(unit, Measure.TOKEN),
        currency=prices.currency,
        details={"project": usage.project, "tokens": usage.tokens},
    )


def _key_of_offer(usage: Usage) -> str:
    """Return the key of the meter of a Marketplace offer's tokens."""
    side = next((name for name, meter in load_facts("meters")["inference"].items() if meter == usage.meter), "")
    model = _models_by_offer().get(usage.offer, "")
    return token_key(model, BackEnd.SERVERLESS, side)


@cache
def _models_by_offer() -> Mapping[str, str]:
    return {one.marketplace.offer_id: one.name for one in all_models() if one.marketplace is not None}


def _key_on_account(prices: PriceList, usage: Usage) -> str:
    """Return the key of the meter of a model's tokens on a Foundry resource."""
    begin, middle = f"tokens/{BackEnd.FOUNDRY.value}/", f"/{usage.offer}/"
    named = (
        key
        for key, one in prices.meters.items()
        if key.startswith(begin) and middle in key and one.meter == usage.meter
    )
    return next(named, "")


def _of_time(world: World, prices: PriceList) -> Iterator[Charge]:
    now, moment = world.now(), world.moment()
    for one in world.store.stood_there():
        begin, end = (moment - (now - at) for at in (one.since, now if one.until is None else one.until))
        for day, hours in _days(begin, end):
            yield _of_hours(prices, one, day, hours)


def _days(begin: float, end: float) -> Iterator[tuple[dt.date, Decimal]]:
    """Yield each day of a time with its hours; seconds since the epoch."""
    while begin < end:
        midnight = (begin // _DAY + 1) * _DAY
        until = min(midnight, end)
        yield dt.datetime.fromtimestamp(begin, dt.UTC).date(), Decimal(str(until - begin)) / _HOUR
        begin = until


def _of_hours(prices: PriceList, stood: StoodThere, day: dt.date, hours: Decimal) -> Charge:
    meter = prices.meters.get(stood.meter)
    measures = Measure.HOUR if meter is None else meter.measures
    price = prices.price(stood.meter, stood.region)
    unit = next((one.unit for one in meter.prices), "") if meter is not None else ""
    unit = unit or _UNITS.get(measures, "1 Hour")
    resource, tags, project = stood.id, dict(stood.tags), ""
    parsed = ResourceId.parse(stood.id)
    if parsed.type.lower() == ONLINE_DEPLOYMENT.lower():
        # Machines of managed compute are booked on the workspace, with the names in tags that Azure sets; not verified.
        endpoint = str(parsed.parent)
        tags |= {"azuremlendpoint": name_of(endpoint), "azuremldeployment": parsed.name}
        resource = project = str(ResourceId.parse(endpoint).parent)
    return Charge(
        day=day,
        resource=resource,
        places=(stood.id,),
        project=project,
        product=meter.product or stood.meter if meter is not None else stood.meter,
        meter=(meter.meter or meter.size) if meter is not None else stood.meter,
        meter_id=meter_id(stood.meter, stood.region, price.meter_id if price else ""),
        category=meter.service if meter is not None else "",
        region=stood.region,
        marketplace=False,
        tags=tags,
        unit=unit,
        quantity=stood.quantity * hours / _hours_of(measures, day) / unit_size(unit, measures),
        price=None if price is None else price.each * unit_size(unit, measures),
        currency=prices.currency,
        details={"resource": stood.id},
    )


def _hours_of(measures: Measure, day: dt.date) -> int:
    """Return how many hours one of a measure has: a month has the days that it has."""
    match measures:
        case Measure.DAY:
            return 24
        case Measure.MONTH | Measure.GIGABYTE_MONTH:
            return 24 * calendar.monthrange(day.year, day.month)[1]
    return 1
