"""What Azure Resource Manager refuses of any provider, and what hubs and projects ask of each other."""

from collections.abc import Iterator
from typing import Any

import pytest

from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import SandboxHome
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.by_id import ById
from tests.support.estates import (
    LLAMA_8B,
    account_body,
    endpoint_body,
    hub_body,
    make_endpoint,
    make_project,
    project_body,
    registry_body,
    serverless_endpoint,
    vault_body,
    wait_until,
    workspace,
)

GROUP = "rg-manager"
PROVIDERS = f"/resourceGroups/{GROUP}/providers"
ACCOUNT = f"{PROVIDERS}/Microsoft.Storage/storageAccounts"
VAULT = f"{PROVIDERS}/Microsoft.KeyVault/vaults"
REGISTRY = f"{PROVIDERS}/Microsoft.ContainerRegistry/registries"
IDENTITY = f"{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities"
LOCK = "providers/Microsoft.Authorization/locks/keep"
THERE: dict[str, Any] = {"location": "eastus2", "properties": {}}
LONG = "a" * 53


@pytest.fixture(scope="module", autouse=True)
def estate(arm: Arm, azure: ById) -> None:
    make_project(arm, GROUP)
    make_endpoint(arm, GROUP, "llama-manager", "project")
    azure.put(f"{ACCOUNT}/stmanager", account_body(isHnsEnabled=False))
    azure.put(f"{VAULT}/kv-manager", vault_body())
    azure.put(f"{REGISTRY}/crmanager", registry_body())
    azure.put("/resourcegroups/rg-manager-two", {"location": "eastus2"})


@pytest.fixture
def world(home: SandboxHome) -> Iterator[SandboxHome]:
    """A world that a test may change; it is put right afterwards."""
    yield home
    change_world(home, unregisteredProviders=[], checkApiVersions=True, subscriptionState="Enabled", limits={})


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/resourcegroups/rg%", THERE, "InvalidResourceName"),
        (f"{ACCOUNT}/No-Dashes", account_body(), "AccountNameInvalid"),
        (f"{VAULT}/kv--twice", vault_body(), "VaultNameNotValid"),
        (f"{REGISTRY}/cr-no", registry_body(), "InvalidResourceName"),
        (f"{PROVIDERS}/Microsoft.OperationalInsights/workspaces/-log", THERE, "InvalidResourceName"),
        (workspace(GROUP, "a"), hub_body(), "UserError"),
        (workspace(GROUP, "a.b"), hub_body(), "UserError"),
        (serverless_endpoint(GROUP, "project", LONG), endpoint_body(), "UserError"),
        (serverless_endpoint(GROUP, "project", "llama-3.1"), endpoint_body(), "UserError"),
        (
            f"{workspace(GROUP, 'project')}/marketplaceSubscriptions/llama.3",
            {"properties": {"modelId": LLAMA_8B}},
            "UserError",
        ),
    ],
)
def test_a_name_that_breaks_the_rules_of_its_type_is_refused(
    azure: ById, path: str, body: dict[str, Any], code: str
) -> None:
    refusal = azure.refused_put(path, body)
    assert (refusal.status, refusal.code) == (400, code)
    assert path.rsplit("/", 1)[-1] in refusal.message


@pytest.mark.parametrize(
    ("path", "body", "code", "said"),
    [
        (
            "Microsoft.Storage/storageAccounts/stmanager",
            account_body(),
            "StorageAccountAlreadyTaken",
            "named stmanager is already taken",
        ),
        (
            "Microsoft.KeyVault/vaults/kv-manager",
            vault_body(),
            "VaultAlreadyExists",
            "vault name 'kv-manager' is already in use",
        ),
        (
            "Microsoft.ContainerRegistry/registries/crmanager",
            registry_body(),
            "AlreadyInUse",
            "crmanager.azurecr.io is already in use",
        ),
    ],
)
def test_a_name_that_must_be_unique_in_azure_is_taken_across_groups(
    azure: ById, path: str, body: dict[str, Any], code: str, said: str
) -> None:
    refusal = azure.refused_put(f"/resourceGroups/rg-manager-two/providers/{path}", body)
    assert refusal.what == (409, code)
    assert said in refusal.message


