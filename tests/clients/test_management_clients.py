"""Microsoft's newest management clients, unmodified: what they do that no client of an older release did."""

from typing import Any

import pytest

from llama_azure_core.catalogue import find_model
from llama_azure_core.monitoring import metrics_of
from llama_azure_core.quota import vm_sizes
from llama_azure_core.regions import region_names
from llama_azure_core.resource_types import ONLINE_ENDPOINT
from llama_azure_sandbox.client.principals import add_principal
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import running
from llama_azure_sandbox.sign_in import SignIn, sign_in_variables
from tests.clients.clients_environment import run_program
from tests.support.arm import SUBSCRIPTION, sign_in
from tests.support.estates import LLAMA_8B, make_project, serverless_endpoint, subscribe, wait_until, workspace


@pytest.fixture(scope="module")
def seen(home: SandboxHome) -> dict[str, Any]:
    return run_program(home, "management_clients.py")


@pytest.mark.client("azure-mgmt-resource", "whether a group is there, and filtered lists")
def test_a_group_is_there_or_not_and_lists_are_filtered(seen: dict[str, Any]) -> None:
    assert seen["groups"] == {"there": [False, True], "tagged": ["rg-clients"], "top": 1}
    assert seen["no_group"] == {"refused": [404, "ResourceGroupNotFound"]}


@pytest.mark.client("azure-mgmt-resource-subscriptions", "regions")
def test_a_subscription_lists_all_of_azures_regions(seen: dict[str, Any]) -> None:
    assert seen["subscription"] == {"regions": len(region_names()), "here": "East US 2"}


@pytest.mark.client("azure-mgmt-storage", "an account, its keys, its blob service, usage")
def test_a_storage_account_has_keys_and_a_blob_service(seen: dict[str, Any]) -> None:
    assert seen["storage"] == {
        "made": "stclients",
        "keys": ["key1", "key2"],
        "changed": ["key1"],
        "blobs": "default",
        "usage": [["StorageAccounts", 1]],
    }


@pytest.mark.client("azure-mgmt-keyvault", "a vault")
def test_the_newest_vault_client_makes_a_vault(seen: dict[str, Any]) -> None:
    assert seen["vaults"] == {"made": "kv-clients", "systemData": True}


@pytest.mark.client("azure-mgmt-loganalytics", "a workspace and its keys")
@pytest.mark.client("azure-mgmt-applicationinsights", "a component")
def test_logs_and_insights_are_made_and_tell_their_keys(seen: dict[str, Any]) -> None:
    assert seen["observability"] == {"workspace": "log-clients", "keys": True, "connection": True}


@pytest.mark.client("azure-mgmt-containerregistry", "a registry and its keys")
@pytest.mark.client("azure-mgmt-cognitiveservices", "an account and its keys")
def test_a_registry_and_an_ai_services_account_change_the_key_that_is_named(seen: dict[str, Any]) -> None:
    assert seen["registry"] == {"username": "crclients", "changed": [True, False]}
    assert seen["ai_services"].pop("endpoint").endswith("/foundry/ai-clients/")
    assert seen["ai_services"] == {
        "endpoints": 5,
        "changed": [False, True],
    }


@pytest.mark.client("azure-mgmt-network", "a network and its subnets")
def test_a_networks_subnets_are_resources_and_stay_when_it_does_not_list_them(seen: dict[str, Any]) -> None:
    assert seen["network"] == {
        "made": ["one"],
        "listed": ["one", "two"],
        "shown": ["10.0.1.0/24", "10.0.2.0/24"],
    }
    assert seen["identity_and_lock"] == {"identity": True}


def test_a_workspace_shows_its_tenant_what_it_inherits_and_when_it_was_made(
    home: SandboxHome, seen: dict[str, Any]
) -> None:
    workspace = seen["workspaces"]
    assert (workspace["kind"], workspace["tenant"], workspace["inherits"]) == ("Project", True, True)
    assert workspace["systemData"] == "2024-07-01"


@pytest.mark.client("azure-mgmt-machinelearningservices", "keys and diagnosis of a workspace")
def test_a_workspace_tells_its_keys_and_is_diagnosed(seen: dict[str, Any]) -> None:
    workspace = seen["workspaces"]
    told = {name: workspace[name] for name in ("key", "same", "notebook", "storageKey")}
    assert told == dict.fromkeys(told, True)
    assert (workspace["token"], workspace["diagnosis"]) == ("Bearer", [])


def test_sizes_quotas_and_usages_are_those_of_the_facts(seen: dict[str, Any]) -> None:
    families = {size.family for size in vm_sizes().values()}
    assert seen["workspaces"]["sizes"] == [len(vm_sizes())] * 2
    assert (seen["workspaces"]["quotas"], seen["workspaces"]["usages"]) == (len(families), len(families))


