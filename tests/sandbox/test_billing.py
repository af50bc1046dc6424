"""What is charged: tokens and time, told as usage, as sums and as the state of a budget; and list prices."""

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from llama_azure_core.catalogue import BackEnd
from llama_azure_core.consumption import EXPANDED, Used, read_usage
from llama_azure_core.prices import price_list, token_key
from llama_azure_core.regions import region_names
from llama_azure_sandbox.addresses import RETAIL_PRICES_PATH
from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.client.principals import add_principal
from llama_azure_sandbox.client.world import advance_clock, change_world, world_settings
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import SandboxError, running, trusting
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.data_plane import calling, deploy
from tests.support.estates import make_project, put_and_wait, registry_body, workspace
from tests.support.foundry import LLAMA, deploy_model, make_account
from tests.support.homes import open_home
from tests.support.online import make_online_deployment, make_online_endpoint, online_endpoint

AS_OF = dt.date(2026, 3, 30)
"""A day on which all three back ends serve the model, two days before a month ends."""
GROUP, ACCOUNT, SIZE = "rg-billing", "ai-billing", "Standard_NC24ads_A100_v4"
USAGE = "/providers/Microsoft.Consumption/usageDetails"
QUERY = "/providers/Microsoft.CostManagement/query"
BUDGET = f"/resourceGroups/{GROUP}/providers/Microsoft.Consumption/budgets/all"
QUESTION = {"messages": [{"role": "user", "content": "How far is the moon?"}], "max_tokens": 20}
MACHINE_HOUR = 4.25
DAY = 86400


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    with open_home(tmp_path_factory.mktemp("billing"), Latency.NONE, AS_OF) as home:
        change_world(home, retailPrices={f"vm/{SIZE}": {"eastus2": MACHINE_HOUR}})
        yield home


@pytest.fixture(scope="module")
def used(home: SandboxHome, arm: Arm) -> dict[str, Any]:
    """Tokens of a serverless endpoint and of a Foundry resource: what the answers said of them."""
    foundry = make_account(arm, GROUP, ACCOUNT)
    deploy_model(arm, GROUP, ACCOUNT, "chat")
    arm.call("PATCH", f"/resourceGroups/{GROUP}/providers/Microsoft.CognitiveServices/accounts/{ACCOUNT}",
             {"tags": {"owner": "platform"}})  # fmt: skip
    make_project(arm, GROUP)
    endpoint = deploy(arm, GROUP, "sold", LLAMA)
    with calling(home, endpoint["uri"], endpoint["primaryKey"]) as caller:
        sold = caller.post("/v1/chat/completions", QUESTION).json()["usage"]
    with httpx.Client(verify=trusting(home), trust_env=False) as http:
        url, body = f"{foundry['uri']}/openai/v1/chat/completions", {**QUESTION, "model": "chat"}
        own = http.post(url, json=body, headers={"api-key": foundry["key1"]}).json()["usage"]
    return {"sold": sold, "own": own, "account": foundry["id"]}


def get(arm: Arm, path: str, query: dict[str, str]) -> httpx.Response:
    return arm.call("GET", path, None, None, **query)


def rows(arm: Arm, scope: str = f"/resourceGroups/{GROUP}", **query: str) -> tuple[Used, ...]:
    answer = get(arm, f"{scope}{USAGE}", {"$expand": EXPANDED, **query})
    assert answer.status_code == 200, answer.text
    return read_usage(answer.json()["value"])


