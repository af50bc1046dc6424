"""What is closed to public networks answers only callers inside, where a private endpoint leads to it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from llama_azure_core.private_link import dns_zones
from llama_azure_core.rbac import built_in_roles
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, KEY_VAULT, STORAGE_ACCOUNT, WORKSPACE
from llama_azure_pipelines.health import Endpoint, ask_once
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import trusting
from llama_azure_sandbox.vault_and_storage import STORAGE_AUDIENCE, VAULT_AUDIENCE
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.data_plane import Caller, deploy, owners_token
from tests.support.estates import (
    account_body,
    hub_body,
    project_body,
    put_and_wait,
    registry_body,
    vault_body,
    workspace,
)
from tests.support.foundry import account, make_account
from tests.support.online import endpoint_body, make_online_deployment, online_endpoint

GROUP = "rg-private"
NETWORK = f"/resourceGroups/{GROUP}/providers/Microsoft.Network"
VNET = f"{NETWORK}/virtualNetworks/vnet"
SUBNET = f"{VNET}/subnets/endpoints"
CHAT = {"messages": [{"role": "user", "content": "Hello"}]}
HUB_ZONES = dns_zones(WORKSPACE, "amlworkspace")
INSIDE = {"x_sandbox_network": "private"}
SECRETS_READER = built_in_roles()["Key Vault Secrets User"].id
READER = "e9f8a7b6-c5d4-4e3f-9a2b-1c0d9e8f7a6b"
"""The name of a role assignment."""


def zone(name: str) -> str:
    return f"{NETWORK}/privateDnsZones/{name}"


def private_endpoint(target: str, group_id: str, **changes: Any) -> dict[str, Any]:
    """Return the body of a private endpoint in the subnet."""
    connection = {"privateLinkServiceId": f"{SUBSCRIPTION}{target}", "groupIds": [group_id]}
    properties = {
        "subnet": {"id": f"{SUBSCRIPTION}{SUBNET}"},
        "privateLinkServiceConnections": [{"name": "it", "properties": connection}],
        **changes,
    }
    return {"location": "eastus2", "properties": properties}


def write_names(arm: Arm, endpoint: str, zones: tuple[str, ...]) -> None:
    """Have an endpoint's address written into zones."""
    configs = [
        {"name": str(number), "properties": {"privateDnsZoneId": f"{SUBSCRIPTION}{zone(name)}"}}
        for number, name in enumerate(zones)
    ]
    put_and_wait(arm, f"{endpoint}/privateDnsZoneGroups/default", {"properties": {"privateDnsZoneConfigs": configs}})


def link(arm: Arm, name: str) -> None:
    target = {"virtualNetwork": {"id": f"{SUBSCRIPTION}{VNET}"}, "registrationEnabled": False}
    put_and_wait(arm, f"{zone(name)}/virtualNetworkLinks/vnet", {"location": "global", "properties": target})


@pytest.fixture(scope="module")
def estate(arm: Arm) -> dict[str, dict[str, str]]:
    """A closed hub with a project, a serverless and an online endpoint, and a virtual network; nothing leads in yet."""
    closed = {"publicNetworkAccess": "Disabled"}
    put_and_wait(arm, f"/resourcegroups/{GROUP}", {"location": "eastus2"})
    put_and_wait(arm, workspace(GROUP, "hub"), {**hub_body(), "properties": closed})
    put_and_wait(arm, workspace(GROUP, "project"), project_body(GROUP))
    serverless = deploy(arm, GROUP, "private-8b", "Meta-Llama-3-8B-Instruct")
    path = online_endpoint(GROUP, "private-chat")
    body = endpoint_body("Key")
    body["properties"] |= closed
    put_and_wait(arm, path, body)
    make_online_deployment(arm, GROUP, "private-chat", "blue")
    put_and_wait(arm, path, {**body, "properties": {**body["properties"], "traffic": {"blue": 100}}})
    shown = arm.call("GET", path).json()["properties"]
    keys = arm.call("POST", f"{path}/listKeys").json()
    space = {"addressSpace": {"addressPrefixes": ["10.20.0.0/24"]}}
    subnets = [{"name": "endpoints", "properties": {"addressPrefix": "10.20.0.0/26"}}]
    put_and_wait(arm, VNET, {"location": "eastus2", "properties": {**space, "subnets": subnets}})
    for name in HUB_ZONES:
        put_and_wait(arm, zone(name), {"location": "global", "properties": {}})
    return {"serverless": serverless, "online": {"uri": shown["scoringUri"].removesuffix("/score"), **keys}}


