"""A stand-in of Azure's Retail Prices API (source S280): anonymous, filtered, paged.

It lists the prices of ``facts/prices.yaml``, or those that the world sets, and beside them what the real one lists and
nobody means: Windows, Spot and low priority, reservations, prices of before, and the part of a month that is free.
"""

import datetime as dt
import json
import uuid
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from llama_azure_core.prices import EVERYWHERE, Meter, PriceList, RegionPrice, price_list
from llama_azure_core.regions import region_display_name, region_names
from llama_azure_sandbox.addresses import RETAIL_PRICES_PATH
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.billing.odata import FilterError, read_filter

_PAGE = 100  # Azure's pages have 1,000 rows; with these, small answers have several
_CASE_COUNTS_SINCE = "2023-01-01-preview"
_ALWAYS = dt.date(2020, 1, 1)
_BEFORE = dt.timedelta(days=365)
_TEXTS = (
    "armRegionName", "armSkuName", "currencyCode", "location", "meterId", "meterName", "priceType", "productId",
    "productName", "serviceFamily", "serviceId", "serviceName", "skuId", "skuName", "unitOfMeasure",
)  # fmt: skip
_PROPERTIES = {name.lower(): name for name in _TEXTS} | {"pricetype": "type"}
_FAMILIES = {"Virtual Machines": "Compute", "Foundry Models": "AI + Machine Learning", "Storage": "Storage"}

Row = dict[str, Any]


def prices_of(world: World) -> PriceList:
    """Return the prices that hold in a world: the installed list with what the world sets."""
    return _with(world.settings.retail_prices)


def _with(chosen: Mapping[str, Mapping[str, float | None]]) -> PriceList:
    known = price_list()
    if not chosen:
        return known
    meters = dict(known.meters)
    for key, by_region in chosen.items():
        kept = [one for one in meters[key].prices if one.region not in by_region]
        like = next(iter(meters[key].prices), None)
        told = [_set(meters[key], region, amount, like) for region, amount in by_region.items() if amount is not None]
        meters[key] = meters[key].model_copy(update={"prices": (*kept, *told)})
    return known.model_copy(update={"meters": meters})


def _set(meter: Meter, region: str, amount: float, like: RegionPrice | None) -> RegionPrice:
    units = {"token": "1K", "hour": "1 Hour", "day": "1/Day", "gigabyte": "1 GB", "gigabyteMonth": "1 GB/Month"}
    unit = like.unit if like is not None else units.get(meter.measures, "1")
    row = {"region": region, "amount": amount, "unit": unit, "seen": _ALWAYS, "source": ["S280"]}
    return RegionPrice.model_validate({**row, "confidence": "observed"})


def retail_price_routes(world: World) -> list[Route]:
    """Return the route of the API."""

    async def prices(request: Request) -> JSONResponse:
        return await run_in_threadpool(_answer, world, request)

    return [Route(RETAIL_PRICES_PATH, prices, methods=["GET"])]


def _answer(world: World, request: Request) -> JSONResponse:
    asked = request.query_params
    currency = (asked.get("currencyCode") or "USD").strip("'").upper()
    known = prices_of(world)
    if currency != known.currency:
        return _refused(f"The sandbox has prices in {known.currency} only, none in {currency}.")
    try:
        skip = int(asked.get("$skip") or 0)
        top = int(asked["$top"]) if "$top" in asked else None
        text, old = asked.get("$filter"), asked.get("api-version", "") < _CASE_COUNTS_SINCE
        condition = read_filter(text, _PROPERTIES, ignores_case=old) if text else None
    except (FilterError, ValueError) as error:
        return _refused(f"Invalid OData parameters supplied: {error}")
    rows = [row for row in _kept_rows(world) if condition is None or condition(row)][:top]
    page = rows[skip : skip + _PAGE]
    following = None
    if skip + _PAGE < len(rows):
        query = [(key, value) for key, value in asked.multi_items() if key != "$skip"]
        following = f"{world.base_url}{RETAIL_PRICES_PATH}?{urlencode([*query, ('$skip', str(skip + _PAGE))])}"
    return JSONResponse(
        {
            "BillingCurrency": currency,
            "CustomerEntityId": "Default",
            "CustomerEntityType": "Retail",
            "Items": page,
            "NextPageLink": following,
            "Count": len(page),
        }
    )


