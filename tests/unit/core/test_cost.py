"""The estimate: what stands there, what tokens cost, what a load comes to, and what is not known."""

import json
from decimal import Decimal
from typing import Any

import pytest

from llama_azure.estate import build_estate
from llama_azure_core.metered import monthly
from llama_azure_core.plan import Plan, plan
from llama_azure_core.plan.cost import Estimate, estimate
from llama_azure_core.plan.cost_report import as_document, budget_words, estimate_lines
from llama_azure_core.prices import Meter, PriceList, price_list
from llama_azure_core.resource_types import resource_types
from llama_azure_core.settings import SettingsError, parse_settings
from tests.support.whole_stack import (
    Config,
    config_of,
    foundry_stack,
    fronted_guest_stack,
    fronted_stack,
    moving_stack,
    own_stack,
    shared_stack,
    spread_stack,
)
from tests.unit.components.recording import SUBSCRIPTION, record

DAYS = Decimal(730) / 24


def planned(stack: Config) -> Plan:
    return plan(parse_settings(config_of(stack), "f"), subscription=SUBSCRIPTION, stack="test")


def every_price_known() -> PriceList:
    """The installed list with a price for each meter, another one for each."""
    row: dict[str, Any] = {"region": "everywhere", "seen": "2026-11-28", "source": ["S1"], "confidence": "inferred"}
    units = {"token": "1K", "hour": "1 Hour", "day": "1/Day", "gigabyte": "1 GB", "gigabyteMonth": "1 GB/Month"}
    meters = {
        key: Meter.model_validate(
            {
                **one.model_dump(by_alias=True, exclude={"prices"}),
                "prices": [{**row, "amount": number, "unit": units.get(one.measures, "1")}],
            }
        )
        for number, (key, one) in enumerate(price_list().meters.items(), start=1)
    }
    meters["redis/Balanced_B1"] = meters["redis/Balanced_B0"]  # a SKU that the list does not have
    return price_list().model_copy(update={"meters": meters})


def foundry_cost(**endpoint: Any) -> Estimate:
    stack = foundry_stack()
    stack["projects"]["assistants"]["endpoints"]["chat"] |= endpoint
    return estimate(planned(stack))


@pytest.mark.parametrize(
    "stack",
    [
        own_stack,
        shared_stack,
        foundry_stack,
        moving_stack,
        fronted_stack,
        fronted_guest_stack,
        spread_stack,
    ],
    ids=lambda one: one.__name__,
)
def test_settings_and_the_resources_made_of_them_come_to_the_same_month(stack: Any) -> None:
    prices, config = every_price_known(), stack()
    settings = parse_settings(config_of(config), "f")
    monitor, _ = record(lambda: build_estate(settings))
    made = [
        (resource_types()[one.type].name, config["location"], one.inputs)
        for one in monitor.registrations
        if one.custom and one.type in resource_types()
    ]
    found = estimate(planned(config), prices)
    told = monthly(made, prices)
    assert found.fixed == told.amount
    assert found.fixed > 0
    assert not told.unknown


def test_expected_tokens_are_counted_by_the_months_days() -> None:
    found = foundry_cost(expectedTokensPerDay={"input": 10_000_000, "output": 2_000_000})
    (chat,) = found.endpoints
    assert chat.tokens.input is not None
    assert chat.tokens.output is not None
    expected = DAYS * (10 * chat.tokens.input.per_million + 2 * chat.tokens.output.per_million)
    assert chat.monthly == pytest.approx(expected)
    assert found.tokens == chat.monthly
    assert found.total == found.fixed + chat.monthly
    assert found.is_whole


def test_without_an_expected_load_there_is_a_price_and_no_figure() -> None:
    stack = foundry_stack()
    del stack["projects"]["assistants"]["endpoints"]["chat"]["expectedTokensPerDay"]
    found = estimate(planned(stack))
    (chat,) = found.endpoints
    assert chat.tokens.input is not None
    assert (chat.monthly, found.tokens) == (None, None)
    assert found.is_whole


