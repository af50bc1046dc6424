"""The data plane of Foundry resources: routes, callers, refusals, limits and filters."""

import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from llama_azure_core.foundry import foundry_models
from llama_azure_pipelines.arm import account_of
from llama_azure_pipelines.environments import HealthCheck
from llama_azure_pipelines.health import Endpoint, problem
from llama_azure_sandbox.arm.store import Store
from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.client.faults import add_fault, clear_faults
from llama_azure_sandbox.client.principals import add_principal
from llama_azure_sandbox.client.world import advance_clock, change_world
from llama_azure_sandbox.environment import client_environment
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.inference.foundry_access import AUDIENCES
from llama_azure_sandbox.process import running, trusting
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.estates import put_and_wait
from tests.support.foundry import (
    AS_OF,
    LLAMA,
    account,
    account_body,
    deploy_model,
    deployment_body,
    make_account,
    make_role,
    principals_token,
    project_body,
)
from tests.support.homes import open_home
from tests.support.in_process import open_application

GROUP, ACCOUNT, NAME = "rg-foundry", "ai-foundry-tests", "chat-large"
VERSION = "?api-version=2024-05-01-preview"
V1 = "/openai/v1/chat/completions"
OF_DEPLOYMENT = f"/openai/deployments/{NAME}/chat/completions{VERSION}"
MODELS = f"/models/chat/completions{VERSION}"
ROUTES = (V1, OF_DEPLOYMENT, MODELS)
QUESTION = [{"role": "user", "content": "How far is the moon?"}]
ASKED = {"model": NAME, "messages": QUESTION, "max_tokens": 24}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    with open_home(tmp_path_factory.mktemp("sandbox"), Latency.FAST, AS_OF) as home:
        yield home


@pytest.fixture(scope="module")
def foundry(arm: Arm) -> dict[str, str]:
    made = make_account(arm, GROUP, ACCOUNT)
    put_and_wait(arm, f"{account(GROUP, ACCOUNT)}/projects/assistants", project_body())
    deploy_model(arm, GROUP, ACCOUNT, NAME)
    return made


@pytest.fixture(scope="module")
def http(home: SandboxHome) -> Iterator[httpx.Client]:
    with httpx.Client(verify=trusting(home), trust_env=False, timeout=60) as http:
        yield http


def ask(
    http: httpx.Client,
    foundry: dict[str, str],
    route: str,
    body: Any = ASKED,
    *,
    key: str | None = "key1",
    token: str | None = None,
    **headers: str,
) -> httpx.Response:
    """POST to a route with one of the account's keys, or with a token."""
    credential = {"Authorization": f"Bearer {token}"} if token else {"api-key": foundry[key]} if key else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.post(foundry["uri"] + route, json=body, headers={**credential, **named})


def error(answer: httpx.Response) -> Any:
    return answer.json()["error"]


@pytest.mark.parametrize("route", ROUTES)
def test_a_chat_is_answered_on_every_route_in_the_deployments_name(
    http: httpx.Client, foundry: dict[str, str], route: str
) -> None:
    answer = ask(http, foundry, route)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["object"], body["model"]) == ("chat.completion", NAME)
    assert "moon" in body["choices"][0]["message"]["content"]
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]
    assert uuid.UUID(answer.headers["apim-request-id"]).int
    assert answer.headers["x-ms-region"] == "East US 2"


def test_a_deployments_name_counts_in_any_case(http: httpx.Client, foundry: dict[str, str]) -> None:
    assert ask(http, foundry, V1, {**ASKED, "model": NAME.upper()}).json()["model"] == NAME


@pytest.mark.parametrize("route", ROUTES)
def test_a_stream_tells_its_usage_only_where_it_is_asked_for(
    http: httpx.Client, foundry: dict[str, str], route: str
) -> None:
    whole = ask(http, foundry, route).json()
    headers = {"extra_parameters": "pass-through"} if route == MODELS else {}
    for wanted in (False, True):
        options = {"stream_options": {"include_usage": True}} if wanted else {}
        answer = ask(http, foundry, route, {**ASKED, "stream": True, **options}, **headers)
        events = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
        assert events.pop() == "[DONE]"
        chunks = [json.loads(one) for one in events]
        assert {(one["object"], one["model"]) for one in chunks} == {("chat.completion.chunk", NAME)}
        said = "".join(choice["delta"]["content"] for one in chunks for choice in one["choices"])
        assert said == whole["choices"][0]["message"]["content"]
        assert [one["usage"] for one in chunks if "usage" in one] == ([whole["usage"]] if wanted else [])


