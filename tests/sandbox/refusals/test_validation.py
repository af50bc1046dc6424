"""What providers refuse of a body, whatever client sends it, and what the tenant does not have."""

from typing import Any

import pytest

from llama_azure_core.limits import limits
from llama_azure_sandbox.arm.world import TENANT_ID
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.by_id import ById
from tests.support.estates import account_body, hub_body, make_project, registry_body, vault_body, workspace
from tests.support.online import CHAT_MODEL, make_online_endpoint, online_endpoint

GROUP = "rg-validation"
PROVIDERS = f"/resourceGroups/{GROUP}/providers"
ACCOUNT = f"{PROVIDERS}/Microsoft.Storage/storageAccounts/stvalid"
VAULT = f"{PROVIDERS}/Microsoft.KeyVault/vaults/kv-valid"
SERVICES = f"{PROVIDERS}/Microsoft.CognitiveServices/accounts/ai-valid"
BLUE = f"{online_endpoint(GROUP, 'valid-chat')}/deployments/blue"
ROLE = "/providers/Microsoft.Authorization/roleDefinitions/0f0f0f0f-0000-4000-8000-0000000000"
ML = "Microsoft.MachineLearningServices"


@pytest.fixture(scope="module", autouse=True)
def estate(arm: Arm) -> None:
    make_project(arm, GROUP)
    make_online_endpoint(arm, GROUP, "valid-chat")


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    properties = {key: value for key, value in body["properties"].items() if key != name}
    return {**{key: value for key, value in body.items() if key != name}, "properties": properties}


def deployment(capacity: int = 1, **properties: Any) -> dict[str, Any]:
    own = {"endpointComputeType": "Managed", "model": CHAT_MODEL, "instanceType": "Standard_NC24s_v3"}
    sku = {"name": "Default", "capacity": capacity}
    return {"location": "eastus2", "sku": sku, "properties": {**own, **properties}}


@pytest.mark.parametrize(
    ("path", "body", "what", "said"),
    [
        (
            "/resourcegroups/rg-mars",
            {"location": "marscentral"},
            (400, "LocationNotAvailableForResourceGroup"),
            "'marscentral' is not available for resource group",
        ),
        (ACCOUNT, account_body("marscentral"), (400, "LocationNotAvailableForResourceType"), "storageAccounts'"),
        (workspace(GROUP, "far"), hub_body("Mars Central"), (400, "LocationNotAvailableForResourceType"), "'Mars Cen"),
        (f"{workspace(GROUP, 'hub')}/foos/x", {"properties": {}}, (404, "InvalidResourceType"), "'workspaces/foos'"),
        (f"{PROVIDERS}/Microsoft.Nonsense/a/b", {"properties": {}}, (404, "InvalidResourceNamespace"), "Nonsense'"),
        (workspace(GROUP, "odd"), {**hub_body(), "kind": "Hubb"}, (400, "ValidationError"), "kind is 'Hubb'"),
        (
            workspace(GROUP, "odd"),
            {**hub_body(), "properties": {"publicNetworkAccess": "Maybe"}},
            (400, "ValidationError"),
            "publicNetworkAccess is 'Maybe'",
        ),
        (
            workspace(GROUP, "odd"),
            {**hub_body(), "properties": {"managedNetwork": {"isolationMode": "Foo"}}},
            (400, "ValidationError"),
            "isolationMode is 'Foo'",
        ),
        (
            workspace(GROUP, "odd"),
            {**hub_body(), "properties": {"storageAccount": f"{SUBSCRIPTION}{workspace(GROUP, 'hub')}"}},
            (400, "ValidationError"),
            "the id of no Microsoft.Storage/storageAccounts",
        ),
        (VAULT, without(vault_body(), "tenantId"), (400, "BadRequest"), "'tenantId'"),
        (VAULT, vault_body(tenantId=TENANT_ID.replace("7", "8")), (400, "BadRequest"), "'tenantId'"),
        (VAULT, without(vault_body(), "sku"), (400, "BadRequest"), "'sku'"),
        (ACCOUNT, without(account_body(), "sku"), (400, "InvalidRequestPropertyValue"), "sku.name is required"),
        (ACCOUNT, {**account_body(), "sku": {"name": "Nope"}}, (400, "InvalidRequestPropertyValue"), "'Nope'"),
        (ACCOUNT, {**account_body(), "kind": "Nope"}, (400, "InvalidRequestPropertyValue"), "property kind"),
        (
            f"{PROVIDERS}/Microsoft.ContainerRegistry/registries/crvalid",
            without(registry_body(), "sku"),
            (400, "InvalidRequestPropertyValue"),
            "Basic, Standard, Premium",
        ),
        (SERVICES, {"location": "eastus2", "sku": {"name": "S0"}}, (400, "InvalidApiSetting"), "kind"),
        (SERVICES, {"location": "eastus2", "kind": "AIServices"}, (400, "InvalidSku"), "sku.name"),
        (BLUE, deployment(0), (400, "BadRequest"), "asks for 0 instances"),
        (BLUE, without(deployment(), "sku"), (400, "BadRequest"), "needs a sku"),
        (BLUE, deployment(endpointComputeType="Kubernetes"), (400, "BadRequest"), "'Kubernetes'"),
        (BLUE, deployment(model=CHAT_MODEL.replace("/27", "/999")), (400, "BadRequest"), "has no version 999"),
        (BLUE, deployment(instanceType="Standard_DS3_v2"), (400, "BadRequest"), "DS3_v2 is too small for Llama-2-7b-"),
    ],
)
def test_what_a_provider_does_not_take_is_refused(
    azure: ById, path: str, body: dict[str, Any], what: tuple[int, str], said: str
) -> None:
    refusal = azure.refused_put(path, body)
    assert refusal.what[:2] == what
    assert said in refusal.message