@pytest.mark.parametrize(
    ("path", "changed", "code", "said"),
    [
        (
            f"/resourcegroups/{GROUP}",
            {"location": "westus"},
            "InvalidResourceGroupLocation",
            "exists in location 'eastus2'",
        ),
        (f"{ACCOUNT}/stmanager", {"location": "westus"}, "InvalidResourceLocation", "exists in location 'eastus2' in"),
        (workspace(GROUP, "hub"), {"location": "westus"}, "InvalidResourceLocation", f"in resource group '{GROUP}'"),
        (workspace(GROUP, "hub"), {"kind": "Project"}, "PropertyChangeNotAllowed", "Changing property 'kind'"),
        (
            workspace(GROUP, "project"),
            {"properties": {"hubResourceId": f"{SUBSCRIPTION}{workspace(GROUP, 'project')}"}},
            "PropertyChangeNotAllowed",
            "Changing property 'properties.hubResourceId'",
        ),
        (
            serverless_endpoint(GROUP, "project", "llama-manager"),
            {"properties": {"modelSettings": {"modelId": LLAMA_8B.replace("8B", "70B")}}},
            "PropertyChangeNotAllowed",
            "Changing property 'properties.modelSettings.modelId'",
        ),
        (
            f"{workspace(GROUP, 'project')}/marketplaceSubscriptions/Meta-Llama-3-8B-Instruct",
            {"properties": {"modelId": LLAMA_8B.replace("8B", "70B")}},
            "PropertyChangeNotAllowed",
            "Changing property 'properties.modelId'",
        ),
        (
            f"{ACCOUNT}/stmanager",
            {"properties": {"isHnsEnabled": True}},
            "PropertyChangeNotAllowed",
            "Changing property 'properties.isHnsEnabled'",
        ),
    ],
)
def test_what_a_resource_keeps_for_life_cannot_be_changed(
    azure: ById, path: str, changed: dict[str, Any], code: str, said: str
) -> None:
    whole = {"sku": {"name": "Standard_LRS"}, "location": "eastus2", **changed}
    for refusal in (azure.refused_patch(path, changed), azure.refused_put(path, whole)):
        assert refusal.what == (409, code)
        assert said in refusal.message


def test_a_put_that_leaves_out_what_is_kept_for_life_keeps_it(azure: ById) -> None:
    azure.put(workspace(GROUP, "project"), {"location": "eastus2", "tags": {"a": "b"}})
    shown = azure.get(workspace(GROUP, "project"))
    assert (shown["kind"], shown["tags"]) == ("Project", {"a": "b"})


def test_an_api_version_that_the_type_does_not_have_is_refused_unless_nobody_looks(
    world: SandboxHome, arm: Arm, azure: ById
) -> None:
    refusal = azure.refused_put(f"{ACCOUNT}/stmanager", THERE, "2025-12-01")
    assert refusal.what == (400, "NoRegisteredProviderFound")
    assert refusal.message.startswith(
        "No registered resource provider found for location 'eastus2' and API version '2025-12-01' for type "
        "'storageAccounts'. The supported api-versions are '2015-05-01-preview, "
    )
    for method, path in (("GET", ACCOUNT), ("DELETE", f"{ACCOUNT}/stmanager")):
        answer = arm.client.request(method, SUBSCRIPTION + path, params={"api-version": "1999-01-01"})
        assert answer.json()["error"]["code"] == "NoRegisteredProviderFound"
    change_world(world, checkApiVersions=False)
    azure.put(f"{ACCOUNT}/stmanager", account_body(isHnsEnabled=False), "2025-12-01")