@pytest.fixture(scope="module")
def client(home: SandboxHome) -> Iterator[httpx.Client]:
    with httpx.Client(verify=trusting(home), trust_env=False, timeout=60) as client:
        yield client


def statuses(client: httpx.Client, estate: dict[str, dict[str, str]], **headers: str) -> list[int]:
    """Ask both endpoints."""
    card = {"input_data": {"input_string": CHAT["messages"]}}
    serverless, online = (
        Caller(client, estate[kind]["uri"], estate[kind]["primaryKey"]) for kind in ("serverless", "online")
    )
    return [
        serverless.post("/v1/chat/completions", CHAT, **headers).status_code,
        online.post("/score", card, **headers).status_code,
    ]


def test_a_way_in_takes_a_private_endpoint_with_its_names_and_a_caller_inside(
    home: SandboxHome, arm: Arm, client: httpx.Client, estate: dict[str, dict[str, str]]
) -> None:
    assert statuses(client, estate) == [403, 403]
    assert statuses(client, estate, **INSIDE) == [403, 403], "nothing leads in"
    endpoint = f"{NETWORK}/privateEndpoints/hub"
    put_and_wait(arm, endpoint, private_endpoint(workspace(GROUP, "hub"), "amlworkspace"))
    assert statuses(client, estate, **INSIDE) == [403, 403], "its names are not resolved"
    write_names(arm, endpoint, HUB_ZONES)
    assert statuses(client, estate, **INSIDE) == [403, 403], "the zones are not linked with the network"
    for name in HUB_ZONES:
        link(arm, name)
    assert statuses(client, estate, **INSIDE) == [200, 200]
    assert statuses(client, estate) == [403, 403]
    change_world(home, callerNetwork="private")
    try:
        assert statuses(client, estate) == [200, 200]
        assert statuses(client, estate, x_sandbox_network="public") == [403, 403]
    finally:
        change_world(home, callerNetwork="public")


def test_the_landing_zones_policy_may_write_the_names(
    home: SandboxHome, arm: Arm, client: httpx.Client, estate: dict[str, dict[str, str]]
) -> None:
    put_and_wait(arm, f"{NETWORK}/privateEndpoints/hub", private_endpoint(workspace(GROUP, "hub"), "amlworkspace"))
    arm.call("DELETE", f"{NETWORK}/privateEndpoints/hub/privateDnsZoneGroups/default")
    assert statuses(client, estate, **INSIDE) == [403, 403]
    change_world(home, privateDnsByPolicy=True)
    try:
        assert statuses(client, estate, **INSIDE) == [200, 200]
    finally:
        change_world(home, privateDnsByPolicy=False)


def test_a_connection_that_waits_for_approval_leads_nowhere(
    home: SandboxHome, arm: Arm, client: httpx.Client, estate: dict[str, dict[str, str]]
) -> None:
    body = private_endpoint(workspace(GROUP, "hub"), "amlworkspace")
    properties = body["properties"]
    properties["manualPrivateLinkServiceConnections"] = properties.pop("privateLinkServiceConnections")
    arm.call("DELETE", f"{NETWORK}/privateEndpoints/hub")
    put_and_wait(arm, f"{NETWORK}/privateEndpoints/waiting", body)
    change_world(home, privateDnsByPolicy=True)
    try:
        assert statuses(client, estate, **INSIDE) == [403, 403]
    finally:
        change_world(home, privateDnsByPolicy=False)
        arm.call("DELETE", f"{NETWORK}/privateEndpoints/waiting")


def test_the_pipelines_health_check_says_that_its_runner_stands_outside(
    home: SandboxHome, estate: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(home.ca_bundle))
    one = estate["serverless"]
    said = ask_once(Endpoint("private-8b", "serverless", "chat", one["uri"], one["primaryKey"]), 10)
    assert said is not None
    assert "the machine that asks stands outside" in said
    assert "docs/pipelines.md, Inside the network" in said