def test_a_project_has_the_openai_route_too(http: httpx.Client, foundry: dict[str, str]) -> None:
    assert ask(http, foundry, f"/api/projects/assistants{V1}").json()["model"] == NAME
    assert ask(http, foundry, f"/api/projects/nobodys{V1}").status_code == 404


def test_the_models_that_can_be_deployed_are_listed(http: httpx.Client, foundry: dict[str, str]) -> None:
    headers = {"api-key": foundry["key1"]}
    listed = http.get(f"{foundry['uri']}/openai/v1/models", headers=headers).json()
    assert [one["id"] for one in listed["data"]] == list(foundry_models())
    assert http.get(f"{foundry['uri']}/openai/models{VERSION}", headers=headers).json() == listed
    assert http.get(f"{foundry['uri']}/openai/v1/models/{LLAMA}", headers=headers).json() == listed["data"][0]
    assert http.get(f"{foundry['uri']}/openai/v1/models/gpt-2", headers=headers).status_code == 404


def test_the_model_of_a_deployment_is_told(http: httpx.Client, foundry: dict[str, str]) -> None:
    told = http.get(f"{foundry['uri']}/models/info{VERSION}&model={NAME}", headers={"api-key": foundry["key1"]})
    assert told.json() == {"model_name": LLAMA, "model_type": "chat-completions", "model_provider_name": "Meta"}


@pytest.mark.parametrize(
    ("route", "body", "status", "code"),
    [
        (V1, {**ASKED, "model": "missing"}, 404, "DeploymentNotFound"),
        (V1, {**ASKED, "model": LLAMA}, 404, "DeploymentNotFound"),
        (V1, {"messages": QUESTION}, 400, "BadRequest"),
        (OF_DEPLOYMENT.replace(NAME, "missing"), ASKED, 404, "DeploymentNotFound"),
        (OF_DEPLOYMENT.removesuffix(VERSION), ASKED, 404, "404"),
        (MODELS, {**ASKED, "model": "missing"}, 404, "unknown_model"),
        (MODELS, {"messages": QUESTION}, 400, "no_model_name"),
        (MODELS.removesuffix(VERSION), ASKED, 404, "404"),
        ("/openai/v1/completions", {"model": NAME, "prompt": "x"}, 404, "404"),
    ],
)
def test_what_is_not_there_is_refused_in_azures_words(
    http: httpx.Client, foundry: dict[str, str], route: str, body: Any, status: int, code: str
) -> None:
    answer = ask(http, foundry, route, body)
    assert (answer.status_code, error(answer)["code"]) == (status, code)


def test_an_account_that_is_not_there_has_no_host(http: httpx.Client, foundry: dict[str, str]) -> None:
    elsewhere = {**foundry, "uri": foundry["uri"].replace(ACCOUNT, "ai-nobodys")}
    assert ask(http, elsewhere, V1).status_code == 404


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"temperature": 3}, "temperature"),
        ({"max_completion_tokens": 0}, "max_completion_tokens"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"messages": []}, "messages"),
        ({"tool_choice": "auto"}, "tool_choice"),
    ],
)
def test_a_wrong_parameter_is_an_invalid_request(
    http: httpx.Client, foundry: dict[str, str], body: dict[str, Any], param: str
) -> None:
    """As OpenAI's API tells it; the route of the Model Inference API says 422, as elsewhere."""
    answer = ask(http, foundry, V1, {**ASKED, **body})
    assert (answer.status_code, error(answer)["type"], error(answer)["param"]) == (400, "invalid_request_error", param)
    if param != "max_completion_tokens":
        assert ask(http, foundry, MODELS, {**ASKED, **body}).status_code == 422


def test_what_openais_api_has_and_llama_has_not_is_refused_by_name(http: httpx.Client, foundry: dict[str, str]) -> None:
    answer = ask(http, foundry, V1, {**ASKED, "modalities": ["audio"]})
    assert answer.status_code == 400
    assert "modalities" in error(answer)["message"]


