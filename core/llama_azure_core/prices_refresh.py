"""The price list made anew of what the Retail Prices API answers. Pure: ``refresh-prices`` asks and writes.

A meter that the API does not list keeps the price that is known, for a missing meter is unknown, and not free; one that
the API was once seen to list, and lists no more, goes.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from llama_azure_core.prices import EVERYWHERE, Meter, PriceList, unit_size
from llama_azure_core.refreshes import EmptyAnswerError, changed_lines
from llama_azure_core.regions import region_names

OBSERVED = "S280"
_SIZES_AT_ONCE = 12
# Other ways to pay for the same machine.
_OTHER_OFFERS = re.compile(r"\b(spot|low priority)\b", re.IGNORECASE)
_OTHER_MACHINES = re.compile(r"\b(windows|cloudservices|cloud services|dedicated host)\b", re.IGNORECASE)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A filter of the Retail Prices API, and the meters that its answer is of."""

    filter: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A price list made anew."""

    content: Row
    """The whole file's."""
    changes: tuple[str, ...]
    """What is otherwise than before, a line each."""
    missing: tuple[str, ...]
    """The keys of meters that the API does not list in any region that was asked, and that it was asked for."""


def questions(prices: PriceList, regions: Sequence[str] = ()) -> tuple[Question, ...]:
    """Return what to ask the API, so that its answers hold every meter of the list that it may have.

    Args:
        prices: the list.
        regions: the ARM names of the regions to ask for; every region where it is empty.
    """
    groups: dict[tuple[str, str, int], list[str]] = {}
    sized = {key for key, one in prices.meters.items() if one.size}
    for key, meter in prices.meters.items():
        if meter.marketplace or not meter.service:
            continue
        of_sizes = sum(
            key in sized for (service, *_), keys in groups.items() if service == meter.service for key in keys
        )
        part = 1 + of_sizes // _SIZES_AT_ONCE if meter.size else 0
        groups.setdefault((meter.service, meter.product, part), []).append(key)
    return tuple(
        Question(_filter(service, product, [prices.meters[key] for key in keys], regions), tuple(keys))
        for (service, product, _), keys in groups.items()
    )


def _filter(service: str, product: str, meters: Sequence[Meter], regions: Sequence[str]) -> str:
    parts = [f"serviceName eq {_quoted(service)}"]
    if product:
        parts.append(f"productName eq {_quoted(product)}")
    parts.append("priceType eq 'Consumption'")
    if meters[0].size:
        parts.append(_any_of("armSkuName", [one.size for one in meters]))
    if regions:
        parts.append(_any_of("armRegionName", [*regions, "Global", ""]))
    return " and ".join(parts)


def _any_of(field: str, values: Sequence[str]) -> str:
    return f"({' or '.join(f'{field} eq {_quoted(value)}' for value in values)})"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def refreshed(
    old: Mapping[str, Any],
    answers: Mapping[Question, Sequence[Mapping[str, Any]]],
    on: dt.date,
    regions: Sequence[str] = (),
) -> Refreshed:
    """Return the price list with what the API answers.

    Args:
        old: the file's content.
        answers: by question: the items of all its pages.
        on: the day of the answers.
        regions: the regions that were asked for; every region where it is empty.

    Raises:
        EmptyAnswerError: no answer holds a meter of the list.
        ValueError: what was answered makes no price list.
    """
    before = PriceList.model_validate(old)
    meters: dict[str, Row] = {key: dict(one) for key, one in old["meters"].items()}
    found_any, missing = False, []
    for question, items in answers.items():
        for key in question.keys:
            told = dict(_told(before.meters[key], items, before.currency, on))
            if told:
                found_any = True
            else:
                missing.append(key)
            meters[key]["prices"] = _merged(meters[key], told, regions)
    if not found_any:
        raise EmptyAnswerError("the Retail Prices API lists none of the meters")
    content = {**old, "asOf": on, "meters": meters}
    PriceList.model_validate(content)
    return Refreshed(content, tuple(changed_lines(_facts_of(old), _facts_of(content), shows_gone=True)), tuple(missing))