def test_an_unknown_price_is_in_no_sum_and_is_told() -> None:
    found = estimate(planned(own_stack()))
    endpoint = next(one for one in found.endpoints if one.name == "llama-8b")
    assert endpoint.monthly is None
    assert "no price of a token of Meta-Llama-3-8B-Instruct" in endpoint.unknown
    machines = next(one for one in found.lines if one.key.startswith("vm/"))
    assert machines.monthly is None
    assert "no price is known in eastus2; in eastus it is 10,725.16 USD a month" in machines.note
    assert not found.is_whole
    assert as_document(found)["endpoints"][0]["perMillionTokens"] == {"input": None, "output": None}


def test_autoscale_is_told_as_the_most() -> None:
    stack = own_stack()
    stack["location"] = "eastus"
    found = estimate(planned(stack))
    blue = next(one for one in found.lines if one.subject == "llama-chat/blue")
    assert blue.price is not None
    assert (blue.monthly, blue.most) == (blue.price.each * 2 * 730, blue.price.each * 5 * 730)
    assert found.most > found.fixed


def test_machines_that_stand_there_anyway_have_a_price_for_the_expected_tokens() -> None:
    stack = own_stack()
    stack["location"] = "eastus"
    found = estimate(planned(stack))
    chat = next(one for one in found.endpoints if one.name == "llama-chat")
    assert chat.fixed is not None
    assert chat.per_million == pytest.approx(chat.fixed / (DAYS * Decimal("2.5")))
    assert not chat.by_the_token


def test_provisioned_throughput_is_paid_by_the_hour_and_not_by_the_token() -> None:
    stack = foundry_stack()
    stack["projects"]["assistants"]["endpoints"]["chat"]["foundry"] |= {
        "sku": "GlobalProvisionedManaged",
        "capacity": 100,
    }
    found = estimate(planned(stack), every_price_known())
    (chat,) = found.endpoints
    assert chat.tokens.input is None
    assert chat.fixed is not None
    assert chat.fixed > 0
    assert chat.monthly == chat.fixed
    assert found.tokens is None


def test_tokens_are_expected_of_the_back_end_that_an_endpoint_moves_to() -> None:
    stack = moving_stack()
    stack["projects"]["assistants"]["endpoints"]["chat"]["expectedTokensPerDay"] = {"input": 5, "output": 6}
    expected = {one.back_end.value: one.expected for one in estimate(planned(stack)).endpoints}
    assert expected == {"serverless": (5, 6), "foundry": None, "managed": None}


def test_the_marketplace_is_told_apart() -> None:
    found = {one.back_end.value: one for one in estimate(planned(moving_stack())).endpoints}
    assert found["serverless"].tokens.marketplace
    assert not found["foundry"].tokens.marketplace
    assert any("Azure credit does not pay" in one for one in estimate(planned(moving_stack())).assumptions)


def test_what_exists_already_costs_the_stack_nothing() -> None:
    found = estimate(planned(shared_stack()))
    assert {one.key.split("/")[0] for one in (*found.lines, *found.by_use)} == {
        "vm",
        "privateEndpoint",
        "privateEndpointData",
    }


def test_an_estimate_is_json_in_which_amounts_are_texts() -> None:
    document = json.loads(json.dumps(as_document(foundry_cost())))
    assert document["endpoints"][0]["perMillionTokens"] == {"input": "0.71000000", "output": "0.71000000"}
    assert document["endpoints"][0]["prices"]["input"]["meterId"]
    assert isinstance(document["monthly"]["fixed"], str)


@pytest.mark.parametrize("load", [{"input": -1, "output": 1}, {"input": 1}, 5, {"input": 1, "output": 1, "cached": 1}])
def test_an_expected_load_that_is_none_is_refused_with_its_path(load: Any) -> None:
    with pytest.raises(SettingsError, match=r"chat\.expectedTokensPerDay"):
        foundry_cost(expectedTokensPerDay=load)


@pytest.mark.parametrize(("amount", "share", "is_over"), [(10_000, "2.592 %", False), (100, "259.2 %", True)])
def test_an_estimate_is_compared_with_the_budget(amount: int, share: str, is_over: bool) -> None:
    stack = foundry_stack()
    del stack["foundry"]["privateEndpoint"], stack["alerts"]
    found = estimate(planned({**stack, "budget": {"amount": amount}}))
    assert found.is_over == is_over
    assert f"the budget is {amount:,} a month" in budget_words(found)
    assert f"this is {share} of it" in budget_words(found)
    assert budget_words(found) in list(estimate_lines(found))