def test_a_provider_that_is_not_registered_takes_no_resources_until_it_is(
    world: SandboxHome, arm: Arm, azure: ById
) -> None:
    change_world(world, unregisteredProviders=["Microsoft.KeyVault"])
    refusal = azure.refused_put(f"{VAULT}/kv-later", vault_body())
    assert refusal.what == (409, "MissingSubscriptionRegistration")
    assert (
        "is not registered to use namespace 'Microsoft.KeyVault'. See https://aka.ms/rps-not-found" in refusal.message
    )
    assert azure.get(f"{VAULT}/kv-manager")
    arm.call("POST", "/providers/Microsoft.KeyVault/register")
    azure.put(f"{VAULT}/kv-later", vault_body())


def test_subscribing_registers_for_saas_by_itself(world: SandboxHome, arm: Arm, azure: ById) -> None:
    change_world(world, unregisteredProviders=["Microsoft.SaaS"])
    azure.put(
        f"{workspace(GROUP, 'project')}/marketplaceSubscriptions/saas",
        {"properties": {"modelId": LLAMA_8B.replace("8B", "70B")}},
    )
    assert arm.call("GET", "/providers/Microsoft.SaaS").json()["registrationState"] == "Registered"


@pytest.mark.parametrize("state", ["Disabled", "Warned", "Deleted"])
def test_a_subscription_out_of_use_is_only_read(world: SandboxHome, arm: Arm, azure: ById, state: str) -> None:
    change_world(world, subscriptionState=state)
    for refusal in (azure.refused_put(f"{VAULT}/kv-manager", THERE), azure.refused_patch(f"{VAULT}/kv-manager", THERE)):
        assert refusal.what == (409, "ReadOnlyDisabledSubscription")
    assert azure.get(f"{VAULT}/kv-manager")


@pytest.mark.parametrize(
    "path",
    [
        serverless_endpoint(GROUP, "nobody", "llama"),
        f"{ACCOUNT}/stnobody/blobServices/default/containers/logs",
        f"{VAULT}/kv-nobody/keys/key",
        f"{VAULT}/kv-nobody/providers/Microsoft.Insights/diagnosticSettings/logs",
        f"{workspace(GROUP, 'project')}/onlineEndpoints/nobody/deployments/blue",
    ],
)
def test_a_child_of_nothing_is_refused(azure: ById, path: str) -> None:
    refusal = azure.refused_put(path, THERE)
    assert refusal.what == (404, "ParentResourceNotFound")
    assert "because the parent resource" in refusal.message


def test_a_container_lies_in_the_blob_service_that_every_account_has(azure: ById) -> None:
    azure.put(f"{ACCOUNT}/stmanager/blobServices/default/containers/logs", {"properties": {}})


@pytest.mark.parametrize("level", ["CanNotDelete", "ReadOnly"])
def test_a_lock_holds_what_it_extends_and_all_in_it(azure: ById, level: str) -> None:
    path = f"/resourceGroups/rg-locked-{level}"
    azure.put(path, {"location": "eastus2"})
    vault = f"{path}/providers/Microsoft.KeyVault/vaults/kv-{level}"
    azure.put(vault, vault_body())
    azure.put(f"{vault}/{LOCK}", {"properties": {"level": level}})
    for held in (vault, path):
        refusal = azure.refused_delete(held)
        assert refusal.what == (409, "ScopeLocked")
        assert f"following scope(s) are locked: '{SUBSCRIPTION}{vault}'" in refusal.message
    if level == "ReadOnly":
        assert "cannot perform write operation" in azure.refused_patch(vault, {"tags": {"a": "b"}}).message
    else:
        azure.patch(vault, {"tags": {"a": "b"}})
    azure.delete(f"{vault}/{LOCK}")
    azure.delete(path)