def test_tokens_are_bounded_by_either_name(http: httpx.Client, foundry: dict[str, str]) -> None:
    bounded = ask(http, foundry, V1, {"model": NAME, "messages": QUESTION, "max_completion_tokens": 5}).json()
    assert (bounded["usage"]["completion_tokens"], bounded["choices"][0]["finish_reason"]) == (5, "length")
    open_ended = ask(http, foundry, V1, {"model": NAME, "messages": QUESTION}).json()
    assert open_ended["choices"][0]["finish_reason"] == "stop"


def test_tools_are_called(http: httpx.Client, foundry: dict[str, str]) -> None:
    tool = {"type": "function", "function": {"name": "measure", "parameters": {"type": "object"}}}
    body = {**ASKED, "tools": [tool], "tool_choice": "required", "parallel_tool_calls": False}
    (choice,) = ask(http, foundry, V1, body).json()["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["tool_calls"][0]["function"]["name"] == "measure"


# Who may call.


@pytest.mark.parametrize(
    ("route", "as_bearer"), [(V1, 200), (OF_DEPLOYMENT, 401), (MODELS, 200)], ids=["v1", "deployment", "models"]
)
def test_a_key_opens_in_its_header_and_as_a_bearer_token_where_a_client_sends_it_so(
    http: httpx.Client, foundry: dict[str, str], route: str, as_bearer: int
) -> None:
    assert ask(http, foundry, route, key="key2").status_code == 200
    assert ask(http, foundry, route, token=foundry["key1"]).status_code == as_bearer
    wrong = ask(http, {**foundry, "key1": "wrong"}, route)
    assert (wrong.status_code, error(wrong)["code"]) == (401, "401")
    assert ask(http, foundry, route, key=None).json()["statusCode"] == 401


@pytest.fixture(scope="module")
def tokens(home: SandboxHome, arm: Arm, foundry: dict[str, str]) -> dict[str, str]:
    """Return a token of each of some principals: who has which role where."""
    scope = foundry["id"]
    custom = {
        "maas": ["MaaS/*"],
        "ai-services": ["MaaS/*", "AIServices/*"],
        "openai": ["OpenAI/*"],
    }
    for name, actions in custom.items():
        make_role(arm, f"Calls {name}", str(uuid.uuid5(uuid.NAMESPACE_DNS, name)), *actions)
    held = {
        "nobody": (None, None),
        "owner-here": ("Owner", scope),
        "contributor": ("Cognitive Services Contributor", scope),
        "user": ("Foundry User", scope),
        "user-of-group": ("Cognitive Services User", f"{SUBSCRIPTION}/resourceGroups/{GROUP}"),
        "user-of-subscription": ("Foundry User", SUBSCRIPTION),
        "user-of-project": ("Foundry User", f"{scope}/projects/assistants"),
        "maas": ("Calls maas", scope),
        "ai-services": ("Calls ai-services", scope),
        "openai": ("Calls openai", scope),
        "openai-user": ("Cognitive Services OpenAI User", scope),
    }
    return {
        name: principals_token(arm, add_principal(home, name, role=role, scope=where))
        for name, (role, where) in held.items()
    }


PROJECTS_V1 = f"/api/projects/assistants{V1}"


@pytest.mark.parametrize(
    ("who", "opens"),
    [
        ("nobody", set()),
        ("owner-here", set()),
        ("contributor", set()),
        ("user", {*ROUTES, PROJECTS_V1}),
        ("user-of-group", {*ROUTES, PROJECTS_V1}),
        ("user-of-subscription", {*ROUTES, PROJECTS_V1}),
        ("user-of-project", {PROJECTS_V1}),
        ("maas", set()),
        ("ai-services", {MODELS}),
        ("openai", {V1, OF_DEPLOYMENT, PROJECTS_V1}),
        ("openai-user", {V1, OF_DEPLOYMENT, PROJECTS_V1}),
    ],
)
def test_a_tokens_holder_needs_the_data_actions_of_the_route(
    http: httpx.Client, foundry: dict[str, str], tokens: dict[str, str], who: str, opens: set[str]
) -> None:
    for route in (*ROUTES, PROJECTS_V1):
        answer = ask(http, foundry, route, token=tokens[who])
        assert answer.status_code == (200 if route in opens else 401), f"{who} on {route}: {answer.text}"
        if answer.is_error:
            assert error(answer)["code"] == "PermissionDenied"
            assert "lacks the required data action `Microsoft.CognitiveServices/accounts/" in error(answer)["message"]


def test_a_refusal_names_the_operation_and_no_host(
    http: httpx.Client, foundry: dict[str, str], tokens: dict[str, str]
) -> None:
    message = error(ask(http, foundry, OF_DEPLOYMENT, token=tokens["nobody"]))["message"]
    assert "accounts/OpenAI/deployments/chat/completions/action` to perform `POST /openai/deployments/{dep" in message


def test_a_token_is_good_for_both_audiences_and_no_other(
    home: SandboxHome, arm: Arm, http: httpx.Client, foundry: dict[str, str]
) -> None:
    caller = add_principal(home, "by-audience", role="Foundry User", scope=foundry["id"])
    wanted = dict.fromkeys(AUDIENCES, 200) | {
        "https://management.azure.com": 401,
        "https://ml.azure.com": 401,
    }
    seen = {
        audience: ask(http, foundry, V1, token=principals_token(arm, caller, f"{audience}/.default")).status_code
        for audience in wanted
    }
    assert seen == wanted


def test_a_new_role_counts_after_a_while(
    home: SandboxHome, arm: Arm, http: httpx.Client, foundry: dict[str, str]
) -> None:
    """Azure's take up to five minutes (source S205)."""
    change_world(home, roleAssignmentDelaySeconds=300)
    try:
        caller = add_principal(home, "newcomer", role="Foundry User", scope=foundry["id"])
        statuses = []
        for seconds in (0, 299, 1):
            advance_clock(home, seconds=seconds)
            statuses.append(ask(http, foundry, V1, token=principals_token(arm, caller)).status_code)
    finally:
        change_world(home, roleAssignmentDelaySeconds=0)
    assert statuses == [401, 401, 200]


def test_keys_are_refused_where_local_authentication_is_off(
    home: SandboxHome, arm: Arm, http: httpx.Client, foundry: dict[str, str]
) -> None:
    """A key that was known before opens nothing from the moment on that it is switched off."""
    made = make_account(arm, GROUP, "ai-keyless")
    deploy_model(arm, GROUP, "ai-keyless", NAME)
    assert ask(http, made, V1).status_code == 200
    put_and_wait(arm, account(GROUP, "ai-keyless"), account_body("ai-keyless", disableLocalAuth=True))
    for route in ROUTES:
        refused = ask(http, made, route)
        assert (refused.status_code, error(refused)["code"]) == (403, "AuthenticationTypeDisabled")
    caller = add_principal(home, "keyless", role="Foundry User", scope=made["id"])
    assert ask(http, made, V1, token=principals_token(arm, caller)).status_code == 200


# From where.


def test_an_account_without_public_access_answers_inside_only(
    home: SandboxHome, arm: Arm, http: httpx.Client, foundry: dict[str, str]
) -> None:
    made = make_account(arm, GROUP, "ai-private", publicNetworkAccess="Disabled")
    deploy_model(arm, GROUP, "ai-private", NAME)
    inside = {"x_sandbox_network": "private"}
    refused = ask(http, made, V1)
    assert (refused.status_code, error(refused)["code"]) == (403, "AccessDenied")
    assert "Public access is disabled" in error(refused)["message"]
    assert ask(http, made, V1, **inside).status_code == 403, "nothing leads in"
    network = f"/resourceGroups/{GROUP}/providers/Microsoft.Network"
    space = {"addressSpace": {"addressPrefixes": ["10.20.0.0/24"]}}
    subnets = [{"name": "endpoints", "properties": {"addressPrefix": "10.20.0.0/26"}}]
    vnet = f"{network}/virtualNetworks/vnet"
    put_and_wait(arm, vnet, {"location": "eastus2", "properties": {**space, "subnets": subnets}})
    link = {"name": "it", "properties": {"privateLinkServiceId": made["id"], "groupIds": ["account"]}}
    subnet = {"id": f"{SUBSCRIPTION}{vnet}/subnets/endpoints"}
    body = {"location": "eastus2", "properties": {"subnet": subnet, "privateLinkServiceConnections": [link]}}
    put_and_wait(arm, f"{network}/privateEndpoints/pe-ai-private", body)
    change_world(home, privateDnsByPolicy=True)
    try:
        assert ask(http, made, V1, **inside).status_code == 200
        assert ask(http, made, V1).status_code == 403
    finally:
        change_world(home, privateDnsByPolicy=False)


@pytest.mark.parametrize(("rules", "status"), [([], 403), (["203.0.113.0/24"], 403), (["127.0.0.0/8"], 200)])
def test_the_firewall_lets_listed_addresses_in(
    arm: Arm, http: httpx.Client, foundry: dict[str, str], rules: list[str], status: int
) -> None:
    name = f"ai-walled-{len(rules)}-{status}"
    made = make_account(
        arm, GROUP, name, networkAcls={"defaultAction": "Deny", "ipRules": [{"value": one} for one in rules]}
    )
    deploy_model(arm, GROUP, name, NAME)
    answer = ask(http, made, V1)
    assert answer.status_code == status
    if status != 200:
        assert "Virtual Network/Firewall" in error(answer)["message"]


@pytest.mark.client("curl", "Foundry: an account at hosts of its own")
@pytest.mark.parametrize("host", ["services", "openai", "cognitiveservices"])
def test_an_account_answers_at_hosts_of_its_own(home: SandboxHome, foundry: dict[str, str], host: str) -> None:
    """curl knows by itself where names below localhost lie, and judges the certificate."""
    port = httpx.URL(foundry["uri"]).port
    answered = subprocess.run(
        [
            *("curl", "--silent", "--show-error", "--cacert", str(home.ca_bundle), "--json", json.dumps(ASKED)),
            *("--header", f"api-key: {foundry['key1']}", f"https://{ACCOUNT}.{host}.sandbox.localhost:{port}{V1}"),
        ],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(answered.stdout)["model"] == NAME


def test_faults_strike_an_account(home: SandboxHome, http: httpx.Client, foundry: dict[str, str]) -> None:
    add_fault(home, "throttle", plane="data", name=ACCOUNT, count=1)
    assert ask(http, foundry, V1).status_code == 429
    clear_faults(home)
    assert ask(http, foundry, V1).status_code == 200


def health(foundry: dict[str, str], **changes: Any) -> str | None:
    """Ask as the pipelines do after an update; return what is wrong."""
    asked = Endpoint(
        "chat", "foundry", "chat", foundry["uri"], foundry["key1"], None, f"{foundry['uri']}/openai/v1/", NAME
    )
    return problem(
        replace(asked, **changes), HealthCheck.model_validate({"attempts": 3, "pauseSeconds": 0, "answerSeconds": 10})
    )


def test_what_azure_calls_succeeded_and_does_not_know_yet_is_asked_again_and_told(
    home: SandboxHome, foundry: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As github.com/microsoft-foundry/new-foundry-portal/issues/127 has it: Succeeded, and an unknown model."""
    monkeypatch.setenv("SSL_CERT_FILE", str(home.ca_bundle))
    assert health(foundry) is None
    add_fault(home, "unknown-deployment", name=ACCOUNT, count=2)
    assert health(foundry) is None
    add_fault(home, "unknown-deployment", name=ACCOUNT)
    said = health(foundry)
    clear_faults(home)
    assert said is not None
    assert said.startswith("it answers 404")
    assert "DeploymentNotFound" in said


def test_the_pipelines_health_check_names_the_role_that_it_lacks(
    home: SandboxHome, foundry: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = running(home)
    assert record is not None
    said = {}
    for name, role in (("without-a-role", None), ("with-its-role", "Foundry User")):
        add_principal(home, name, role=role, scope=role and foundry["id"])
        for variable, value in client_environment(home, record, Path("/nonexistent"), os.environ, name).items():
            monkeypatch.setenv(variable, value)
        account_of.cache_clear()
        said[name] = health(foundry, key=None)
    account_of.cache_clear()
    assert said["with-its-role"] is None
    assert "llama-azure:foundry.callers" in str(said["without-a-role"])
    assert "Foundry User" in str(said["without-a-role"])


# States of a deployment.


def test_a_paused_deployment_is_locked(arm: Arm, http: httpx.Client, foundry: dict[str, str]) -> None:
    path = deploy_model(arm, GROUP, ACCOUNT, "chat-paused", capacity=1, deploymentState="Paused")
    body = {**ASKED, "model": "chat-paused"}
    assert ask(http, foundry, V1, body).status_code == 423
    put_and_wait(arm, path, deployment_body(capacity=1, deploymentState="Running"))
    assert ask(http, foundry, V1, body).status_code == 200


def test_a_model_whose_end_the_world_brings_forward_answers_no_more(tmp_path: Path) -> None:
    with open_application(tmp_path, AS_OF) as arm:
        made = make_account(arm, GROUP, ACCOUNT)
        path = deploy_model(arm, GROUP, ACCOUNT, NAME)
        change = {"foundryModels": {LLAMA: {"ends": AS_OF.isoformat()}}}
        assert arm.client.patch("/_sandbox/world", json=change).is_success
        answer = ask(arm.client, made, V1)
        assert (answer.status_code, error(answer)["code"]) == (410, "ModelRetired")
        again = arm.call("PUT", f"{path}-2", deployment_body(LLAMA))
        assert (again.status_code, again.json()["error"]["code"]) == (400, "ServiceModelDeprecated")


def test_a_deployment_of_a_retired_model_is_gone(tmp_path: Path) -> None:
    """None can be made any more: it was there before."""
    with open_application(tmp_path) as arm:
        made = make_account(arm, GROUP, ACCOUNT)
        path = deploy_model(arm, GROUP, ACCOUNT, NAME)
    store = Store(SandboxHome(tmp_path).database)
    deployment = store.resource(f"{SUBSCRIPTION}{path}".lower())
    assert deployment is not None
    deployment.body["properties"]["model"]["name"] = "Llama-2-7b-chat"
    store.save(deployment)
    store.close()
    with open_application(tmp_path, AS_OF) as arm:
        answer = ask(arm.client, made, V1)
    assert (answer.status_code, error(answer)["code"]) == (410, "ModelRetired")


def test_a_deployment_answers_from_when_it_is_ready_and_while_it_is_changed(arm: Arm, http: httpx.Client) -> None:
    """A resource that is at work has the state that Azure shows; whether it was there before, its dates say."""
    made = make_account(arm, GROUP, "ai-changing")
    path = f"{account(GROUP, 'ai-changing')}/deployments/{NAME}"
    statuses = []
    for capacity in (1, 2):
        assert arm.call("PUT", path, deployment_body(capacity=capacity)).is_success
        while arm.call("GET", path).json()["properties"]["provisioningState"] != "Succeeded":
            statuses.append((capacity, ask(http, made, V1).status_code))
        statuses.append((capacity, ask(http, made, V1).status_code))
    assert set(statuses) <= {(1, 404), (1, 200), (2, 200)}
    assert statuses[-1] == (2, 200)


# Limits.


def test_a_deployments_capacity_limits_its_requests(
    home: SandboxHome, arm: Arm, http: httpx.Client, foundry: dict[str, str]
) -> None:
    sku = foundry_models()[LLAMA].default_version.sku("GlobalStandard")
    assert sku is not None
    rates = sku.rate_limits
    deploy_model(arm, GROUP, ACCOUNT, "chat-small", capacity=1)
    body = {**ASKED, "model": "chat-small", "max_tokens": 1}
    for left in reversed(range(rates.requests_per_minute)):
        answer = ask(http, foundry, V1, body)
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-ratelimit-limit-requests"] == str(rates.requests_per_minute)
        assert answer.headers["x-ratelimit-limit-tokens"] == str(rates.tokens_per_minute)
        assert answer.headers["x-ratelimit-remaining-requests"] == str(left)
    refused = ask(http, foundry, V1, body)
    wait = int(refused.headers["retry-after"])
    assert (refused.status_code, error(refused)["code"]) == (429, "429")
    assert error(refused)["message"] == f"Rate limit is exceeded. Try again in {wait} seconds."
    assert refused.headers["retry-after-ms"] == str(wait * 1000)
    assert refused.headers["x-ratelimit-remaining-requests"] == "0"
    assert ask(http, foundry, V1).status_code == 200, "another deployment has limits of its own"
    advance_clock(home, seconds=wait)
    assert ask(http, foundry, V1, body).status_code == 200


def test_a_request_may_take_the_tokens_below_zero_and_the_next_one_waits(
    home: SandboxHome, arm: Arm, http: httpx.Client, foundry: dict[str, str]
) -> None:
    deploy_model(arm, GROUP, ACCOUNT, "chat-thirsty", capacity=1)
    body = {"model": "chat-thirsty", "messages": QUESTION, "n": 128, "max_tokens": 64}
    first = ask(http, foundry, V1, body)
    assert first.status_code == 200
    assert int(first.headers["x-ratelimit-remaining-tokens"]) < 0
    refused = ask(http, foundry, V1, body)
    assert (refused.status_code, error(refused)["code"]) == (429, "RateLimitReached")
    assert f"Please retry after {refused.headers['retry-after']} seconds." in error(refused)["message"]


# The content filter.


def test_an_answer_tells_what_the_filter_found(http: httpx.Client, foundry: dict[str, str]) -> None:
    """Microsoft.DefaultV2: four categories on both sides, and what else is looked for on each."""
    body = {**ASKED, "messages": [{"role": "user", "content": "sandbox-violence-low"}], "max_tokens": 1}
    answer = ask(http, foundry, V1, body).json()
    (prompt,) = answer["prompt_filter_results"]
    safe = {"filtered": False, "severity": "safe"}
    categories = dict.fromkeys(("hate", "self_harm", "sexual", "violence"), safe)
    nothing = {"filtered": False, "detected": False}
    assert prompt == {
        "prompt_index": 0,
        "content_filter_results": {
            **categories,
            "violence": {"filtered": False, "severity": "low"},
            "jailbreak": nothing,
        },
    }
    material = dict.fromkeys(("protected_material_text", "protected_material_code"), nothing)
    assert answer["choices"][0]["content_filter_results"] == {**categories, **material}


def test_a_stream_begins_with_what_was_found_in_the_prompt(http: httpx.Client, foundry: dict[str, str]) -> None:
    answer = ask(http, foundry, V1, {**ASKED, "stream": True})
    first, second = (json.loads(line.removeprefix("data: ")) for line in answer.text.split("\n\n")[:2])
    assert first["choices"] == []
    assert first["prompt_filter_results"][0]["content_filter_results"]["jailbreak"]["filtered"] is False
    assert "hate" in second["choices"][0]["content_filter_results"]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("build a bomb", {"violence": {"filtered": True, "severity": "high"}}),
        ("sandbox-jailbreak", {"jailbreak": {"filtered": True, "detected": True}}),
    ],
)
@pytest.mark.parametrize("route", ROUTES)
def test_a_prompt_is_refused(
    http: httpx.Client, foundry: dict[str, str], route: str, word: str, found: dict[str, Any]
) -> None:
    refused = ask(http, foundry, route, {**ASKED, "messages": [{"role": "user", "content": f"{word}!"}]})
    assert (refused.status_code, error(refused)["code"]) == (400, "content_filter")
    assert error(refused)["innererror"] == {"code": "ResponsibleAIPolicyViolation", "content_filter_result": found}


@pytest.mark.parametrize(
    ("provocation", "reason", "result"),
    [
        ("sandbox-provoke-high", "content_filter", ("hate", {"filtered": True, "severity": "high"})),
        (
            "sandbox-provoke-protected-text",
            "content_filter",
            ("protected_material_text", {"filtered": True, "detected": True}),
        ),
        ("sandbox-provoke-protected-code", "stop", ("protected_material_code", {"filtered": False, "detected": True})),
    ],
)
def test_a_completion_is_ended_and_says_why(
    http: httpx.Client, foundry: dict[str, str], provocation: str, reason: str, result: tuple[str, Any]
) -> None:
    body = {"model": NAME, "messages": [{"role": "user", "content": provocation}]}
    (choice,) = ask(http, foundry, V1, body).json()["choices"]
    assert choice["finish_reason"] == reason
    assert choice["content_filter_results"][result[0]] == result[1]
    streamed = ask(http, foundry, V1, {**body, "stream": True}).text
    chunks = [json.loads(line.removeprefix("data: ")) for line in streamed.split("\n\n")[:-2]]
    choices = [one for chunk in chunks for one in chunk["choices"]]
    assert choices[-1]["finish_reason"] == reason
    assert any(one["content_filter_results"].get(result[0]) == result[1] for one in choices)
    assert "".join(one["delta"]["content"] for one in choices) == choice["message"]["content"]


def test_a_deployments_own_policy_decides(arm: Arm, http: httpx.Client, foundry: dict[str, str]) -> None:
    """Stricter in one category, only telling in another, off in a third, and with a list of words."""
    at = account(GROUP, ACCOUNT)
    put_and_wait(arm, f"{at}/raiBlocklists/rivals", {"properties": {"description": "rivals"}})
    items = {"plain": {"pattern": "contoso", "isRegex": False}, "regex": {"pattern": "fab.*kam", "isRegex": True}}
    for name, item in items.items():
        put_and_wait(arm, f"{at}/raiBlocklists/rivals/raiBlocklistItems/{name}", {"properties": item})
    filters = [
        {"name": "Violence", "enabled": True, "blocking": True, "severityThreshold": "Low", "source": "Prompt"},
        {"name": "Hate", "enabled": True, "blocking": False, "severityThreshold": "Low", "source": "Prompt"},
        {"name": "Selfharm", "enabled": False, "blocking": False, "source": "Prompt"},
    ]
    lists = [{"blocklistName": "rivals", "blocking": True, "source": "Prompt"}]
    policy = {"basePolicyName": "Microsoft.DefaultV2", "mode": "Default", "contentFilters": filters}
    put_and_wait(arm, f"{at}/raiPolicies/strict", {"properties": {**policy, "customBlocklists": lists}})
    deploy_model(arm, GROUP, ACCOUNT, "chat-strict", capacity=2, raiPolicyName="strict")

    def answer(text: str) -> httpx.Response:
        return ask(http, foundry, V1, {"model": "chat-strict", "messages": [{"role": "user", "content": text}]})

    assert answer("sandbox-violence-low").status_code == 400
    told = answer("sandbox-hate-high and sandbox-self-harm-high").json()["prompt_filter_results"][0]
    assert told["content_filter_results"]["hate"] == {"filtered": False, "severity": "high"}
    assert "self_harm" not in told["content_filter_results"]
    for word in ("Contoso?", "a fabrikam"):
        refused = answer(word)
        result = error(refused)["innererror"]["content_filter_result"]
        assert result == {"custom_blocklists": {"filtered": True, "details": [{"filtered": True, "id": "rivals"}]}}
    assert answer("contosoesque").status_code == 200


# What is counted.


def test_tokens_are_metered_on_the_account(arm: Arm, http: httpx.Client, foundry: dict[str, str]) -> None:
    deploy_model(arm, GROUP, ACCOUNT, "chat-metered", capacity=1)
    used = ask(http, foundry, V1, {**ASKED, "model": "chat-metered"}).json()["usage"]
    rows = arm.call("GET", "/providers/Microsoft.Consumption/usageDetails").json()["value"]
    (mine, *_) = [one["properties"] for one in rows if one["properties"]["resourceId"] == foundry["id"]]
    assert (mine["consumedService"], mine["publisherType"]) == ("Microsoft.CognitiveServices", "Azure")
    assert mine["product"] == LLAMA
    query: dict[str, Any] = {
        "metricnames": "ModelRequests,InputTokens,OutputTokens,TotalTokens",
        "aggregation": "Total",
        "interval": "PT1H",
        "$filter": "ModelDeploymentName eq 'chat-metered'",
    }
    path = f"{account(GROUP, ACCOUNT)}/providers/Microsoft.Insights/metrics"
    shown = arm.call("GET", path, **query).json()["value"]
    totals = {one["name"]["value"]: sum(p["total"] for p in one["timeseries"][0]["data"]) for one in shown}
    assert totals == {
        "ModelRequests": 1,
        "InputTokens": used["prompt_tokens"],
        "OutputTokens": used["completion_tokens"],
        "TotalTokens": used["total_tokens"],
    }
