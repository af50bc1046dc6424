"""azure-mgmt-consumption and azure-mgmt-costmanagement, unmodified: usage, sums and a budget of a Foundry resource."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from llama_azure_core.catalogue import BackEnd
from llama_azure_core.prices import price_list, token_key
from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import trusting
from tests.clients.clients_environment import run_program
from tests.support.arm import sign_in
from tests.support.data_plane import calling, deploy
from tests.support.estates import make_project
from tests.support.foundry import LLAMA, account, deploy_model, make_account
from tests.support.homes import open_home

GROUP, ACCOUNT = "rg-money", "ai-money"
AS_OF = dt.date(2026, 3, 10)
"""A day on which the model is sold by Azure and in the Marketplace."""
QUESTION = {"messages": [{"role": "user", "content": "How far is the moon?"}], "max_tokens": 20}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    with open_home(tmp_path_factory.mktemp("money"), Latency.NONE, AS_OF) as home:
        yield home


@pytest.fixture(scope="module")
def spent(home: SandboxHome) -> dict[str, dict[str, int]]:
    """What answers of both back ends said of their tokens."""
    with sign_in(home) as arm, httpx.Client(verify=trusting(home), trust_env=False) as http:
        made = make_account(arm, GROUP, ACCOUNT)
        arm.call("PATCH", account(GROUP, ACCOUNT), {"tags": {"owner": "platform"}})
        deploy_model(arm, GROUP, ACCOUNT, "chat")
        url, body = f"{made['uri']}/openai/v1/chat/completions", {**QUESTION, "model": "chat"}
        own = http.post(url, json=body, headers={"api-key": made["key1"]}).json()["usage"]
        make_project(arm, GROUP)
        endpoint = deploy(arm, GROUP, "sold", LLAMA)
        with calling(home, endpoint["uri"], endpoint["primaryKey"]) as caller:
            sold = caller.post("/v1/chat/completions", QUESTION).json()["usage"]
    return {"Azure": own, "Marketplace": sold}


@pytest.fixture(scope="module")
def seen(home: SandboxHome, spent: dict[str, dict[str, int]]) -> dict[str, Any]:
    return run_program(home, "money_clients.py", GROUP=GROUP, MONTH=f"{AS_OF.replace(day=1)}T00:00:00Z")


def costs(spent: dict[str, dict[str, int]]) -> dict[str, float]:
    """Return by publisher and meter what the tokens cost."""
    found = {}
    for publisher, usage in spent.items():
        sku = "GlobalStandard" if publisher == "Azure" else "Consumption"
        end = BackEnd.FOUNDRY if publisher == "Azure" else BackEnd.SERVERLESS
        for side, count in (("input", usage["prompt_tokens"]), ("output", usage["completion_tokens"])):
            price = price_list().price(token_key(LLAMA, end, side, sku), "eastus2")
            assert price is not None
            found[f"{publisher}/{price.meter}"] = count * float(price.each)
    return found


@pytest.mark.client("azure-mgmt-consumption", "usage with its cost, by meter, tag and publisher")
def test_usage_is_read_with_its_meter_its_cost_and_its_tags(seen: dict[str, Any], spent: Any) -> None:
    assert seen["usage"]["cost"] == pytest.approx(costs(spent))
    assert seen["usage"]["kinds"] == ["legacy"]
    assert "owner=platform" in seen["usage"]["tags"]
    assert seen["usage"]["marketplace"] == 2


@pytest.mark.client("azure-mgmt-consumption", "a budget, and what of it is spent")
def test_a_budget_tells_what_of_it_is_spent(seen: dict[str, Any], spent: Any) -> None:
    assert seen["budget"] == {
        "name": "monthly",
        "spent": pytest.approx(sum(costs(spent).values())),
        "unit": "USD",
    }


@pytest.mark.client("azure-mgmt-costmanagement", "a query grouped by publisher and tag")
def test_costs_are_summed_up_by_publisher_and_tag(seen: dict[str, Any], spent: Any) -> None:
    assert seen["sums"]["columns"] == ["Cost", "PublisherType", "owner", "Currency"]
    told = {(row[1], row[2]): row[0] for row in seen["sums"]["rows"]}
    both = costs(spent)
    assert told == {
        (publisher.lower(), tag): pytest.approx(sum(cost for key, cost in both.items() if key.startswith(publisher)))
        for publisher, tag in (("Azure", "platform"), ("Marketplace", None))
    }


@pytest.mark.client("azure-mgmt-costmanagement", "a refusal, read as an error")
def test_a_query_without_its_time_is_refused(seen: dict[str, Any]) -> None:
    assert seen["refused"] == [400, "BadRequest"]