def _told(meter: Meter, items: Iterable[Mapping[str, Any]], currency: str, on: dt.date) -> Iterator[tuple[str, Row]]:
    """Yield by region the price that holds on the day."""
    known = {*region_names()}
    best: dict[str, tuple[Any, Row]] = {}
    for item in items:
        region = str(item.get("armRegionName") or "").lower()
        region = EVERYWHERE if region in {"", "global"} else region
        if region not in known and region != EVERYWHERE:
            continue  # of another cloud, or a zone of prices
        if not _is_of(meter, item, currency):
            continue
        since = dt.date.fromisoformat(str(item["effectiveStartDate"])[:10])
        until = str(item.get("effectiveEndDate") or "")[:10]
        amount, first = Decimal(str(item["retailPrice"])), Decimal(str(item.get("tierMinimumUnits") or 0))
        if amount <= 0 or since > on or (until and dt.date.fromisoformat(until) < on):
            continue  # what is free at first, to come, or over
        rank = (since, -first, bool(item.get("isPrimaryMeterRegion", True)))
        if region not in best or rank > best[region][0]:
            best[region] = rank, _row(meter, region, item, amount, first, since, on)
    rows = {region: row for region, (_, row) in best.items()}
    yield from (_everywhere(rows) if meter.same_everywhere and EVERYWHERE not in rows else rows).items()


def _everywhere(rows: Mapping[str, Row]) -> dict[str, Row]:
    """Say once what most regions say, and beside it what others say."""
    if not rows:
        return {}
    usual = Counter((str(row["amount"]), row["unit"]) for row in rows.values()).most_common(1)[0][0]
    first = next(row for row in rows.values() if (str(row["amount"]), row["unit"]) == usual)
    others = {name: row for name, row in rows.items() if (str(row["amount"]), row["unit"]) != usual}
    return {EVERYWHERE: {**first, "region": EVERYWHERE}, **others}


def _is_of(meter: Meter, item: Mapping[str, Any], currency: str) -> bool:
    if item.get("currencyCode") != currency or item.get("type", "Consumption") != "Consumption":
        return False
    named = str(item.get("meterName") or "")
    if meter.size:
        described = f"{item.get('productName')} {item.get('skuName')} {named}"
        same = str(item.get("armSkuName") or "").casefold() == meter.size.casefold()
        return same and not _OTHER_OFFERS.search(described) and not _OTHER_MACHINES.search(described)
    product = str(item.get("productName") or "")
    return named.casefold() == meter.meter.casefold() and product.casefold() == meter.product.casefold()


def _row(
    meter: Meter, region: str, item: Mapping[str, Any], amount: Decimal, first: Decimal, since: dt.date, on: dt.date
) -> Row:
    unit = str(item["unitOfMeasure"])
    unit_size(unit, meter.measures)
    row: Row = {"region": region, "amount": float(amount), "unit": unit}
    if first:
        row["from"] = float(first)
    meter_id = {"meterId": str(item["meterId"])} if item.get("meterId") else {}
    return {**row, **meter_id, "effective": since, "seen": on, "source": [OBSERVED], "confidence": "observed"}


def _merged(meter: Mapping[str, Any], told: Mapping[str, Row], asked: Sequence[str]) -> list[Row]:
    """Return a meter's prices: those told now, and of before what no answer was about."""
    kept = {}
    for row in meter["prices"]:
        is_asked = not asked or row["region"] in asked or row["region"] == EVERYWHERE
        # A price that somebody else told stays where the API knows nothing of the meter at all.
        if not is_asked or (not told and row["confidence"] != "observed"):
            kept[row["region"]] = row
    return [*{**kept, **told}.values()]


def _facts_of(content: Mapping[str, Any]) -> dict[str, str]:
    """Return what a list says, by meter and region, as it is printed."""
    return {
        f"{key} {row['region']}": _words(row, content["currency"])
        for key, meter in content["meters"].items()
        for row in meter["prices"]
    }


def _words(row: Mapping[str, Any], currency: str) -> str:
    first = f" from {row['from']:g} on" if row.get("from") else ""
    return f"{row['amount']:g} {currency} for {row['unit']}{first}"