def asked(arm: Arm, scope: str = f"/resourceGroups/{GROUP}", **definition: Any) -> dict[str, Any]:
    dataset = {"granularity": "None", "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}}}
    body = {"type": "ActualCost", "timeframe": "MonthToDate", **definition}
    body["dataset"] = {**dataset, **definition.get("dataset", {})}
    answer = arm.call("POST", f"{scope}{QUERY}", body)
    assert answer.status_code == 200, answer.text
    properties: dict[str, Any] = answer.json()["properties"]
    return properties


def each(back_end: BackEnd, side: str, sku: str) -> Decimal:
    price = price_list().price(token_key(LLAMA, back_end, side, sku), "eastus2")
    assert price is not None
    return price.each


# Tokens.


def test_tokens_cost_what_the_price_list_says_the_marketplaces_apart(arm: Arm, used: dict[str, Any]) -> None:
    found = {(one.marketplace, one.meter): one for one in rows(arm)}
    for is_market, back_end, sku, spent in (
        (True, BackEnd.SERVERLESS, "Consumption", used["sold"]),
        (False, BackEnd.FOUNDRY, "GlobalStandard", used["own"]),
    ):
        for side, count in (("input", spent["prompt_tokens"]), ("output", spent["completion_tokens"])):
            meter = price_list().meters[token_key(LLAMA, back_end, side, sku)].meter
            row = found[is_market, meter]
            assert row.quantity * 1000 == pytest.approx(count)
            assert float(row.cost or 0) == pytest.approx(count * float(each(back_end, side, sku)))
            assert (row.unit, row.currency, row.day) == ("1K", "USD", AS_OF)


def test_meters_of_azures_own_have_azures_own_ids(arm: Arm, used: dict[str, Any]) -> None:
    answer = arm.call("GET", f"/resourceGroups/{GROUP}{USAGE}").json()["value"]
    ids = {one["properties"]["meterId"] for one in answer if one["properties"]["resourceId"] == used["account"]}
    keys = [token_key(LLAMA, BackEnd.FOUNDRY, side, "GlobalStandard") for side in ("input", "output")]
    assert ids == {price_list().meters[key].prices[0].meter_id for key in keys}


def test_a_row_says_of_its_meter_only_where_it_is_asked_for_and_bears_the_resources_tags(
    arm: Arm, used: dict[str, Any]
) -> None:
    plain = arm.call("GET", f"/resourceGroups/{GROUP}{USAGE}").json()["value"]
    assert {one["properties"]["meterDetails"] for one in plain} == {None}
    assert all("additionalInfo" not in one["properties"] for one in plain)
    told = get(arm, f"/resourceGroups/{GROUP}{USAGE}", {"$expand": EXPANDED}).json()["value"]
    assert all(json.loads(one["properties"]["additionalInfo"]) for one in told)
    (tags,) = [one["tags"] for one in told if one["properties"]["resourceId"] == used["account"]][:1]
    assert tags == {"owner": "platform"}


@pytest.mark.parametrize(
    ("query", "services"),
    [
        ("properties/publisherType eq 'marketplace'", {"SaaS"}),
        ("properties/publisherType eq 'azure'", {"CognitiveServices"}),
        ("tags eq 'Owner:platform'", {"CognitiveServices"}),
        ("tags eq 'owner:nobody'", set()),
        (f"properties/resourceGroup eq '{GROUP}' and properties/chargeType eq 'Usage'", {"SaaS", "CognitiveServices"}),
        ("properties/usageStart ge '2026-03-30T00:00:00Z' and properties/usageEnd le '2026-03-30'",
         {"SaaS", "CognitiveServices"}),
        ("properties/usageStart ge '2026-03-31'", set()),
    ],
)  # fmt: skip
def test_rows_are_filtered_as_the_api_says(arm: Arm, used: dict[str, Any], query: str, services: set[str]) -> None:
    answer = get(arm, f"/resourceGroups/{GROUP}{USAGE}", {"$filter": query}).json()["value"]
    assert {one["properties"]["consumedService"].removeprefix("Microsoft.") for one in answer} == services


@pytest.mark.parametrize("query", ["tags eq 'a:b' or tags eq 'c:d'", "not tags eq 'a:b'", "properties/cost gt 3", "x"])
def test_a_filter_that_the_api_does_not_take_is_refused(arm: Arm, query: str) -> None:
    answer = get(arm, f"/resourceGroups/{GROUP}{USAGE}", {"$filter": query})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


def test_a_reader_reads_usage_and_may_not_ask_for_sums(home: SandboxHome, used: dict[str, Any]) -> None:
    reader = add_principal(home, "billing-reader", role="Reader", scope=f"resourceGroups/{GROUP}")
    with sign_in(home, reader.secret) as arm:
        assert rows(arm)
        refused = arm.call("POST", f"/resourceGroups/{GROUP}{QUERY}", {})
        assert (refused.status_code, "Microsoft.CostManagement/query/action" in refused.text) == (403, True)
        assert arm.call("GET", USAGE).status_code == 403


def test_pages_are_followed_by_their_links(arm: Arm, used: dict[str, Any]) -> None:
    answer = get(arm, f"/resourceGroups/{GROUP}{USAGE}", {"$top": "2"}).json()
    assert (len(answer["value"]), "nextLink" in answer) == (2, False)


# Time.


def test_what_stands_there_costs_by_the_hour_of_the_sandboxs_clock(home: SandboxHome, arm: Arm, used: Any) -> None:
    make_online_endpoint(arm, GROUP, "machines")
    properties = {"instanceType": SIZE}
    model = "azureml://registries/azureml-meta/models/Meta-Llama-3-8B/versions/8"
    make_online_deployment(arm, GROUP, "machines", "blue", model, **properties)
    registry = f"/resourceGroups/{GROUP}/providers/Microsoft.ContainerRegistry/registries/crbilling"
    body = registry_body()
    put_and_wait(arm, registry, {**body, "sku": {"name": "Premium"}})
    advance_clock(home, seconds=3 * DAY)
    project = f"{SUBSCRIPTION}{workspace(GROUP, 'project')}"
    hours = [one for one in rows(arm) if one.resource.lower() == project.lower() and one.unit == "1 Hour"]
    assert sum(float(one.quantity) for one in hours) == pytest.approx(72, abs=0.1)
    assert sum(float(one.cost or 0) for one in hours) == pytest.approx(72 * MACHINE_HOUR, abs=0.5)
    assert {one.day for one in hours} == {AS_OF + dt.timedelta(days=number) for number in range(4)}
    assert {(one.tags["azuremlendpoint"], one.tags["azuremldeployment"]) for one in hours} == {("machines", "blue")}
    days = [one for one in rows(arm) if one.meter == price_list().meters["registry/Premium"].meter]
    assert sum(float(one.quantity) for one in days) == pytest.approx(3, abs=0.01)
    # More of them from now on, then none.
    path = f"{online_endpoint(GROUP, 'machines')}/deployments/blue"
    more = {"location": "eastus2", "sku": {"name": "Default", "capacity": 3}}
    put_and_wait(arm, path, {**more, "properties": {"endpointComputeType": "Managed", "model": model, **properties}})
    advance_clock(home, seconds=DAY)
    assert arm.call("DELETE", path).status_code in (200, 202, 204)
    advance_clock(home, seconds=DAY)
    hours = [one for one in rows(arm) if one.resource.lower() == project.lower() and one.unit == "1 Hour"]
    assert sum(float(one.quantity) for one in hours) == pytest.approx(72 + 3 * 24, abs=0.3)


def test_a_month_of_a_zone_has_the_days_that_it_has(home: SandboxHome, arm: Arm) -> None:
    group = "rg-zones"
    put_and_wait(arm, f"/resourcegroups/{group}", {"location": "eastus2"})
    zone = f"/resourceGroups/{group}/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net"
    put_and_wait(arm, zone, {"location": "global"})
    today = dt.date.fromisoformat(world_settings(home)["asOf"])
    advance_clock(home, seconds=((today.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - today).days * DAY)
    advance_clock(home, seconds=31 * DAY)
    by_month: dict[str, Decimal] = {}
    for one in rows(arm, f"/resourceGroups/{group}"):
        by_month[f"{one.day:%Y-%m}"] = by_month.get(f"{one.day:%Y-%m}", Decimal(0)) + one.quantity
    # The second month is a whole one, whichever it is.
    assert float(sorted(by_month.items())[1][1]) == pytest.approx(1, abs=0.001)
    arm.call("DELETE", f"/resourcegroups/{group}")


# Sums.


def test_a_group_that_holds_an_unknown_price_has_no_sum(home: SandboxHome, arm: Arm, used: Any) -> None:
    with sign_in(home) as arm:
        known = asked(arm, timeframe="Custom", timePeriod={"from": "2026-03-30", "to": "2026-04-01"})
        assert known["rows"][0][0] > 0
        sold = token_key(LLAMA, BackEnd.SERVERLESS, "input")
        settings = world_settings(home)["retailPrices"]
        change_world(home, retailPrices={**settings, sold: {"everywhere": None}})
        try:
            period: dict[str, Any] = {"timeframe": "Custom", "timePeriod": {"from": "2026-03-30", "to": "2026-03-30"}}
            grouping = [{"type": "Dimension", "name": "PublisherType"}]
            found = asked(arm, **period, dataset={"grouping": grouping})
            sums = {row[1]: row[0] for row in found["rows"]}
            assert sums["marketplace"] is None
            assert sums["azure"] > 0
            unknown = [one for one in rows(arm) if one.cost is None]
            assert {one.meter for one in unknown} == {price_list().meters[sold].meter}
        finally:
            change_world(home, retailPrices=settings)


@pytest.mark.parametrize(
    ("grouping", "names"),
    [
        ([{"type": "TagKey", "name": "owner"}], {None, "platform"}),
        ([{"type": "Dimension", "name": "ServiceName"}], {"SaaS", "Foundry Models"}),
        ([{"type": "Dimension", "name": "ResourceType"}],
         {"microsoft.saas/resources", "microsoft.cognitiveservices/accounts"}),
    ],
)  # fmt: skip
def test_costs_are_grouped_by_tag_and_dimension(
    home: SandboxHome, used: Any, grouping: list[dict[str, str]], names: set[str | None]
) -> None:
    tokens = {"dimensions": {"name": "ServiceName", "operator": "In", "values": ["SaaS", "Foundry Models"]}}
    period: dict[str, Any] = {"timeframe": "Custom", "timePeriod": {"from": "2026-03-30", "to": "2026-03-31"}}
    with sign_in(home) as arm:
        found = asked(arm, **period, dataset={"granularity": "Daily", "grouping": grouping, "filter": tokens})
    assert [column["name"] for column in found["columns"]] == ["Cost", "UsageDate", grouping[0]["name"], "Currency"]
    assert {row[2] for row in found["rows"]} == names
    assert {row[1] for row in found["rows"]} == {20260330}


@pytest.mark.parametrize(
    "definition",
    [
        {"type": "Guess"},
        {"timeframe": "Someday"},
        {"timeframe": "Custom"},
        {"dataset": {"granularity": "Hourly"}},
        {"dataset": {"aggregation": {}}},
        {"dataset": {"aggregation": {"a": {"name": "Cost", "function": "Average"}}}},
        {"dataset": {"grouping": [{"type": "Dimension", "name": "Colour"}]}},
        {"dataset": {"filter": {"not": {}}}},
    ],
)
def test_a_definition_that_is_none_is_refused(home: SandboxHome, definition: dict[str, Any]) -> None:
    dataset = {"granularity": "None", "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}}}
    body = {"type": "ActualCost", "timeframe": "MonthToDate", "dataset": dataset, **definition}
    body["dataset"] = {**dataset, **definition.get("dataset", {})}
    with sign_in(home) as arm:
        answer = arm.call("POST", QUERY, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


def test_a_budget_tells_what_of_it_is_spent_this_month(home: SandboxHome, used: Any) -> None:
    today = dt.date.fromisoformat(world_settings(home)["asOf"])
    period = {"startDate": f"{today.replace(day=1)}T00:00:00Z"}
    properties = {"category": "Cost", "amount": 100, "timeGrain": "Monthly", "timePeriod": period}
    with sign_in(home) as arm:
        assert arm.call("PUT", BUDGET, {"properties": properties}).is_success
        told = arm.call("GET", BUDGET).json()["properties"]["currentSpend"]
        listed = arm.call("GET", BUDGET.rpartition("/")[0]).json()["value"]
        since = [one for one in rows(arm) if one.day >= today.replace(day=1)]
    assert told["unit"] == "USD"
    assert told["amount"] == pytest.approx(float(sum((one.cost or 0 for one in since), Decimal(0))), rel=0.001)
    assert told["amount"] > 0
    assert [one["name"] for one in listed] == ["all"]
    assert listed[0]["properties"]["currentSpend"]["unit"] == "USD"


# List prices.


@pytest.fixture(scope="module")
def retail(home: SandboxHome) -> Iterator[httpx.Client]:
    record = running(home)
    assert record is not None
    with httpx.Client(base_url=record.base_url, verify=trusting(home), trust_env=False) as client:
        yield client


def listed(retail: httpx.Client, text: str, **query: str) -> list[dict[str, Any]]:
    parameters = {"api-version": "2023-01-01-preview", "$filter": text, **query}
    answer = retail.get(RETAIL_PRICES_PATH, params=parameters)
    found: list[dict[str, Any]] = []
    while True:
        assert answer.status_code == 200, answer.text
        found += answer.json()["Items"]
        assert answer.json()["Count"] == len(answer.json()["Items"])
        if answer.json()["NextPageLink"] is None:
            return found
        answer = retail.get(answer.json()["NextPageLink"])


def test_list_prices_are_told_to_anybody_in_pages(retail: httpx.Client) -> None:
    found = listed(retail, "serviceName eq 'Foundry Models' and productName eq 'Azure Llama Models'")
    meter = price_list().meters[token_key(LLAMA, BackEnd.FOUNDRY, "input", "GlobalStandard")]
    mine = [one for one in found if one["meterName"] == meter.meter and "effectiveEndDate" not in one]
    assert {one["armRegionName"] for one in mine} == set(region_names())
    assert {(one["retailPrice"], one["unitOfMeasure"], one["meterId"]) for one in mine} == {
        (float(meter.prices[0].amount), "1K", meter.prices[0].meter_id)
    }


@pytest.mark.parametrize("text", ["serviceName eq 'Cognitive Services'", "serviceName eq 'foundry models'"])
def test_a_filter_that_nothing_fits_has_an_empty_answer(retail: httpx.Client, text: str) -> None:
    assert listed(retail, text) == []


def test_case_counts_since_the_preview_alone(retail: httpx.Client) -> None:
    old = retail.get(RETAIL_PRICES_PATH, params={"$filter": "serviceName eq 'virtual network'"}).json()
    assert {one["serviceName"] for one in old["Items"]} == {"Virtual Network"}


@pytest.mark.parametrize("query", [{"$filter": "serviceName is 'x'"}, {"$filter": "colour eq 'x'"}, {"$skip": "some"},
                                   {"currencyCode": "'SEK'"}])  # fmt: skip
def test_a_question_that_cannot_be_read_is_refused(retail: httpx.Client, query: dict[str, str]) -> None:
    assert retail.get(RETAIL_PRICES_PATH, params=query).status_code == 400


def test_beside_a_machines_price_stands_what_nobody_means(retail: httpx.Client) -> None:
    found = listed(
        retail, f"serviceName eq 'Virtual Machines' and armSkuName eq '{SIZE}' and armRegionName eq 'eastus2'"
    )
    kinds = {(one["type"], "Windows" in one["productName"], one["meterName"].rpartition(" ")[2]) for one in found}
    assert {kind[0] for kind in kinds} == {"Consumption", "Reservation"}
    assert any(kind[1] for kind in kinds)
    assert any(kind[2] == "Spot" for kind in kinds)
    assert MACHINE_HOUR in {one["retailPrice"] for one in found}


@pytest.mark.parametrize("chosen", [{"vm/none": {"eastus": 1.0}}, {f"vm/{SIZE}": {"eastus": 0.0}}])
def test_a_price_that_is_none_is_refused_by_the_world(home: SandboxHome, chosen: dict[str, Any]) -> None:
    with pytest.raises(SandboxError):
        change_world(home, retailPrices=chosen)
