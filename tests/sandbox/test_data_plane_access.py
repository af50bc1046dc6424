"""Who may call an endpoint, and which endpoints answer nobody."""

import datetime as dt
from collections.abc import Iterator

import httpx
import pytest

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue import find_model
from llama_azure_sandbox.client.principals import NewPrincipal, add_principal
from llama_azure_sandbox.client.world import advance_clock
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.inference.access import AUDIENCE
from llama_azure_sandbox.process import trusting
from tests.support.arm import Arm
from tests.support.data_plane import Caller, deploy, owners_token
from tests.support.estates import make_project, put_and_wait, serverless_endpoint, workspace
from tests.support.online import (
    endpoint_body,
    make_online_deployment,
    make_online_endpoint,
    online_endpoint,
)

GROUP = "rg-access"
CHAT = {"messages": [{"role": "user", "content": "Hello"}]}
CARD = {"input_data": {"input_string": CHAT["messages"]}}
HOUR = 3600


@pytest.fixture(scope="module")
def project(arm: Arm) -> None:
    make_project(arm, GROUP)


@pytest.fixture(scope="module")
def client(home: SandboxHome) -> Iterator[httpx.Client]:
    with httpx.Client(verify=trusting(home), trust_env=False, timeout=60) as client:
        yield client


def principals_token(home: SandboxHome, arm: Arm, principal: NewPrincipal) -> str:
    tenant = arm.client.get("/tenants", params={"api-version": "2022-12-01"}).json()["value"][0]["tenantId"]
    form = {
        "grant_type": "client_credentials",
        "client_id": principal.client_id,
        "client_secret": principal.secret,
        "scope": f"{AUDIENCE}/.default",
    }
    return str(arm.client.post(f"/{tenant}/oauth2/v2.0/token", data=form).json()["access_token"])


@pytest.mark.parametrize(
    ("mode", "key_opens", "token_opens"), [("Key", True, False), ("AAD", False, True), ("KeyAndAAD", True, True)]
)
def test_a_serverless_endpoint_takes_what_its_mode_says(
    home: SandboxHome, arm: Arm, client: httpx.Client, project: None, mode: str, key_opens: bool, token_opens: bool
) -> None:
    model = {"Key": "Meta-Llama-3-8B-Instruct", "AAD": "Meta-Llama-3-70B-Instruct", "KeyAndAAD": "Llama-2-7b-chat"}
    endpoint = deploy(arm, GROUP, f"mode-{mode.lower()}", model[mode], authMode=mode)
    status = {
        credential: Caller(client, endpoint["uri"], credential).post("/v1/chat/completions", CHAT).status_code
        for credential in (endpoint["primaryKey"], owners_token(home))
    }
    assert list(status.values()) == [200 if opens else 401 for opens in (key_opens, token_opens)]


def test_a_token_for_another_audience_opens_nothing(
    home: SandboxHome, arm: Arm, client: httpx.Client, project: None
) -> None:
    endpoint = make_online_endpoint(arm, GROUP, "by-entra", "AADToken")
    make_online_deployment(arm, GROUP, "by-entra", "only")
    picked = {"azureml_model_deployment": "only"}
    caller = Caller(client, endpoint["uri"], owners_token(home))
    assert caller.post("/score", CARD, **picked).status_code == 200
    other = Caller(client, endpoint["uri"], owners_token(home, "https://management.azure.com"))
    refused = other.post("/score", CARD, **picked)
    assert refused.status_code == 401
    assert AUDIENCE in refused.json()["message"]


def test_a_tokens_holder_needs_the_action_score(
    home: SandboxHome, arm: Arm, client: httpx.Client, project: None
) -> None:
    endpoint = make_online_endpoint(arm, GROUP, "by-role", "AADToken")
    make_online_deployment(arm, GROUP, "by-role", "only")
    scope = f"resourceGroups/{GROUP}"
    statuses = []
    for name, role in (("caller-none", None), ("caller-reader", "Reader"), ("caller-scorer", "Azure AI Developer")):
        principal = add_principal(home, name, role=role, scope=scope if role else None)
        caller = Caller(client, endpoint["uri"], principals_token(home, arm, principal))
        answer = caller.post("/score", CARD, azureml_model_deployment="only")
        statuses.append(answer.status_code)
        if answer.is_error:
            assert "onlineEndpoints/score/action" in answer.json()["message"]
    assert statuses == [401, 401, 200]


