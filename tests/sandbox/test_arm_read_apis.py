"""What others ask before they deploy: registrations, quota, free names, and what is deleted but not gone.

Through Azure's own management clients.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.keyvault import KeyVaultManagementClient
from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.storage import StorageManagementClient

from llama_azure_core.limits import limits
from llama_azure_core.quota import vm_sizes
from llama_azure_sandbox.arm.known_providers import api_versions, known_providers
from llama_azure_sandbox.client.world import advance_clock, change_world
from llama_azure_sandbox.home import SandboxHome
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.clients import open_client
from tests.support.estates import account_body, hub_body, put_and_wait, vault_body, wait_until, workspace
from tests.support.refusals import refusal

GROUP = "rg-read-apis"
VAULTS = f"/resourceGroups/{GROUP}/providers/Microsoft.KeyVault/vaults"
ACCOUNTS = f"/resourceGroups/{GROUP}/providers/Microsoft.Storage/storageAccounts"
DAY = 86400
A100 = vm_sizes()["standard_nc24ads_a100_v4"]


@pytest.fixture(scope="module", autouse=True)
def group(arm: Arm) -> None:
    put_and_wait(arm, f"/resourcegroups/{GROUP}", {"location": "eastus2"})


@pytest.fixture
def resources(home: SandboxHome) -> Iterator[ResourceManagementClient]:
    with open_client(ResourceManagementClient, home) as client:
        yield client


@pytest.fixture
def key_vaults(home: SandboxHome) -> Iterator[KeyVaultManagementClient]:
    with open_client(KeyVaultManagementClient, home) as client:
        yield client


@pytest.fixture
def soft_delete(home: SandboxHome) -> Iterator[None]:
    change_world(home, softDelete=True)
    yield
    change_world(home, softDelete=False)


def vault(**properties: Any) -> dict[str, Any]:
    return {**vault_body(**properties), "tags": {"team": "a"}}


def delete(arm: Arm, path: str, *, purge: bool = False) -> None:
    assert arm.call("DELETE", path, forceToPurge=str(purge).lower()).is_success
    wait_until(lambda: arm.call("GET", path).status_code == 404)


def test_every_provider_is_registered_until_the_world_says_otherwise(
    home: SandboxHome, resources: ResourceManagementClient
) -> None:
    listed = {provider.namespace: provider.registration_state for provider in resources.providers.list()}
    assert listed == dict.fromkeys(known_providers(), "Registered")
    change_world(home, unregisteredProviders=["microsoft.saas"])
    assert resources.providers.get("Microsoft.SaaS").registration_state == "NotRegistered"
    assert resources.providers.register("Microsoft.SaaS").registration_state == "Registering"
    wait_until(lambda: resources.providers.get("Microsoft.SaaS").registration_state == "Registered")
    assert resources.providers.unregister("Microsoft.SaaS").registration_state == "NotRegistered"
    change_world(home, unregisteredProviders=[])


def test_a_provider_shows_the_api_versions_that_are_accepted(resources: ResourceManagementClient) -> None:
    shown = resources.providers.get("Microsoft.MachineLearningServices")
    types = {kind.resource_type: kind.api_versions for kind in shown.resource_types or []}
    name = "workspaces/serverlessEndpoints"
    assert tuple(reversed(types[name] or [])) == api_versions(f"Microsoft.MachineLearningServices/{name}")


def test_an_unknown_namespace_is_not_found(resources: ResourceManagementClient) -> None:
    with pytest.raises(HttpResponseError, match=r"InvalidResourceNamespace.*'Microsoft\.Nothing' is invalid"):
        resources.providers.get("Microsoft.Nothing")


def test_usages_show_the_quota_of_each_vm_family_in_the_region(home: SandboxHome) -> None:
    change_world(home, defaultCoreQuota=96, coreQuotas={f"westus3/{A100.family}": 24})
    with open_client(MachineLearningServicesMgmtClient, home) as client:
        for region, cores in (("eastus2", 96), ("westus3", 24)):
            usages = {usage.name.value: usage for usage in client.usages.list(region) if usage.name}
            assert set(usages) == {size.family for size in vm_sizes().values()}
            assert (usages[A100.family].current_value, usages[A100.family].limit) == (0, cores)
            assert usages[A100.family].unit == "Count"
    change_world(home, defaultCoreQuota=480, coreQuotas={})


def test_storage_names_are_free_taken_or_invalid(home: SandboxHome, arm: Arm) -> None:
    put_and_wait(arm, f"{ACCOUNTS}/sttaken", account_body())
    change_world(home, namesOfOthers=["stforeign"])
    with open_client(StorageManagementClient, home) as client:
        answers = {
            name: client.storage_accounts.check_name_availability(
                {"name": name, "type": "Microsoft.Storage/storageAccounts"}
            )
            for name in ("stfree", "sttaken", "stforeign", "No-Name")
        }
    assert {name: (answer.name_available, answer.reason) for name, answer in answers.items()} == {
        "stfree": (True, None),
        "sttaken": (False, "AlreadyExists"),
        "stforeign": (False, "AlreadyExists"),
        "No-Name": (False, "AccountNameInvalid"),
    }
    assert answers["sttaken"].message == "The storage account named sttaken is already taken."


def test_vault_names_are_free_taken_deleted_or_invalid(
    arm: Arm, key_vaults: KeyVaultManagementClient, soft_delete: None
) -> None:
    for name in ("kv-taken", "kv-held"):
        put_and_wait(arm, f"{VAULTS}/{name}", vault())
    delete(arm, f"{VAULTS}/kv-held")

    def check(name: str) -> Any:
        return key_vaults.vaults.check_name_availability({"name": name, "type": "Microsoft.KeyVault/vaults"})

    assert check("kv-free").name_available
    assert [check(name).reason for name in ("kv-taken", "kv-held", "kv--bad")] == [
        "AlreadyExists",
        "AlreadyExists",
        "AccountNameInvalid",
    ]
    assert "already exists in deleted state" in check("kv-held").message


def test_a_deleted_vault_is_listed_and_holds_its_name_until_it_is_purged(
    arm: Arm, key_vaults: KeyVaultManagementClient, soft_delete: None
) -> None:
    path = f"{VAULTS}/kv-purged"
    put_and_wait(arm, path, vault(softDeleteRetentionInDays=7))
    delete(arm, path)
    listed = {one.name: one for one in key_vaults.vaults.list_deleted()}["kv-purged"].properties
    assert listed is not None
    assert (listed.vault_id, listed.location, listed.tags) == (f"{SUBSCRIPTION}{path}", "eastus2", {"team": "a"})
    assert listed.scheduled_purge_date is not None
    assert listed.deletion_date is not None
    assert (listed.scheduled_purge_date - listed.deletion_date).days == 7
    said = refusal(arm.call("PUT", path, vault()), 409, "ConflictError")
    assert "You need to either recover or purge existing key vault" in said
    key_vaults.vaults.begin_purge_deleted("kv-purged", "eastus2").result()
    put_and_wait(arm, path, vault())


def test_a_deleted_vault_is_recovered_by_its_create_mode(arm: Arm, soft_delete: None) -> None:
    path = f"{VAULTS}/kv-recovered"
    put_and_wait(arm, path, vault())
    delete(arm, path)
    put_and_wait(arm, path, vault(createMode="recover"))
    refusal(
        arm.call("GET", "/providers/Microsoft.KeyVault/locations/eastus2/deletedVaults/kv-recovered"),
        404,
        "DeletedVaultNotFound",
    )


def test_a_vault_with_purge_protection_is_not_purged_and_stays_protected(arm: Arm, soft_delete: None) -> None:
    path = f"{VAULTS}/kv-protected"
    put_and_wait(arm, path, vault(enablePurgeProtection=True))
    refusal(arm.call("PUT", path, vault(enablePurgeProtection=False)), 400, "BadRequest")
    delete(arm, path)
    purge = arm.call("POST", "/providers/Microsoft.KeyVault/locations/eastus2/deletedVaults/kv-protected/purge")
    assert "'DeletedVaultPurge' is not allowed" in refusal(purge, 405, "MethodNotAllowed")


def test_a_deleted_workspace_is_listed_and_holds_its_name_for_its_retention(
    home: SandboxHome, arm: Arm, soft_delete: None
) -> None:
    path = workspace(GROUP, "hub-held")
    put_and_wait(arm, path, hub_body())
    delete(arm, path)
    with open_client(MachineLearningServicesMgmtClient, home) as client:
        states = {one.name: one.provisioning_state for one in client.workspaces.list_by_subscription()}
        assert states["hub-held"] == "SoftDeleted"
        assert "hub-held" not in {one.name for one in client.workspaces.list_by_resource_group(GROUP)}
    said = refusal(arm.call("PUT", path, hub_body()), 400, "BadRequest")
    assert said == "Soft-deleted workspace exists. Please purge or recover it. https://aka.ms/wsoftdelete"
    advance_clock(home, seconds=limits()["workspaceDays"] * DAY)
    put_and_wait(arm, path, hub_body())


@pytest.mark.parametrize("already_deleted", [False, True])
def test_a_forced_purge_frees_a_workspace_name_at_once(arm: Arm, soft_delete: None, already_deleted: bool) -> None:
    path = workspace(GROUP, f"hub-purged-{already_deleted}")
    put_and_wait(arm, path, hub_body())
    if already_deleted:
        delete(arm, path)
    delete(arm, path, purge=True)
    put_and_wait(arm, path, hub_body())


def test_a_deleted_group_soft_deletes_what_was_in_it(arm: Arm, soft_delete: None) -> None:
    put_and_wait(arm, "/resourcegroups/rg-gone", {"location": "eastus2"})
    put_and_wait(arm, workspace("rg-gone", "hub-gone"), hub_body())
    delete(arm, "/resourcegroups/rg-gone")
    put_and_wait(arm, "/resourcegroups/rg-gone", {"location": "eastus2"})
    refusal(arm.call("PUT", workspace("rg-gone", "hub-gone"), hub_body()), 400, "BadRequest")


def test_nothing_holds_its_name_while_soft_delete_is_off(arm: Arm, key_vaults: KeyVaultManagementClient) -> None:
    for path, body in ((f"{VAULTS}/kv-free-again", vault()), (workspace(GROUP, "hub-free-again"), hub_body())):
        for _ in range(2):
            put_and_wait(arm, path, body)
            delete(arm, path)
    assert "kv-free-again" not in {one.name for one in key_vaults.vaults.list_deleted()}