@pytest.mark.parametrize(
    "kind", ["Microsoft.Network/privateDnsZones/privatelink.example.org", "Microsoft.Search/searchServices/any"]
)
def test_a_type_of_a_provider_that_is_not_known_whole_is_kept_as_it_comes(azure: ById, kind: str) -> None:
    assert azure.put(f"{PROVIDERS}/{kind}", {"location": "global", "properties": {"any": 1}})["properties"]["any"] == 1


def test_a_vault_that_says_nothing_takes_roles_from_the_api_version_on_that_says_so(azure: ById) -> None:
    silent = without(vault_body(), "enableRbacAuthorization")
    assert "'accessPolicies'" in azure.refused_put(VAULT, silent, "2024-11-01").message
    assert azure.put(VAULT, silent, "2026-05-15")["name"] == "kv-valid"
    azure.delete(VAULT)


def test_a_resource_bears_so_many_tags_and_no_more(azure: ById) -> None:
    most = limits()["tagsPerResource"]
    tags = {f"tag{number}": "x" for number in range(most + 1)}
    path = "/resourcegroups/rg-validation-tags"
    assert f"{most} at most" in azure.refused_put(path, {"location": "eastus2", "tags": tags}).message
    del tags["tag0"]
    azure.put(path, {"location": "eastus2", "tags": tags})
    assert f"{most} at most" in azure.refused_patch(path, {"tags": {"tag0": "x"}}).message


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (f"{ML}/workspaces/nonsense/foo", "does not match any of the actions supported by the providers"),
        (f"{ML}/workspaces/nonsense/read", "does not match any of the actions supported by the providers"),
        (f"{ML}/*/read/*", "contains multiple wildcards. Only one is allowed"),
        ("Microsoft.Nonsense/things/read", "is not returned in the list of providers"),
    ],
)
@pytest.mark.parametrize("list_name", ["actions", "notActions"])
def test_a_role_with_an_action_that_no_provider_has_is_refused(
    azure: ById, action: str, said: str, list_name: str
) -> None:
    permission = {"actions": ["*/read"], list_name: [action]}
    body = {"properties": {"roleName": "odd", "permissions": [permission], "assignableScopes": [SUBSCRIPTION]}}
    refusal = azure.refused_put(f"{SUBSCRIPTION}{ROLE}01", body, "2022-04-01")
    assert refusal.what == (400, "InvalidActionOrNotAction")
    assert said in refusal.message


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/providers/Microsoft.Authorization/policyDefinitions"),
        ("GET", "/providers/Microsoft.Management/managementGroups"),
        ("POST", "/providers/Microsoft.ResourceGraph/resources"),
        ("GET", "/providers/Microsoft.Authorization/providerOperations"),
        ("GET", "/providers"),
    ],
)
def test_what_lies_above_the_subscription_is_not_there_and_says_so(arm: Arm, method: str, path: str) -> None:
    answer = arm.client.request(
        method, path, params={"api-version": "2022-09-01"}, json={} if method == "POST" else None
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NotSupported")
    assert "The sandbox has one subscription" in answer.json()["error"]["message"]


def test_an_answer_can_be_found_again(arm: Arm) -> None:
    given = arm.call("GET", f"/resourcegroups/{GROUP}", headers={"x-ms-correlation-request-id": "mine"}).headers
    assert given["x-ms-correlation-request-id"] == "mine"
    assert given["x-ms-request-id"] in given["x-ms-routing-request-id"]
    assert int(given["x-ms-ratelimit-remaining-subscription-reads"]) > 0
    refused = arm.call("PUT", f"{PROVIDERS}/Microsoft.Nonsense/a/b", {}).headers
    assert "x-ms-ratelimit-remaining-subscription-writes" in refused
    assert refused["x-ms-correlation-request-id"] != "mine"


@pytest.mark.parametrize(
    ("version", "taken"),
    [
        ("2026-09-01", True),
        ("2031-01-01-preview", True),
        ("2024-02-30", False),
        ("2014-01-01", False),
        ("newest", False),
    ],
)
def test_an_api_version_that_is_newer_than_all_that_are_known_is_taken(arm: Arm, version: str, *, taken: bool) -> None:
    answer = arm.client.get(SUBSCRIPTION + ACCOUNT.rsplit("/", 1)[0], params={"api-version": version})
    assert (answer.status_code == 200) is taken
    assert taken or answer.json()["error"]["code"] == "NoRegisteredProviderFound"


def test_a_put_is_answered_with_a_code_that_the_types_client_takes(arm: Arm) -> None:
    hub = workspace(GROUP, "hub")
    for path, body in (
        (
            f"{hub}/connections/first",
            {"properties": {"authType": "None", "category": "Custom", "target": "https://a.b"}},
        ),
        (f"{hub}/providers/Microsoft.Insights/diagnosticSettings/first", {"properties": {}}),
    ):
        assert arm.call("PUT", path, body).status_code == 200


def test_metrics_that_are_none_are_refused(arm: Arm) -> None:
    endpoint = online_endpoint(GROUP, "valid-chat")
    for query, said in (
        ({"metricnames": "Nonsense"}, "Valid metrics: RequestsPerMinute"),
        ({"timespan": "yesterday"}, "The timespan 'yesterday' is none"),
        ({"timespan": "2024-01-01T00:00:00Z/2025-01-01T00:00:00Z"}, "ask for longer ones"),
        ({"interval": "PT7M"}, "The interval 'PT7M' is not supported"),
    ):
        answer = arm.call("GET", f"{endpoint}/providers/Microsoft.Insights/metrics", None, None, **query)
        assert answer.status_code == 400, answer.text[:300] + str(query)
        assert said in answer.json()["error"]["message"]