def test_a_connection_is_made_at_the_first_try(seen: dict[str, Any]) -> None:
    assert seen["connections"] == [True, True]


def test_a_new_workspace_has_its_default_datastores(seen: dict[str, Any]) -> None:
    assert seen["datastores"]["default"] == "workspaceblobstore"
    assert len(seen["datastores"]["all"]) == 4


@pytest.mark.client("azure-ai-ml", "models of the registry, with versions and labels")
def test_the_registry_has_the_catalogues_models_with_versions_and_labels(seen: dict[str, Any]) -> None:
    newest = str(find_model("Meta-Llama-3-8B-Instruct").registry_version)
    registry = seen["registry_of_models"]
    assert (registry["latest"], registry["one"]) == (["Meta-Llama-3-8B-Instruct", newest], "1")
    assert registry["versions"] == [str(number) for number in range(1, int(newest) + 1)]
    assert seen["no_registry"] == {"refused": [404, "RegistryNotFound"]}


def test_a_regenerated_key_is_another_one_and_the_other_stays(seen: dict[str, Any]) -> None:
    assert seen["endpoint"]["changed"] == [True, False]


def test_a_deployment_has_logs_and_an_endpoint_metrics_of_what_it_served(seen: dict[str, Any]) -> None:
    endpoint = seen["endpoint"]
    assert endpoint["logs"] == "Instance status:"
    assert {"RequestsPerMinute", "RequestLatency"} <= set(endpoint["definitions"])
    assert (endpoint["requests"], endpoint["tokens"]) == (1, True)


@pytest.mark.client("azure-mgmt-alertsmanagement", "alerts that fired")
@pytest.mark.client("azure-monitor-querymetrics", "metrics of several resources, by status")
@pytest.mark.client("azure-mgmt-monitor", "autoscale, alert rules and action groups, metrics by dimension")
def test_alert_rules_are_made_and_listed_and_metrics_are_read_by_status(seen: dict[str, Any]) -> None:
    documented = metrics_of(ONLINE_ENDPOINT)["RequestsPerMinute"]
    assert seen["alert"] == {
        "made": "busy",
        "listed": [3, True],
        "criterion": "RequestsPerMinute",
        "dimensions": list(documented.dimensions),
        "by_status": {"200": 1},
        "told": ["on-call@example.com"],
        "batch": [1],
        "fired": [],
    }
    assert seen["alert_on_no_metric"] == {"refused": [400, "BadRequest"]}


def test_autoscale_is_made_and_bounds_are_checked(seen: dict[str, Any]) -> None:
    assert seen["autoscale"] == {"made": "grow"}
    assert seen["autoscale_upside_down"] == {"refused": [400, "BadRequest"]}
    assert seen["autoscale_of_nobody"] == {"refused": [404, "ResourceNotFound"]}


def test_the_activity_log_and_an_exported_template_tell_what_was_made(seen: dict[str, Any]) -> None:
    assert {
        "Microsoft.Storage/storageAccounts/write",
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/regenerateKeys/action",
    } <= set(seen["what_happened"])
    assert {
        "Microsoft.Storage/storageAccounts",
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    } <= set(seen["exported"])


@pytest.mark.parametrize("role", ["Azure AI Developer", "AzureML Data Scientist"])
def test_who_may_work_in_a_project_deploys_what_it_subscribes_to(home: SandboxHome, role: str) -> None:
    """The clients read the workspace before anything else: ``workspaces/*/read`` covers ``workspaces/read``."""
    name, record = role.replace(" ", "-").lower(), running(home)
    endpoint = serverless_endpoint("rg-developer", "project", "llama-developer")
    assert record is not None
    with sign_in(home) as arm:
        if not arm.call("GET", "/resourcegroups/rg-developer").is_success:
            make_project(arm, "rg-developer")
            subscribe(arm, "rg-developer", "project", LLAMA_8B)
        arm.call("DELETE", endpoint)
        wait_until(lambda: arm.call("GET", endpoint).status_code == 404)
    add_principal(home, name, role=role, scope=f"{SUBSCRIPTION}{workspace('rg-developer', 'project')}")
    variables = sign_in_variables(home, record, name, SignIn.MANAGED_IDENTITY)
    told = run_program(home, "azure_ai_ml_as_developer.py", **variables)
    assert told == {
        "project": "project",
        "state": "succeeded",
        "mode": told["mode"],
        "key": True,
        "deleted": "AuthorizationFailed",
    }
    assert "key" in told["mode"].lower()