def test_a_machine_learning_token_opens_its_endpoint_for_its_time(
    home: SandboxHome, arm: Arm, client: httpx.Client, project: None
) -> None:
    endpoints = {name: make_online_endpoint(arm, GROUP, name, "AMLToken") for name in ("by-token", "by-another")}
    make_online_deployment(arm, GROUP, "by-token", "only")
    tokens = {
        name: arm.call("POST", f"{online_endpoint(GROUP, name)}/token").json()["accessToken"] for name in endpoints
    }
    key = arm.call("POST", f"{online_endpoint(GROUP, 'by-token')}/listKeys").json().get("primaryKey", "none")
    uri = endpoints["by-token"]["uri"]

    def status(credential: str) -> int:
        return Caller(client, uri, credential).post("/score", CARD, azureml_model_deployment="only").status_code

    assert [status(one) for one in (tokens["by-token"], tokens["by-another"], key)] == [200, 401, 401]
    advance_clock(home, seconds=HOUR)
    assert status(tokens["by-token"]) == 401


def test_a_rotated_key_is_good_no_longer(arm: Arm, client: httpx.Client, project: None) -> None:
    endpoint = deploy(arm, GROUP, "rotating", "Meta-Llama-3-8B")
    text = {"prompt": "Hello"}
    assert Caller(client, endpoint["uri"], endpoint["primaryKey"]).post("/v1/completions", text).status_code == 200
    path = serverless_endpoint(GROUP, "project", "rotating")
    assert arm.call("POST", f"{path}/regenerateKeys", {"keyType": "Primary"}).is_success
    statuses = [
        Caller(client, endpoint["uri"], endpoint[name]).post("/v1/completions", text).status_code
        for name in ("primaryKey", "secondaryKey")
    ]
    assert statuses == [401, 200]


def test_an_endpoint_whose_subscription_is_gone_answers_nobody(arm: Arm, client: httpx.Client, project: None) -> None:
    endpoint = deploy(arm, GROUP, "abandoned", "Meta-Llama-3-70B")
    caller = Caller(client, endpoint["uri"], endpoint["primaryKey"])
    subscription = f"{workspace(GROUP, 'project')}/marketplaceSubscriptions/Meta-Llama-3-70B"
    assert arm.call("DELETE", subscription).is_success
    answer = caller.post("/v1/completions", {"prompt": "Hello"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "EndpointNotOnline")


def test_a_shared_quota_endpoint_is_gone_after_its_hours(
    home: SandboxHome, arm: Arm, client: httpx.Client, project: None
) -> None:
    facts = load_facts("limits")["sharedQuota"]
    body = endpoint_body("Key")
    body["properties"]["properties"] = {facts["endpointProperty"]: "true"}
    path = online_endpoint(GROUP, "for-a-try")
    put_and_wait(arm, path, body)
    make_online_deployment(arm, GROUP, "for-a-try", "only")
    uri = arm.call("GET", path).json()["properties"]["scoringUri"].removesuffix("/score")
    caller = Caller(client, uri, arm.call("POST", f"{path}/listKeys").json()["primaryKey"])
    assert caller.post("/score", CARD, azureml_model_deployment="only").status_code == 200
    advance_clock(home, seconds=facts["hours"] * HOUR)
    assert caller.post("/score", CARD, azureml_model_deployment="only").status_code == 404


def test_a_retired_model_answers_nobody(home: SandboxHome, arm: Arm, client: httpx.Client, project: None) -> None:
    """Last in this module: the clock does not go back."""
    endpoint = deploy(arm, GROUP, "aging", "Llama-2-7b")
    caller = Caller(client, endpoint["uri"], endpoint["primaryKey"])
    assert caller.post("/v1/completions", {"prompt": "Hello"}).status_code == 200
    retired = find_model("Llama-2-7b").lifecycle.retired
    assert retired is not None
    advance_clock(home, seconds=(retired - dt.date(2024, 7, 1)).days * 24 * HOUR)
    answer = caller.post("/v1/completions", {"prompt": "Hello"})
    assert answer.status_code == 410
    assert str(retired) in answer.json()["message"]
