"""The price list: each price with its meter, its date and its source, and none that is 0."""

from decimal import Decimal

import pydantic
import pytest

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue import BackEnd
from llama_azure_core.foundry import foundry_models
from llama_azure_core.prices import (
    EVERYWHERE,
    Measure,
    Meter,
    PriceList,
    RegionPrice,
    money,
    plain,
    price_list,
    token_key,
    unit_size,
)
from llama_azure_core.quota import vm_sizes
from llama_azure_core.regions import region_names

ROW = {"region": "eastus", "amount": 1, "unit": "1 Hour", "seen": "2026-11-28", "source": ["S1"], "confidence": "x"}


def test_every_price_has_a_source_that_is_there_and_a_region_that_is_one() -> None:
    for key, meter in price_list().meters.items():
        for one in meter.prices:
            assert set(one.source) <= load_facts("sources").keys(), key
            assert one.region in {EVERYWHERE, *region_names()}, key
            assert one.confidence in {"observed", "community", "inferred"}, key


def test_every_meter_can_be_asked_for_or_is_the_marketplaces() -> None:
    for key, meter in price_list().meters.items():
        assert meter.marketplace != bool(meter.service), key
        assert meter.meter or meter.size, key


def test_every_known_size_of_machines_has_a_meter() -> None:
    assert {f"vm/{one.name}" for one in vm_sizes().values()} <= price_list().meters.keys()


def test_token_meters_are_of_models_and_back_ends_that_exist() -> None:
    for key in price_list().meters:
        if key.startswith("tokens/"):
            _, back_end, _, model, side = key.split("/")
            assert side in {"input", "output"}
            assert BackEnd(back_end) is not BackEnd.FOUNDRY or model in foundry_models()


def test_a_price_of_nothing_is_refused() -> None:
    with pytest.raises(pydantic.ValidationError, match="greater than 0"):
        RegionPrice.model_validate({**ROW, "amount": 0})


@pytest.mark.parametrize(
    ("unit", "measure", "size"),
    [
        ("1K", Measure.TOKEN, 1000),
        ("1M", Measure.TOKEN, 10**6),
        ("10K", Measure.OPERATION, 10**4),
        ("1 Hour", Measure.HOUR, 1),
        ("1/Hour", Measure.HOUR, 1),
        ("3600 Second", Measure.HOUR, 1),
        ("1/Day", Measure.DAY, 1),
        ("1", Measure.MONTH, 1),
        ("1 GB/Month", Measure.GIGABYTE_MONTH, 1),
    ],
)
def test_units_of_the_retail_prices_api_are_counted(unit: str, measure: Measure, size: int) -> None:
    assert unit_size(unit, measure) == size


@pytest.mark.parametrize("unit", ["", "Hour", "0K", "1.5K", "K1"])
def test_a_unit_that_is_none_is_refused(unit: str) -> None:
    with pytest.raises(ValueError, match="is no unit"):
        unit_size(unit, Measure.TOKEN)


@pytest.mark.parametrize(
    ("unit", "measure"),
    [
        ("1/Month", Measure.HOUR),
        ("1 Hour", Measure.DAY),
        ("1 Hour", Measure.TOKEN),
        ("1 GB", Measure.GIGABYTE_MONTH),
        ("1 GB/Month", Measure.GIGABYTE),
        ("1K", Measure.HOUR),
    ],
)
def test_a_unit_that_counts_something_else_is_refused(unit: str, measure: Measure) -> None:
    with pytest.raises(ValueError, match="counts no"):
        unit_size(unit, measure)


def test_a_price_holds_in_its_region_alone() -> None:
    key = "vm/Standard_NC24ads_A100_v4"
    known = price_list()
    here = known.price(key, "East US")
    assert here is not None
    assert here.region == "eastus"
    assert known.price(key, "swedencentral") is None
    assert known.elsewhere(key) == here


def test_a_price_everywhere_holds_in_each_region_and_gives_way_to_the_regions_own() -> None:
    rows = [{**ROW, "region": EVERYWHERE, "amount": 1}, {**ROW, "amount": 2}]
    meter = Meter.model_validate({"measures": "hour", "service": "x", "meter": "m", "prices": rows})
    known = PriceList(as_of="2026-11-28", currency="USD", hours_per_month=730, meters={"x": meter})
    east, west = known.price("x", "eastus"), known.price("x", "westus")
    assert east is not None
    assert west is not None
    assert (east.each, west.each) == (Decimal(2), Decimal(1))


def test_what_nobody_knows_is_none_and_printed_so() -> None:
    tokens = price_list().tokens("Meta-Llama-3-70B-Instruct", BackEnd.SERVERLESS, "eastus2")
    assert (tokens.input, tokens.output) == (None, None)
    assert price_list().monthly(None, Decimal(3)) is None
    assert money(None, "USD") == "unknown"


def test_tokens_are_priced_by_the_million_with_meter_and_date() -> None:
    model = "Llama-3.3-70B-Instruct"
    tokens = price_list().tokens(model, BackEnd.FOUNDRY, "swedencentral", "GlobalStandard")
    row = price_list().meters[token_key(model, BackEnd.FOUNDRY, "input", "GlobalStandard")].prices[0]
    assert tokens.input is not None
    assert tokens.input.per_million == row.amount * 1000
    assert (tokens.input.meter_id, tokens.input.effective) == (row.meter_id, row.effective)
    assert not tokens.marketplace


@pytest.mark.parametrize(("measure", "units"), [(Measure.HOUR, 730), (Measure.MONTH, 1)])
def test_an_average_month_has_730_hours(measure: Measure, units: int) -> None:
    assert price_list().units_a_month(measure) == units
    assert price_list().units_a_month(Measure.DAY) == Decimal(730) / 24


def test_use_is_no_measure_of_time() -> None:
    with pytest.raises(ValueError, match="no measure of time"):
        price_list().units_a_month(Measure.TOKEN)


@pytest.mark.parametrize(
    ("amount", "text"),
    [("1234.565", "1,234.57 USD"), ("0", "0.00 USD"), ("0.00071", "0.00071 USD"), ("-3", "-3.00 USD")],
)
def test_money_is_told_to_the_cent_and_less_with_its_first_digits(amount: str, text: str) -> None:
    assert money(Decimal(amount), "USD") == text


@pytest.mark.parametrize(("number", "text"), [("0.710000", "0.71"), ("30.41666", "30.42"), ("12345.6", "12346")])
def test_numbers_say_no_more_than_they_know(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text
