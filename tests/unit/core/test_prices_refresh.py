"""The price list made anew of answers of the Retail Prices API."""

import copy
import datetime as dt
from typing import Any

import pytest
import yaml

from llama_azure_core._facts import load_facts
from llama_azure_core.prices import PriceList, price_list
from llama_azure_core.prices_refresh import Question, Refreshed, questions, refreshed
from llama_azure_core.refreshes import EmptyAnswerError

OLD = load_facts("prices")
ON = dt.date(2026, 12, 1)
SIZE = "Standard_NC24ads_A100_v4"
VM = f"vm/{SIZE}"
SENT = "tokens/foundry/GlobalStandard/Llama-3.3-70B-Instruct/input"


def machine(**more: Any) -> dict[str, Any]:
    """Return a row of the API, in Azure's own shape."""
    row = {
        "currencyCode": "USD", "tierMinimumUnits": 0.0, "retailPrice": 4.5, "unitPrice": 4.5, "armRegionName": "eastus",
        "location": "US East", "effectiveStartDate": "2026-11-01T00:00:00Z", "meterId": "an id", "meterName": "NC24ads",
        "productName": "Virtual Machines NCadsA100v4 Series", "skuName": "NC24ads A100 v4", "type": "Consumption",
        "serviceName": "Virtual Machines", "unitOfMeasure": "1 Hour", "isPrimaryMeterRegion": True, "armSkuName": SIZE,
    }  # fmt: skip
    return {**row, **more}


def tokens(region: str, amount: float, **more: Any) -> dict[str, Any]:
    meter = price_list().meters[SENT]
    named = {"productName": meter.product, "meterName": meter.meter, "armSkuName": "", "unitOfMeasure": "1K"}
    return machine(**{**named, "armRegionName": region, "retailPrice": amount, **more})


def made_of(*rows: dict[str, Any], regions: tuple[str, ...] = ()) -> Refreshed:
    asked = questions(price_list(), regions)
    return refreshed(copy.deepcopy(OLD), dict.fromkeys(asked, rows), ON, regions)


def prices(made: Refreshed, key: str) -> dict[str, Any]:
    return {row["region"]: row for row in made.content["meters"][key]["prices"]}


def test_a_price_is_taken_over_with_its_meter_its_day_and_its_source() -> None:
    made = made_of(machine())
    assert prices(made, VM)["eastus"] == {
        "region": "eastus", "amount": 4.5, "unit": "1 Hour", "meterId": "an id", "effective": dt.date(2026, 11, 1),
        "seen": ON, "source": ["S280"], "confidence": "observed",
    }  # fmt: skip
    assert f"{VM} eastus: 4.5 USD for 1 Hour, before 3.673 USD for 1 Hour" in made.changes
    assert made.content["asOf"] == ON
    PriceList.model_validate(yaml.safe_load(yaml.safe_dump(made.content)))


@pytest.mark.parametrize(
    "other",
    [
        {"productName": "Virtual Machines NCadsA100v4 Series Windows"},
        {"skuName": "NC24ads A100 v4 Spot"},
        {"meterName": "NC24ads A100 v4 Low Priority"},
        {"type": "DevTestConsumption"},
        {"type": "Reservation"},
        {"currencyCode": "EUR"},
        {"retailPrice": 0.0},
        {"effectiveStartDate": "2027-01-01T00:00:00Z"},
        {"effectiveEndDate": "2026-11-15T00:00:00Z"},
        {"armRegionName": "usgovvirginia"},
        {"armSkuName": "Standard_NC48ads_A100_v4"},
    ],
)
def test_what_is_another_price_is_left_alone(other: dict[str, Any]) -> None:
    made = made_of(
        machine(retailPrice=4.5), machine(retailPrice=99.0, effectiveStartDate="2026-11-02T00:00:00Z") | other
    )
    assert prices(made, VM)["eastus"]["amount"] == 4.5


def test_of_several_days_the_last_that_has_come_counts() -> None:
    older, newer = machine(retailPrice=9.0, effectiveStartDate="2025-01-01T00:00:00Z"), machine()
    assert prices(made_of(newer, older), VM) == prices(made_of(older, newer), VM)