def test_an_assigned_identity_must_be_there_and_shows_its_ids(azure: ById) -> None:
    identity = f"{SUBSCRIPTION}{IDENTITY}/id-hub"
    body = {**hub_body(), "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}}}
    refusal = azure.refused_put(workspace(GROUP, "hub-identity"), body)
    assert refusal.what == (400, "FailedIdentityOperation")
    assert "id-hub' was not found" in refusal.message
    made = azure.put(f"{IDENTITY}/id-hub", {"location": "eastus2"})["properties"]
    azure.put(workspace(GROUP, "hub-identity"), body)
    shown = azure.client.resources.get_by_id(
        f"{SUBSCRIPTION}{workspace(GROUP, 'hub-identity')}", api_version="2025-12-01"
    ).as_dict()["identity"]["userAssignedIdentities"][identity]
    assert (shown["principalId"], shown["clientId"]) == (made["principalId"], made["clientId"])


def test_keys_and_secrets_of_a_vault_show_where_they_are_and_no_value(azure: ById) -> None:
    key = azure.put(f"{VAULT}/kv-manager/keys/encryption", {"properties": {"kty": "RSA"}})["properties"]
    assert key["keyUriWithVersion"].startswith("https://kv-manager.vault.azure.net/keys/encryption/")
    secret = azure.put(f"{VAULT}/kv-manager/secrets/word", {"properties": {"value": "hidden"}})["properties"]
    assert secret["secretUri"] == "https://kv-manager.vault.azure.net/secrets/word"
    assert "value" not in secret


def test_a_registry_shows_its_login_server(azure: ById) -> None:
    assert azure.get(f"{REGISTRY}/crmanager")["properties"]["loginServer"] == "crmanager.azurecr.io"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            {**project_body(GROUP), "location": "westus"},
            "location West US of the project is not that of its hub, which is",
        ),
        (
            {**project_body(GROUP), "properties": {"hubResourceId": f"{SUBSCRIPTION}{workspace(GROUP, 'project')}"}},
            "The hubResourceId is that of no hub",
        ),
        (
            {**hub_body(), "properties": {"storageAccount": f"{SUBSCRIPTION}{ACCOUNT}/stnobody"}},
            "The storageAccount of the workspace does not exist",
        ),
    ],
)
def test_a_workspace_stands_on_what_is_there(azure: ById, body: dict[str, Any], said: str) -> None:
    refusal = azure.refused_put(workspace(GROUP, "standing"), body)
    assert refusal.what[:2] == (400, "UserError")
    assert said in refusal.message


def test_a_hub_with_projects_stays_and_so_does_its_group(arm: Arm, azure: ById) -> None:
    refusal = azure.refused_delete(workspace(GROUP, "hub"))
    assert refusal.what == (409, "UserError", "Conflict")
    assert "The hub hub cannot be deleted while it has projects: project" in refusal.message
    azure.put("/resourcegroups/rg-hub-alone", {"location": "eastus2"})
    azure.put(workspace("rg-hub-alone", "hub"), hub_body())
    azure.put(workspace("rg-manager-two", "elsewhere"), project_body("rg-hub-alone"))
    blocked = azure.refused_delete("/resourceGroups/rg-hub-alone")
    assert blocked.what == (409, "ResourceGroupDeletionBlocked")
    assert f"{SUBSCRIPTION}{workspace('rg-hub-alone', 'hub')}" in blocked.message
    azure.delete(workspace("rg-manager-two", "elsewhere"))
    azure.delete("/resourceGroups/rg-hub-alone")
    wait_until(lambda: arm.call("GET", "/resourceGroups/rg-hub-alone").status_code == 404)


def test_a_group_holds_so_many_workspaces(world: SandboxHome, azure: ById) -> None:
    change_world(world, limits={"workspacesPerResourceGroup": 2})
    refusal = azure.refused_put(workspace(GROUP, "one-more"), hub_body())
    assert refusal.what == (400, "UserError", "BadRequest")
    assert "of 2 that it may have" in refusal.message
