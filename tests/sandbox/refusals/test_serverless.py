"""Buying a model's offer and deploying it as a serverless API: what Azure refuses, and what a subscription leaves."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from llama_azure_core.catalogue import find_model
from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import trusting
from tests.support.arm import Arm, sign_in
from tests.support.by_id import ById, open_by_id
from tests.support.estates import (
    LLAMA_8B,
    endpoint_body,
    make_endpoint,
    make_project,
    put_and_wait,
    serverless_endpoint,
    subscribe,
    workspace,
)
from tests.support.homes import open_home

GROUP = "rg-serverless"
LLAMA_70B = LLAMA_8B.replace("8B", "70B")
LLAMA_31 = "azureml://registries/azureml-meta/models/Meta-Llama-3.1-8B-Instruct"
SUBSCRIPTION_PATH = f"{workspace(GROUP, 'project')}/marketplaceSubscriptions/llama"
ENDPOINT_PATH = serverless_endpoint(GROUP, "project", "llama")
ELIGIBILITY = "Marketplace Subscription purchase eligibility check failed, error message ["


@pytest.fixture(scope="module", autouse=True)
def projects(arm: Arm) -> None:
    make_project(arm, GROUP)
    make_project(arm, f"{GROUP}-far", location="westeurope")


@pytest.fixture
def world(home: SandboxHome) -> Iterator[SandboxHome]:
    """A world that a test may change; it is put right afterwards."""
    yield home
    change_world(home, subscriptionKind="EnterpriseAgreement", billingCountry="US", paymentMethod=True)
    change_world(home, marketplacePurchases="Allowed", limits={})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"subscriptionKind": "CloudSolutionProvider"},
            "CSP subscriptions can't purchase third-party model offerings].",
        ),
        ({"subscriptionKind": "FreeTrial"}, "FreeTrial subscriptions can't purchase SaaS offers]."),
        ({"subscriptionKind": "Student"}, "Student subscriptions can't purchase SaaS offers]."),
        ({"billingCountry": "JP"}, "AvailabilityNotInRegion: Product is not available in region: JP]."),
        ({"paymentMethod": False}, "there is no valid payment method associated with this Azure subscription."),
        ({"marketplacePurchases": "Blocked"}, "your enrollment for this subscription doesn't allow purchase of market"),
    ],
)
def test_who_cannot_buy_cannot_subscribe(world: SandboxHome, azure: ById, change: dict[str, object], said: str) -> None:
    change_world(world, **change)
    refusal = azure.refused_put(SUBSCRIPTION_PATH, {"properties": {"modelId": LLAMA_8B}})
    assert refusal.what == (400, "UserError")
    assert refusal.message.startswith(ELIGIBILITY)
    assert said in refusal.message


@pytest.mark.parametrize(
    ("model_id", "inner_codes", "said"),
    [
        (None, ("BadArgument",), "A model id is required."),
        (f"{LLAMA_8B}/versions/6", ("BadArgument",), f"takes the id without one: {LLAMA_8B}"),
        (f"{LLAMA_8B}-not", ("NotFound",), "was not found"),
        (LLAMA_31, ("BadRequest", "ServerlessModelNotAvailableInRegion"), "is not available in region East US 2."),
    ],
)
def test_a_model_that_is_not_offered_is_neither_bought_nor_deployed(
    azure: ById, model_id: str | None, inner_codes: tuple[str, ...], said: str
) -> None:
    body = endpoint_body()
    body["properties"]["modelSettings"] = {"modelId": model_id}
    for path, sent in ((SUBSCRIPTION_PATH, {"properties": {"modelId": model_id}}), (ENDPOINT_PATH, body)):
        refusal = azure.refused_put(path, sent)
        assert refusal.what == (400, "UserError", *inner_codes)
        assert said in refusal.message


def test_a_model_whose_time_is_over_is_not_deployed_any_more(tmp_path: Path) -> None:
    ended = find_model("Meta-Llama-3-8B-Instruct").lifecycle.retired
    assert ended is not None
    with open_home(tmp_path, Latency.NONE, ended) as home, sign_in(home) as arm, open_by_id(home) as azure:
        make_project(arm, GROUP)
        refusal = azure.refused_put(SUBSCRIPTION_PATH, {"properties": {"modelId": LLAMA_8B}})
    assert refusal.what == (400, "UserError", "BadRequest")
    assert f"cannot be deployed: Meta-Llama-3-8B-Instruct was retired on {ended}" in refusal.message
    assert f"What remains on {ended}" in refusal.message


def test_an_endpoint_takes_its_projects_subscription_first(azure: ById) -> None:
    refusal = azure.refused_put(ENDPOINT_PATH, endpoint_body())
    assert refusal.what == (400, "UserError", "BadRequest")
    assert (
        "Workspace project has no Marketplace subscription to the offer of Meta-Llama-3-8B-Instruct" in refusal.message
    )
    assert "let the endpoint depend on it" in refusal.message


def test_a_project_deploys_a_model_once(arm: Arm, azure: ById) -> None:
    make_project(arm, f"{GROUP}-once")
    make_endpoint(arm, f"{GROUP}-once", "llama-once", "project")
    refusal = azure.refused_put(serverless_endpoint(f"{GROUP}-once", "project", "llama-twice"), endpoint_body())
    assert refusal.what == (400, "UserError", "BadRequest")
    assert "already deploys Meta-Llama-3-8B-Instruct as serverless endpoint 'llama-once'" in refusal.message
    azure.put(serverless_endpoint(f"{GROUP}-once", "project", "llama-once"), endpoint_body())


def test_a_name_is_taken_in_the_whole_region(arm: Arm, azure: ById) -> None:
    make_endpoint(arm, GROUP, "llama-taken")
    make_project(arm, f"{GROUP}-other")
    subscribe(arm, f"{GROUP}-other", "project")
    refusal = azure.refused_put(serverless_endpoint(f"{GROUP}-other", "project", "LLAMA-taken"), endpoint_body())
    assert refusal.what == (400, "UserError", "BadArgument")
    assert refusal.message == (
        "Serverless endpoint name 'LLAMA-taken' is not available. Please select a different name."
    )
    make_project(arm, f"{GROUP}-sweden", location="swedencentral")
    subscribe(arm, f"{GROUP}-sweden", "project")
    azure.put(serverless_endpoint(f"{GROUP}-sweden", "project", "llama-taken"), endpoint_body(location="swedencentral"))


def test_an_endpoint_lies_in_the_region_of_its_project(azure: ById) -> None:
    refusal = azure.refused_put(serverless_endpoint(f"{GROUP}-far", "project", "llama-far"), endpoint_body())
    assert refusal.what == (400, "UserError", "BadArgument")
    assert "location East US 2 is not that of the workspace project, which is West Europe" in refusal.message


def test_a_region_holds_so_many_endpoints(world: SandboxHome, arm: Arm, azure: ById) -> None:
    make_project(arm, f"{GROUP}-full", location="swedencentral")
    subscribe(arm, f"{GROUP}-full", "project")
    everything = arm.call("GET", "/resources").json()["value"]
    used = sum(
        one["type"].endswith("/serverlessEndpoints") and one["location"] == "swedencentral" for one in everything
    )
    change_world(world, limits={"endpointsPerRegion": used})
    body = endpoint_body(location="swedencentral")
    refusal = azure.refused_put(serverless_endpoint(f"{GROUP}-full", "project", "one-too-many"), body)
    assert refusal.what == (400, "InferencingClientCallFailed")
    assert f"Current usage/limit: {used}/{used}.Please clean up existing endpoints" in refusal.message


def saas(arm: Arm, group: str) -> list[str]:
    listed = arm.call("GET", f"/resourceGroups/{group}/providers/Microsoft.SaaS/resources").json()["value"]
    return [resource["name"] for resource in listed]


def test_a_subscription_leaves_one_saas_resource_for_each_project_and_offer(arm: Arm) -> None:
    group = f"{GROUP}-saas"
    make_project(arm, group)
    first = subscribe(arm, group, "project")
    put_and_wait(arm, f"{first}-again", {"properties": {"modelId": LLAMA_8B}})
    subscribe(arm, group, "project", LLAMA_70B)
    assert [name.rsplit("-offer-", 1)[0] for name in saas(arm, group)] == [
        "meta-llama-3-70b-chat",
        "meta-llama-3-8b-chat",
    ]
    assert arm.call("DELETE", first).is_success
    assert len(saas(arm, group)) == 2
    assert arm.call("DELETE", f"{first}-again").is_success
    assert [name.rsplit("-offer-", 1)[0] for name in saas(arm, group)] == ["meta-llama-3-70b-chat"]


@pytest.mark.parametrize("what", ["subscription", "SaaS resource"])
def test_an_endpoint_whose_subscription_is_gone_is_unhealthy_and_answers_nobody(
    home: SandboxHome, arm: Arm, what: str
) -> None:
    group = f"{GROUP}-gone-{what.split()[0].lower()}"
    make_project(arm, group)
    endpoint = make_endpoint(arm, group, f"llama-{what.split()[0].lower()}", "project")
    subscription = f"{workspace(group, 'project')}/marketplaceSubscriptions/Meta-Llama-3-8B-Instruct"
    assert ask(home, endpoint) == 200
    if what == "subscription":
        arm.call("DELETE", subscription)
    else:
        arm.call("DELETE", f"/resourceGroups/{group}/providers/Microsoft.SaaS/resources/{saas(arm, group)[0]}")
        shown = arm.call("GET", subscription).json()["properties"]
        assert shown["marketplaceSubscriptionStatus"] == "Unsubscribed"
    assert arm.call("GET", endpoint["path"]).json()["properties"]["endpointState"] == "Unhealthy"
    assert ask(home, endpoint) >= 400
    put_and_wait(arm, subscription, {"properties": {"modelId": LLAMA_8B}})
    assert arm.call("GET", endpoint["path"]).json()["properties"]["endpointState"] == "Online"
    assert ask(home, endpoint) == 200


def ask(home: SandboxHome, endpoint: dict[str, str]) -> int:
    """Return the status of an endpoint's answer to a chat request."""
    body = {"messages": [{"role": "user", "content": "Hello"}]}
    key = {"Authorization": f"Bearer {endpoint['primaryKey']}"}
    return httpx.post(
        f"{endpoint['uri']}/chat/completions", json=body, headers=key, verify=trusting(home), trust_env=False
    ).status_code