def test_what_is_free_at_first_has_the_price_of_what_comes_after() -> None:
    meter = price_list().meters["logs/ingestion"]
    named = {"productName": meter.product, "meterName": meter.meter, "armSkuName": "", "unitOfMeasure": "1 GB"}
    free, paid = machine(**named, retailPrice=0.0), machine(**named, retailPrice=2.99, tierMinimumUnits=5.0)
    found = prices(made_of(free, paid), "logs/ingestion")["eastus"]
    assert (found["amount"], found["from"]) == (2.99, 5.0)


def test_a_global_meter_is_told_once_and_the_regions_that_differ_beside_it() -> None:
    made = made_of(tokens("eastus", 0.0007), tokens("swedencentral", 0.0007), tokens("uaenorth", 0.0008))
    assert {region: row["amount"] for region, row in prices(made, SENT).items()} == {
        "everywhere": 0.0007, "uaenorth": 0.0008,
    }  # fmt: skip


def test_a_unit_is_converted_and_not_compared_as_written() -> None:
    made = made_of(tokens("eastus", 0.71, unitOfMeasure="1M"))
    found = PriceList.model_validate(made.content).price(SENT, "eastus")
    before = price_list().price(SENT, "eastus")
    assert found is not None
    assert before is not None
    assert found.per_million == before.per_million


def test_fine_tuning_and_other_models_meters_are_not_taken_for_it() -> None:
    name = price_list().meters[SENT].meter
    made = made_of(machine(), *(tokens("eastus", 9.0, meterName=other) for other in (f"{name} FT", f"FT {name}", "x")))
    assert prices(made, SENT) == {row["region"]: row for row in OLD["meters"][SENT]["prices"]}


def test_a_meter_that_the_api_does_not_list_keeps_what_others_told_and_is_named() -> None:
    made = made_of(machine())
    assert SENT in made.missing
    assert prices(made, SENT) == {row["region"]: row for row in OLD["meters"][SENT]["prices"]}


def test_a_price_that_the_api_once_listed_goes_where_it_lists_it_no_more() -> None:
    first = made_of(machine(), tokens("eastus", 0.0007))
    asked = dict.fromkeys(questions(price_list()), (tokens("eastus", 0.0007),))
    again = refreshed(first.content, asked, ON + dt.timedelta(days=1))
    assert not prices(again, VM)
    assert f"gone: {VM} eastus, before 4.5 USD for 1 Hour" in again.changes


def test_regions_that_were_not_asked_stay_and_prices_of_the_marketplace_too() -> None:
    made = made_of(machine(armRegionName="swedencentral"), regions=("swedencentral",))
    assert prices(made, VM).keys() == {"eastus", "swedencentral"}
    market = {key: one for key, one in OLD["meters"].items() if one.get("marketplace")}
    assert {key: made.content["meters"][key] for key in market} == market


@pytest.mark.parametrize("rows", [(), (machine(armSkuName="Standard_Other"),)])
def test_an_answer_without_any_of_the_meters_is_refused(rows: tuple[Any, ...]) -> None:
    with pytest.raises(EmptyAnswerError, match="lists none of the meters"):
        made_of(*rows)


@pytest.mark.parametrize("wrong", [{"unitOfMeasure": "much"}, {"effectiveStartDate": "soon"}, {"retailPrice": None}])
def test_a_row_that_cannot_be_read_is_refused_and_never_counted_as_something(wrong: dict[str, Any]) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        made_of(machine(**wrong))


def test_a_refresh_that_says_the_same_changes_the_day_alone() -> None:
    first = made_of(machine(), tokens("eastus", 0.0007))
    answers: dict[Question, Any] = dict.fromkeys(questions(price_list()), (machine(), tokens("eastus", 0.0007)))
    again = refreshed(first.content, answers, ON + dt.timedelta(days=1))
    assert again.changes == ()
    assert again.content["asOf"] > first.content["asOf"]


def test_every_meter_of_azures_is_asked_for_once_and_questions_stay_short() -> None:
    asked = questions(price_list(), ("eastus", "swedencentral"))
    keys = [key for one in asked for key in one.keys]
    assert sorted(keys) == sorted(key for key, one in price_list().meters.items() if not one.marketplace)
    assert all(len(one.filter) < 1500 for one in asked)
    assert all("armRegionName eq 'swedencentral'" in one.filter for one in asked)