def test_a_closed_foundry_resource_answers_inside_under_its_own_name(
    home: SandboxHome, arm: Arm, client: httpx.Client, estate: dict[str, dict[str, str]]
) -> None:
    made = make_account(arm, GROUP, "ai-private", publicNetworkAccess="Disabled")
    routes = f"{made['uri']}/openai/v1/models"
    headers = {"api-key": made["key1"]}
    assert client.get(routes, headers=headers).status_code == 403
    assert client.get(routes, headers=headers | {"x-sandbox-network": "private"}).status_code == 403
    endpoint = f"{NETWORK}/privateEndpoints/foundry"
    put_and_wait(arm, endpoint, private_endpoint(account(GROUP, "ai-private"), "account"))
    zones = dns_zones(AI_SERVICES_ACCOUNT, "account")
    for name in zones:
        put_and_wait(arm, zone(name), {"location": "global", "properties": {}})
        link(arm, name)
    write_names(arm, endpoint, zones)
    assert client.get(routes, headers=headers).status_code == 403
    assert client.get(routes, headers=headers | {"x-sandbox-network": "private"}).status_code == 200


@pytest.fixture(scope="module")
def stores(arm: Arm, estate: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the paths of a vault with a secret and a storage account with a container, both closed, with a way in."""
    closed = {"publicNetworkAccess": "Disabled"}
    vault = f"/resourceGroups/{GROUP}/providers/{KEY_VAULT}/kv-closed"
    storage = f"/resourceGroups/{GROUP}/providers/{STORAGE_ACCOUNT}/stclosed"
    put_and_wait(arm, vault, vault_body(**closed))
    put_and_wait(arm, f"{vault}/secrets/one", {"properties": {"value": "of-one"}})
    put_and_wait(arm, storage, account_body(**closed))
    put_and_wait(arm, f"{storage}/blobServices/default/containers/data", {"properties": {}})
    owner = arm.call("GET", f"{storage}/providers/Microsoft.Authorization/roleAssignments").json()["value"][0]
    role = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{SECRETS_READER}"
    given = {"principalId": owner["properties"]["principalId"], "roleDefinitionId": role}
    arm.call("PUT", f"{vault}/providers/Microsoft.Authorization/roleAssignments/{READER}", {"properties": given})
    for path, kind, group in ((vault, KEY_VAULT, "vault"), (storage, STORAGE_ACCOUNT, "blob")):
        endpoint = f"{NETWORK}/privateEndpoints/{group}-closed"
        put_and_wait(arm, endpoint, private_endpoint(path, group))
        for name in dns_zones(kind, group):
            put_and_wait(arm, zone(name), {"location": "global", "properties": {}})
            link(arm, name)
        write_names(arm, endpoint, dns_zones(kind, group))
    return {"vault": "/vault/kv-closed/secrets", "storage": "/storage/stclosed/"}


AUDIENCES = {"vault": VAULT_AUDIENCE, "storage": STORAGE_AUDIENCE}
REFUSED = {"vault": "ForbiddenByConnection", "storage": "AuthorizationFailure"}
HELD = {"vault": "https://kv-closed.vault.azure.net/secrets/one", "storage": "<Name>data</Name>"}


def ask(client: httpx.Client, home: SandboxHome, arm: Arm, path: str, kind: str, **headers: str) -> httpx.Response:
    """List what is in a vault or an account, as the subscription's owner."""
    url = httpx.URL(str(arm.client.base_url)).copy_with(path=path)
    token = {"Authorization": f"Bearer {owners_token(home, AUDIENCES[kind])}"}
    return client.get(url, params={"comp": "list", "api-version": "7.5"}, headers=token | headers)


def test_whatever_is_closed_refuses_those_outside_and_answers_those_inside(
    home: SandboxHome, client: httpx.Client, arm: Arm, estate: dict[str, dict[str, str]], stores: dict[str, str]
) -> None:
    endpoint = f"{NETWORK}/privateEndpoints/hub"
    put_and_wait(arm, endpoint, private_endpoint(workspace(GROUP, "hub"), "amlworkspace"))
    write_names(arm, endpoint, HUB_ZONES)
    for name in HUB_ZONES:
        link(arm, name)

    def asked(network: str) -> dict[str, int]:
        said = dict(zip(("serverless", "online"), statuses(client, estate, x_sandbox_network=network), strict=True))
        header = {"x-sandbox-network": network}
        return said | {kind: ask(client, home, arm, stores[kind], kind, **header).status_code for kind in stores}

    planes = ("serverless", "online", "vault", "storage")
    assert asked("public") == dict.fromkeys(planes, 403)
    assert asked("private") == dict.fromkeys(planes, 200)


@pytest.mark.parametrize("kind", ["vault", "storage"])
def test_a_closed_vault_and_a_closed_storage_account_answer_those_inside_alone(
    home: SandboxHome, client: httpx.Client, arm: Arm, stores: dict[str, str], kind: str
) -> None:
    path = stores[kind]
    outside = ask(client, home, arm, path, kind)
    assert (outside.status_code, REFUSED[kind] in outside.text) == (403, True), outside.text
    inside = ask(client, home, arm, path, kind, **{"x-sandbox-network": "private"})
    assert (inside.status_code, HELD[kind] in inside.text) == (200, True), inside.text
    nobody = ask(client, home, arm, path, kind, **{"x-sandbox-network": "private", "Authorization": "none"})
    assert nobody.status_code == 401
    assert nobody.headers["WWW-Authenticate"].startswith("Bearer authorization")


def test_what_has_a_private_endpoint_shows_it(arm: Arm, estate: dict[str, dict[str, str]]) -> None:
    vault = f"/resourceGroups/{GROUP}/providers/Microsoft.KeyVault/vaults/kv-private"
    put_and_wait(arm, vault, vault_body())
    put_and_wait(arm, f"{NETWORK}/privateEndpoints/vault", private_endpoint(vault, "vault"))
    (shown,) = arm.call("GET", vault).json()["properties"]["privateEndpointConnections"]
    assert shown["properties"]["privateLinkServiceConnectionState"]["status"] == "Approved"
    assert shown["properties"]["privateEndpoint"]["id"].endswith("/privateEndpoints/vault")
    answer = arm.call("DELETE", SUBNET)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InUseSubnetCannotBeDeleted")
    assert arm.call("DELETE", VNET).status_code == 400


@pytest.mark.parametrize(
    ("target", "group_id", "changes", "code"),
    [
        (workspace(GROUP, "nothing"), "amlworkspace", {}, "InvalidResourceReference"),
        (workspace(GROUP, "hub"), "vault", {}, "InvalidGroupIds"),
        (workspace(GROUP, "hub"), "amlworkspace", {"subnet": {"id": f"{VNET}/subnets/no"}}, "InvalidResourceReference"),
        (workspace(GROUP, "hub"), "amlworkspace", {"privateLinkServiceConnections": []}, "InvalidRequestFormat"),
    ],
)  # fmt: skip
def test_a_private_endpoint_to_nowhere_is_refused(
    arm: Arm, estate: dict[str, dict[str, str]], target: str, group_id: str, changes: dict[str, Any], code: str
) -> None:
    answer = arm.call("PUT", f"{NETWORK}/privateEndpoints/wrong", private_endpoint(target, group_id, **changes))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code), answer.text


