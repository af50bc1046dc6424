"""List prices: what a token, an hour or a gigabyte costs, as far as it is known.

Facts: ``facts/prices.yaml``, which ``refresh-prices`` writes. They are before tax, discounts, reservations and savings
plans. A price that is not known is ``None`` and printed as unknown: it is never 0.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Self

from pydantic import Field, model_validator

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue import BackEnd
from llama_azure_core.frozen import Frozen
from llama_azure_core.regions import normalise_region

EVERYWHERE = "everywhere"
"""The region of a price that holds in all of them."""
UNKNOWN = "unknown"
"""How a price that is not known is printed."""
MILLION = Decimal(1_000_000)
SERVERLESS_SKU = "Consumption"

_UNIT = re.compile(r"(\d+)([KM]?)(?:\s*/?\s*([A-Za-z/]+))?")
_THOUSANDS = {"": 1, "K": 1_000, "M": 1_000_000}
_TIMES = {"second": Fraction(1, 3600), "hour": Fraction(1)}
_CENT = Decimal("0.01")


class Measure(StrEnum):
    """What a meter counts."""

    TOKEN = "token"  # noqa: S105 - no secret
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    GIGABYTE = "gigabyte"
    GIGABYTE_MONTH = "gigabyteMonth"
    OPERATION = "operation"
    TEXT_RECORD = "textRecord"

    @property
    def words(self) -> str:
        """What people call it."""
        return {"gigabyte": "GB", "gigabyteMonth": "GB and month", "textRecord": "text record"}.get(self, self.value)


class RegionPrice(Frozen):
    """What a meter costs in a region, and who says so."""

    region: str
    """A region's ARM name, or ``everywhere``."""
    amount: Decimal = Field(gt=0)
    """Of one unit, in the currency of the list."""
    unit: str
    """As the Retail Prices API spells it, such as 1K, 1 Hour or 1 GB/Month; it must fit what the meter counts."""
    first: Decimal = Field(default=Decimal(0), alias="from", ge=0)
    """From how many of a month on, where the first ones are free."""
    meter_id: str = ""
    effective: dt.date | None = None
    """Since when Azure asks it."""
    seen: dt.date
    """When it was read."""
    source: tuple[str, ...] = Field(min_length=1)
    confidence: str


class Meter(Frozen):
    """A meter of Azure's, or of a Marketplace offer, and its prices."""

    measures: Measure
    service: str = ""
    product: str = ""
    meter: str = ""
    size: str = ""
    """The name of a virtual machine size."""
    marketplace: bool = False
    """Whether a publisher sells it in the Azure Marketplace; Azure's credit pays none of that."""
    same_everywhere: bool = False
    """Whether one price holds in all regions, where the API lists it for each."""
    note: str = ""
    prices: tuple[RegionPrice, ...]

    @model_validator(mode="after")
    def _units_fit(self) -> Self:
        for one in self.prices:
            unit_size(one.unit, self.measures)
        return self


@dataclass(frozen=True, slots=True)
class Price:
    """What one of what a meter counts costs, and where that is known from."""

    key: str
    """The meter's key in the price list."""
    each: Decimal
    """Of one token, hour, gigabyte and so on."""
    currency: str
    measures: Measure
    meter: str
    meter_id: str
    region: str
    effective: dt.date | None
    seen: dt.date
    source: tuple[str, ...]
    confidence: str
    marketplace: bool
    first: Decimal

    @property
    def per_million(self) -> Decimal:
        """Of a million."""
        return self.each * MILLION


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """What a model's tokens cost."""

    input: Price | None
    output: Price | None

    @property
    def marketplace(self) -> bool:
        """Whether the Marketplace sells them."""
        return any(one is not None and one.marketplace for one in (self.input, self.output))


