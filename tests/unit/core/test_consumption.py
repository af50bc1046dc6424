"""Rows of usage, in both kinds that Azure answers with, put together by project, offer and tag."""

import json
from decimal import Decimal
from typing import Any

import pytest

from llama_azure_core.catalogue import find_model
from llama_azure_core.consumption import (
    NO_PROJECT,
    NOT_TOLD,
    by_offer,
    by_project,
    by_tag,
    group_document,
    grouped,
    read_budget,
    read_usage,
    scopes,
    total,
)
from llama_azure_core.plan import Plan, plan
from llama_azure_core.settings import parse_settings
from tests.support.whole_stack import config_of, foundry_stack, own_stack

SUBSCRIPTION = "00000000-0000-0000-0000-00000000abcd"


def planned(stack: dict[str, Any]) -> Plan:
    return plan(parse_settings(config_of(stack), "f"), subscription=SUBSCRIPTION, stack="test")


def legacy(resource: str, cost: float | None = 1.5, **more: Any) -> dict[str, Any]:
    amount = {} if cost is None else {"cost": cost}
    properties = {
        "date": "2026-11-03T00:00:00.0000000Z",
        "resourceId": resource,
        "product": "a product",
        "quantity": 2.0,
        "billingCurrency": "USD",
        "publisherType": "Azure",
        "meterDetails": {"meterName": "a meter", "unitOfMeasure": "1K"},
        **amount,
        **more,
    }
    return {"id": "one", "kind": "legacy", "tags": {"Owner": "platform"}, "properties": properties}


def modern(resource: str, **more: Any) -> dict[str, Any]:
    properties = {
        "date": "2026-11-03T00:00:00Z",
        "instanceName": resource,
        "product": "a product",
        "quantity": 2,
        "billingCurrencyCode": "EUR",
        "costInBillingCurrency": 1.25,
        "publisherType": "Marketplace",
        "meterName": "a meter",
        "unitOfMeasure": "1K",
        **more,
    }
    return {"id": "two", "kind": "modern", "tags": None, "properties": properties}


def test_both_kinds_of_rows_are_read() -> None:
    one, two = read_usage([legacy("/r/one"), modern("/r/two")])
    assert (one.resource, one.cost, one.currency, one.marketplace) == ("/r/one", Decimal("1.5"), "USD", False)
    assert (two.resource, two.cost, two.currency, two.marketplace) == ("/r/two", Decimal("1.25"), "EUR", True)
    assert {(one.meter, one.unit, one.quantity), (two.meter, two.unit, two.quantity)} == {("a meter", "1K", Decimal(2))}


@pytest.mark.parametrize("wrong", [{"date": None}, {"date": "someday"}, {"quantity": None}, {"quantity": "much"}])
def test_a_row_without_day_or_quantity_is_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no date and quantity that can be read: one"):
        read_usage([legacy("/r", **wrong)])


def test_an_unknown_cost_is_in_no_sum_and_stands_beside_it() -> None:
    rows = read_usage([legacy("/r"), legacy("/r", None, meterDetails={"meterName": "dear", "unitOfMeasure": "1 Hour"})])
    found = total(rows)
    assert found.amounts == {"USD": Decimal("1.5")}
    assert found.unknown == ("dear",)
    assert found.quantities["dear", "1 Hour"] == 2
    assert group_document(found)["unknownCost"] == ["dear"]


def test_currencies_are_not_added_up_and_the_marketplace_is_told_apart() -> None:
    found = total(read_usage([legacy("/r"), modern("/r"), modern("/r")]))
    assert found.amounts == {"USD": Decimal("1.5"), "EUR": Decimal("2.5")}
    assert found.marketplace == {"EUR": Decimal("2.5")}


def test_rows_are_put_together_by_tag_whatever_its_case_and_the_rest_is_not_told() -> None:
    rows = read_usage([legacy("/r"), modern("/r")])
    assert [(one.name, *one.amounts) for one in grouped(rows, by_tag("owner"))] == [
        ("platform", "USD"), (NOT_TOLD, "EUR"),
    ]  # fmt: skip
    assert [one.name for one in grouped(rows, by_offer)] == ["a product"]


def test_what_lies_in_a_project_is_the_projects() -> None:
    made = planned(own_stack())
    name = by_project(made)
    inside, hub = (legacy(one) for one in (f"{made.projects[0].id}/onlineEndpoints/e", made.hub.id or ""))
    assert [name(one) for one in read_usage([inside, hub])] == ["assistants", NO_PROJECT]


def saas(made: Plan) -> str:
    offer = find_model("Meta-Llama-3-8B-Instruct").marketplace
    assert offer is not None
    return f"{made.group_id}/providers/Microsoft.SaaS/resources/{offer.offer_id}-0123"


def test_a_marketplace_offer_is_of_the_one_project_that_has_it() -> None:
    made = planned(own_stack())
    assert [by_project(made)(one) for one in read_usage([legacy(saas(made))])] == ["assistants"]


def test_an_offer_that_two_projects_have_is_not_told_to_be_one_ones() -> None:
    stack = own_stack()
    stack["projects"]["search"] = {"serverless": [{"model": "Meta-Llama-3-8B-Instruct", "name": "another"}]}
    made = planned(stack)
    assert [by_project(made)(one) for one in read_usage([legacy(saas(made))])] == ["assistants or search"]
    told: dict[str, Any] = {"additionalInfo": json.dumps({"project": made.projects[1].id})}
    assert [by_project(made)(one) for one in read_usage([legacy(saas(made), 1.5, **told)])] == ["search"]


def test_tokens_of_a_foundry_resource_are_its_only_projects() -> None:
    made = planned(foundry_stack())
    assert made.foundry is not None
    assert [by_project(made)(one) for one in read_usage([legacy(made.foundry.id.upper())])] == ["assistants"]


def test_costs_are_booked_in_the_groups_of_the_stack_and_of_what_it_uses() -> None:
    made = planned(foundry_stack())
    assert scopes(made) == (made.group_id,)
    stack = foundry_stack()
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-other"
    stack["foundry"] = {"existing": f"{group}/providers/Microsoft.CognitiveServices/accounts/there"}
    del stack["projects"]["assistants"]["endpoints"]["chat"]["foundry"]["contentFilter"]
    del stack["alerts"]  # rules lie in a resource group of the stack's own
    assert scopes(planned(stack)) == (made.group_id, group)


def test_a_budget_tells_what_of_it_is_spent() -> None:
    row = {
        "name": "b",
        "properties": {"amount": 200, "timeGrain": "Monthly", "currentSpend": {"amount": 50, "unit": "EUR"}},
    }
    found = read_budget(row)
    assert (found.percent, found.currency, found.forecast) == (Decimal(25), "EUR", None)
    assert read_budget({"name": "b", "properties": {"amount": 200}}).percent is None