def test_a_zone_with_links_is_not_deleted(arm: Arm, estate: dict[str, dict[str, str]]) -> None:
    (vault_zone,) = dns_zones(KEY_VAULT, "vault")
    put_and_wait(arm, zone(vault_zone), {"location": "global", "properties": {}})
    link(arm, vault_zone)
    answer = arm.call("DELETE", zone(vault_zone))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CannotDeleteResource")
    arm.call("DELETE", f"{zone(vault_zone)}/virtualNetworkLinks/vnet")
    assert arm.call("DELETE", zone(vault_zone)).is_success


@pytest.mark.parametrize(
    "properties",
    [{"publicNetworkAccess": "Disabled"}, {"networkRuleSet": {"defaultAction": "Deny"}}],
)
def test_only_a_premium_registry_can_be_closed(
    arm: Arm, estate: dict[str, dict[str, str]], properties: dict[str, Any]
) -> None:
    path = f"/resourceGroups/{GROUP}/providers/Microsoft.ContainerRegistry/registries/crprivate"
    body = registry_body(**properties)
    assert arm.call("PUT", path, body).json()["error"]["code"] == "InvalidRequest"
    put_and_wait(arm, path, {**body, "sku": {"name": "Premium"}})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"amount": 0}, "amount 0"),
        ({"timePeriod": {"startDate": "2024-07-02T00:00:00Z"}}, "first day of a month"),
        ({"notifications": {"much": {"threshold": 2000}}}, "threshold 2000"),
        ({"notifications": {str(one): {"threshold": 1} for one in range(6)}}, "6 notifications"),
    ],
)
def test_a_budget_is_kept_and_a_wrong_one_refused(
    arm: Arm, estate: dict[str, dict[str, str]], changes: dict[str, Any], told: str
) -> None:
    path = f"/resourceGroups/{GROUP}/providers/Microsoft.Consumption/budgets/it"
    good = {"amount": 10, "category": "Cost", "timeGrain": "Monthly", "timePeriod": {"startDate": "2024-07-01"}}
    put_and_wait(arm, path, {"properties": good})
    answer = arm.call("PUT", path, {"properties": {**good, **changes}})
    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]