class PriceList(Frozen):
    """All prices that are known."""

    as_of: dt.date
    currency: str = Field(pattern="^[A-Z]{3}$")
    hours_per_month: int = Field(gt=0)
    meters: Mapping[str, Meter]

    def price(self, key: str, region: str) -> Price | None:
        """Return what one of what a meter counts costs in a region.

        Args:
            key: the meter's key in the list, such as ``vm/Standard_NC24ads_A100_v4``.
            region: a region's name, in any spelling.

        Returns:
            ``None`` where the list has no such meter, or no price of it there. A price elsewhere is another price.
        """
        meter = self.meters.get(key)
        if meter is None:
            return None
        by_region = {one.region: one for one in meter.prices}
        found = by_region.get(normalise_region(region)) or by_region.get(EVERYWHERE)
        if found is None:
            return None
        return Price(
            key=key,
            each=found.amount / unit_size(found.unit, meter.measures),
            currency=self.currency,
            measures=meter.measures,
            meter=meter.meter or meter.size,
            meter_id=found.meter_id,
            region=found.region,
            effective=found.effective,
            seen=found.seen,
            source=found.source,
            confidence=found.confidence,
            marketplace=meter.marketplace,
            first=found.first,
        )

    def elsewhere(self, key: str) -> Price | None:
        """Return a price of a meter in some region, to compare with; ``None`` where none is known."""
        meter = self.meters.get(key)
        return None if meter is None or not meter.prices else self.price(key, meter.prices[0].region)

    def tokens(self, model: str, back_end: BackEnd, region: str, sku: str = SERVERLESS_SKU) -> TokenPrices:
        """Return what a model's tokens cost on a back end that is paid by the token.

        Args:
            model: the model's name in the catalogue.
            back_end: serverless or foundry.
            region: the endpoint's.
            sku: of a deployment of a Foundry resource, such as GlobalStandard.
        """
        keys = [token_key(model, back_end, side, sku) for side in ("input", "output")]
        return TokenPrices(*(self.price(key, region) for key in keys))

    def monthly(self, price: Price | None, quantity: Decimal) -> Decimal | None:
        """Return what so many cost in an average month as long as they are there; ``None`` where no price is known.

        Raises:
            ValueError: the meter counts what is used, and not time.
        """
        return None if price is None else price.each * quantity * self.units_a_month(price.measures)

    def units_a_month(self, measures: Measure) -> Decimal:
        """Return how many of a measure of time an average month has.

        Raises:
            ValueError: it is no measure of time.
        """
        match measures:
            case Measure.HOUR:
                return Decimal(self.hours_per_month)
            case Measure.DAY:
                return Decimal(self.hours_per_month) / 24
            case Measure.MONTH | Measure.GIGABYTE_MONTH:
                return Decimal(1)
        raise ValueError(f"{measures.value} is no measure of time")


@cache
def price_list() -> PriceList:
    """Return the prices that are installed."""
    return PriceList.model_validate(load_facts("prices"))


def token_key(model: str, back_end: BackEnd, side: str, sku: str = SERVERLESS_SKU) -> str:
    """Return the key of the meter of a model's input or output tokens."""
    return f"tokens/{back_end.value}/{sku}/{model}/{side}"


def unit_size(unit: str, measures: Measure) -> Decimal:
    """Return how many of what a meter counts make one unit of the Retail Prices API: 1000 for 1K, 1 for 1/Hour.

    Raises:
        ValueError: it is no unit that is known, or counts something else, such as months where hours are counted.
    """
    found = _UNIT.fullmatch(unit.strip())
    if found is None or int(found[1]) == 0:
        raise ValueError(f"{unit!r} is no unit: it is like 1K, 1 Hour, 1/Day or 1 GB/Month")
    size, word = Fraction(int(found[1]) * _THOUSANDS[found[2]]), (found[3] or "").casefold().strip("/")
    if measures is Measure.HOUR and word in _TIMES:
        size *= _TIMES[word]
    elif word not in _WORDS.get(measures, frozenset({""})):
        raise ValueError(f"{unit!r} counts no {measures.words}s")
    return Decimal(size.numerator) / Decimal(size.denominator)


_WORDS = {
    Measure.HOUR: frozenset({"hour"}),
    Measure.DAY: frozenset({"day"}),
    Measure.MONTH: frozenset({"", "month"}),
    Measure.GIGABYTE: frozenset({"gb"}),
    Measure.GIGABYTE_MONTH: frozenset({"gb/month", "gib/month"}),
    Measure.TOKEN: frozenset({"", "tokens"}),
}


def money(amount: Decimal | None, currency: str) -> str:
    """Return an amount for people, to the cent; what is less than one, but not nothing, with its first digits."""
    if amount is None:
        return UNKNOWN
    if amount and abs(amount) < _CENT:
        return f"{plain(amount)} {currency}"
    return f"{amount.quantize(_CENT, ROUND_HALF_UP):,} {currency}"


def plain(number: Decimal) -> str:
    """Return a number with no more than four digits that say something, and no exponent."""
    if not number:
        return "0"
    places = max(0, 3 - number.adjusted())
    text = f"{number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