def _refused(message: str) -> JSONResponse:
    # The code of the refusal was not seen.
    return JSONResponse({"Error": {"Code": "BadRequest", "Message": message}}, status_code=400)


def _kept_rows(world: World) -> tuple[Row, ...]:
    """Return every row of a world, made once as long as its prices and its date stay."""
    return _rows_of(json.dumps(world.settings.retail_prices, sort_keys=True), world.as_of)


@lru_cache(maxsize=4)
def _rows_of(chosen: str, on: dt.date) -> tuple[Row, ...]:
    return tuple(_rows(_with(json.loads(chosen)), on))


def _rows(known: PriceList, on: dt.date) -> Iterator[Row]:
    for key, meter in known.meters.items():
        if meter.marketplace:
            continue
        for price in meter.prices:
            for region in _regions(key, price.region):
                yield from _of_price(known, key, meter, price, region, on)


def _regions(key: str, region: str) -> list[str]:
    """Return where the API lists a price: one of a model for each region, another under a region that is none."""
    if region != EVERYWHERE:
        return [region]
    return region_names() if key.startswith(("tokens/", "provisioned/")) else ["Global"]


def _of_price(known: PriceList, key: str, meter: Meter, price: RegionPrice, region: str, on: dt.date) -> Iterator[Row]:
    since = min(price.effective or _ALWAYS, on)
    row = _row(known.currency, key, meter, price, region) | {"effectiveStartDate": _moment(since)}
    amount = float(price.amount)
    yield row
    if price.first:
        yield row | {"tierMinimumUnits": 0.0, "retailPrice": 0.0, "unitPrice": 0.0}
    before = {"effectiveStartDate": _moment(since - _BEFORE), "effectiveEndDate": _moment(since)}
    yield row | before | _amount(amount * 2)
    if meter.size:
        yield row | _amount(amount * 1.5) | {"productName": f"{row['productName']} Windows"}
        for other in ("Spot", "Low Priority"):
            named = {"skuName": f"{row['skuName']} {other}", "meterName": f"{row['meterName']} {other}"}
            yield row | _amount(amount / 5) | named
        yield row | _amount(amount * 5000) | {"type": "Reservation", "reservationTerm": "1 Year"}


def _row(currency: str, key: str, meter: Meter, price: RegionPrice, region: str) -> Row:
    words = meter.size.removeprefix("Standard_").replace("_", " ")
    product = meter.product or f"Virtual Machines {words} Series"
    named = meter.meter or words
    return {
        "currencyCode": currency,
        "tierMinimumUnits": float(price.first),
        **_amount(float(price.amount)),
        "armRegionName": region,
        "location": "" if region == "Global" else region_display_name(region),
        "meterId": price.meter_id or _id(key, price.region),
        "meterName": named,
        "productId": _id(product)[:12].upper(),
        "skuId": f"{_id(product)[:12].upper()}/{_id(named)[:4].upper()}",
        "productName": product,
        "skuName": named.removesuffix(" Tokens"),
        "serviceName": meter.service,
        "serviceId": _id(meter.service)[:12].upper(),
        "serviceFamily": _FAMILIES.get(meter.service, "Other"),
        "unitOfMeasure": price.unit,
        "type": "Consumption",
        "isPrimaryMeterRegion": True,
        "armSkuName": meter.size,
    }


def meter_id(key: str, price_region: str, told: str) -> str:
    """Return a meter's id: Azure's where it is known, else one that is always the same."""
    return told or _id(key, price_region)


def _amount(amount: float) -> Row:
    return {"retailPrice": round(amount, 9), "unitPrice": round(amount, 9)}


def _id(*words: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(words)))


def _moment(day: dt.date) -> str:
    return f"{day}T00:00:00Z"
