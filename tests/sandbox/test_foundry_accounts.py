"""Foundry resources in Azure Resource Manager: accounts with what lies in them, while nothing goes wrong."""

from collections.abc import Iterator
from typing import Any

import pytest

from llama_azure_core.foundry import account_facts, foundry_models, usage_counters
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, FOUNDRY_PROJECT
from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import SandboxHome
from tests.support.arm import SUBSCRIPTION, Arm, newest_api_version
from tests.support.estates import put_and_wait, wait_until
from tests.support.foundry import (
    AS_OF,
    LLAMA,
    VERSION,
    account,
    account_body,
    deploy_model,
    deployment_body,
    make_account,
    project_body,
)
from tests.support.homes import open_home
from tests.support.refusals import refusal

GROUP = "rg-foundry"
PROVIDER = "/providers/Microsoft.CognitiveServices"
SKU, COUNTER = next((sku.name, sku.usage_name) for sku in foundry_models()[LLAMA].default_version.skus)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    with open_home(tmp_path_factory.mktemp("foundry"), Latency.FAST, AS_OF) as home:
        yield home


def value(arm: Arm, path: str, **query: str) -> Any:
    answer = arm.call("GET", path, None, None, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()["value"]


def used(arm: Arm, counter: str = COUNTER, region: str = "eastus2") -> int:
    usages = value(arm, f"{PROVIDER}/locations/{region}/usages")
    return next(int(one["currentValue"]) for one in usages if one["name"]["value"] == counter)


def test_an_account_is_accepted_first_and_its_own_state_tells_when_it_is_ready(arm: Arm) -> None:
    put_and_wait(arm, f"/resourcegroups/{GROUP}", {"location": "eastus2"})
    path = account(GROUP, "fnd-states")
    answer = arm.call("PUT", path, account_body("fnd-states"))
    assert (answer.status_code, answer.json()["properties"]["provisioningState"]) == (201, "Accepted")
    assert not {"Azure-AsyncOperation", "Location"} & set(answer.headers)
    wait_until(lambda: arm.call("GET", path).json()["properties"]["provisioningState"] == "Succeeded")
    assert set(arm.call("GET", path).json()["properties"]["endpoints"]) >= {account_facts().inference_endpoint}
    assert arm.call("PUT", path, account_body("fnd-states")).status_code == 200


def test_network_injections_are_read_back_as_they_were_put_and_stay(arm: Arm) -> None:
    """A client of Azure's own reads them back as null (github.com/Azure/azure-cli/issues/33808)."""
    put_and_wait(arm, f"/resourcegroups/{GROUP}", {"location": "eastus2"})
    path, injected = account(GROUP, "fnd-injected"), [{"scenario": "agent", "useMicrosoftManagedNetwork": True}]
    put_and_wait(arm, path, account_body("fnd-injected", networkInjections=injected))
    for version in ("2025-06-01", "2025-09-01", newest_api_version(f"{SUBSCRIPTION}{path}")):
        shown = arm.client.get(f"{SUBSCRIPTION}{path}", params={"api-version": version}).json()
        assert shown["properties"]["networkInjections"] == injected
    put_and_wait(arm, path, account_body("fnd-injected", networkInjections=injected))
    other = account_body("fnd-injected", networkInjections=[{"scenario": "agent", "subnetArmId": "/subnet"}])
    refusal(arm.call("PUT", path, other), 409, "PropertyChangeNotAllowed")
    assert arm.call("GET", path).json()["properties"]["networkInjections"] == injected


def test_a_project_has_an_address_and_the_first_one_is_the_accounts_default(arm: Arm) -> None:
    made = make_account(arm, GROUP, "fnd-projects")
    for name in ("one", "two"):
        put_and_wait(arm, f"{account(GROUP, 'fnd-projects')}/projects/{name}", project_body(displayName=name))
    projects = value(arm, f"{account(GROUP, 'fnd-projects')}/projects")
    shown = {one["name"]: one["properties"] for one in projects}
    assert {name: one["isDefault"] for name, one in shown.items()} == {"one": True, "two": False}
    assert shown["two"]["endpoints"] == {"AI Foundry API": f"{made['uri']}/api/projects/two"}
    properties = arm.call("GET", account(GROUP, "fnd-projects")).json()["properties"]
    assert (properties["defaultProject"], properties["associatedProjects"]) == ("one", ["one", "two"])


def test_a_deployment_is_accepted_gets_what_it_leaves_out_and_takes_from_its_counter(arm: Arm) -> None:
    make_account(arm, GROUP, "fnd-deploys")
    before, path = used(arm), f"{account(GROUP, 'fnd-deploys')}/deployments/chat"
    body = {"sku": {"name": "GlobalStandard"}, "properties": {"model": {"format": "Meta", "name": LLAMA}}}
    answer = arm.call("PUT", path, body)
    assert (answer.status_code, answer.json()["properties"]["provisioningState"]) == (201, "Accepted")
    assert "Azure-AsyncOperation" in answer.headers
    wait_until(lambda: arm.call("GET", path).json()["properties"]["provisioningState"] == "Succeeded")
    version = foundry_models()[LLAMA].default_version
    shown = arm.call("GET", path).json()
    assert shown["sku"]["capacity"] == version.skus[0].capacity.default
    assert shown["properties"]["model"]["version"] == version.version
    assert shown["properties"]["raiPolicyName"] == account_facts().default_content_filter
    units = shown["sku"]["capacity"]
    tokens = next(one["count"] for one in shown["properties"]["rateLimits"] if one["key"] == "token")
    assert tokens == version.skus[0].rate_limits.tokens_per_minute * units
    assert used(arm) == before + units
    assert arm.call("PATCH", path, {"sku": {"capacity": 3}, "tags": {"a": "b"}}).json()["sku"]["capacity"] == 3
    assert used(arm) == before + 3
    skus = value(arm, f"{path}/skus")
    assert [one["sku"]["name"] for one in skus] == [one.name for one in version.skus]
    arm.call("DELETE", path)
    wait_until(lambda: used(arm) == before)


def test_a_pooled_counter_counts_other_regions_too(arm: Arm) -> None:
    assert usage_counters()[COUNTER].is_pooled
    make_account(arm, GROUP, "fnd-here")
    far = account_body("fnd-far")
    put_and_wait(arm, account(GROUP, "fnd-far"), {**far, "location": "swedencentral"})
    before = used(arm)
    for name in ("fnd-here", "fnd-far"):
        deploy_model(arm, GROUP, name, "chat", capacity=7)
    assert used(arm) == used(arm, region="swedencentral") == before + 14
    capacities = value(arm, f"{PROVIDER}/modelCapacities", modelFormat="Meta", modelName=LLAMA, modelVersion=VERSION)
    of_sku = [one for one in capacities if one["name"] == SKU]
    free = {one["location"]: one["properties"]["availableCapacity"] for one in of_sku}
    assert free["eastus2"] == free["swedencentral"] == usage_counters()[COUNTER].limit - used(arm)


def test_a_deployment_is_paused_and_resumed(arm: Arm) -> None:
    make_account(arm, GROUP, "fnd-pauses")
    path = deploy_model(arm, GROUP, "fnd-pauses", "chat")
    assert arm.call("GET", path).json()["properties"]["deploymentState"] == "Running"
    for action, state in (("pause", "Paused"), ("resume", "Running")):
        assert arm.call("POST", f"{path}/{action}").json()["properties"]["deploymentState"] == state
        assert arm.call("GET", path).json()["properties"]["deploymentState"] == state
    arm.call("POST", f"{path}/pause")
    put_and_wait(arm, path, deployment_body(capacity=4))
    assert arm.call("GET", path).json()["properties"]["deploymentState"] == "Paused"


def test_a_region_lists_the_models_that_it_has_with_their_counters(arm: Arm) -> None:
    models = value(arm, f"{PROVIDER}/locations/eastus2/models")
    listed = {(one["model"]["name"], one["model"]["version"]): one for one in models}
    expected = {(row.name, version.version) for row in foundry_models().values() for version in row.versions}
    assert set(listed) == expected
    assert {(one["kind"], one["skuName"]) for one in models} == {(account_facts().kind, account_facts().sku)}
    row = listed[LLAMA, VERSION]["model"]
    assert {sku["name"]: sku["usageName"] for sku in row["skus"]}[SKU] == COUNTER
    assert COUNTER in {one["name"]["value"] for one in value(arm, f"{PROVIDER}/locations/eastus2/usages")}
    make_account(arm, GROUP, "fnd-models")
    of_account = value(arm, f"{account(GROUP, 'fnd-models')}/models")
    assert {(one["name"], one["version"]) for one in of_account} == expected
    assert value(arm, f"{PROVIDER}/locations/chilecentral/models") == []


def test_a_content_filter_holds_a_blocklist_and_microsofts_are_there(arm: Arm) -> None:
    make_account(arm, GROUP, "fnd-filters")
    within = account(GROUP, "fnd-filters")
    assert {one["name"] for one in value(arm, f"{within}/raiPolicies")} == {"Microsoft.Default", "Microsoft.DefaultV2"}
    put_and_wait(arm, f"{within}/raiBlocklists/words", {"properties": {"description": "no"}})
    items = [{"name": name, "properties": {"pattern": name, "isRegex": False}} for name in ("a", "b")]
    assert arm.call("POST", f"{within}/raiBlocklists/words/addRaiBlocklistItems", items).status_code == 200
    assert arm.call("POST", f"{within}/raiBlocklists/words/deleteRaiBlocklistItems", ["a"]).status_code == 204
    assert [one["name"] for one in value(arm, f"{within}/raiBlocklists/words/raiBlocklistItems")] == ["b"]
    hate = {"name": "Hate", "enabled": True, "blocking": True, "source": "Prompt", "severityThreshold": "Low"}
    lists = [{"blocklistName": "words", "blocking": True, "source": "Prompt"}]
    body = {
        "properties": {"basePolicyName": "Microsoft.DefaultV2", "contentFilters": [hate], "customBlocklists": lists}
    }
    assert arm.call("PUT", f"{within}/raiPolicies/strict", body).status_code == 201
    assert arm.call("GET", f"{within}/raiPolicies/strict").json()["properties"]["type"] == "UserManaged"
    put_and_wait(arm, f"{within}/deployments/chat", deployment_body(raiPolicyName="strict"))
    assert arm.call("DELETE", f"{within}/raiPolicies/strict").status_code == 202


def test_a_connection_is_done_at_once_and_never_shows_its_key(arm: Arm) -> None:
    make_account(arm, GROUP, "fnd-connects")
    put_and_wait(arm, f"{account(GROUP, 'fnd-connects')}/projects/one", project_body())
    own = {"category": "CustomKeys", "target": "https://example.org", "authType": "CustomKeys"}
    body = {"properties": {**own, "credentials": {"keys": {"key": "hidden-key"}}}}
    for parent in ("", "/projects/one"):
        path = f"{account(GROUP, 'fnd-connects')}{parent}/connections/outside"
        answer = arm.call("PUT", path, body)
        assert (answer.status_code, answer.json()["properties"]["target"]) == (200, "https://example.org")
        listed = arm.call("GET", path.rpartition("/")[0])
        assert "hidden-key" not in answer.text + arm.call("GET", path).text + listed.text
        assert arm.call("DELETE", path).status_code == 200


def test_a_deleted_account_holds_its_name_domain_and_quota_until_it_is_restored_or_purged(
    home: SandboxHome, arm: Arm
) -> None:
    change_world(home, softDelete=True)
    make_account(arm, GROUP, "fnd-deleted", disableLocalAuth=False)
    path, before = account(GROUP, "fnd-deleted"), used(arm)
    deploy_model(arm, GROUP, "fnd-deleted", "chat", capacity=9)
    keys, identity = arm.call("POST", f"{path}/listKeys").json(), arm.call("GET", path).json()["identity"]
    assert arm.call("DELETE", path).status_code == 202
    wait_until(lambda: arm.call("GET", path).status_code == 404)
    assert used(arm) == before + 9
    deleted = value(arm, f"{PROVIDER}/deletedAccounts")
    assert [one["name"] for one in deleted] == ["fnd-deleted"]
    assert arm.call("GET", deleted[0]["id"].removeprefix(SUBSCRIPTION)).status_code == 200
    body = {"subdomainName": "fnd-deleted", "type": AI_SERVICES_ACCOUNT}
    assert arm.call("POST", f"{PROVIDER}/checkDomainAvailability", body).json()["isSubdomainAvailable"] is False
    put_and_wait(arm, path, account_body("fnd-deleted", restore=True))
    assert "restore" not in arm.call("GET", path).json()["properties"]
    assert arm.call("POST", f"{path}/listKeys").json() == keys
    assert arm.call("GET", path).json()["identity"] == identity
    assert arm.call("GET", f"{path}/deployments/chat").json()["sku"]["capacity"] == 9
    assert value(arm, f"{PROVIDER}/deletedAccounts") == []
    put_and_wait(arm, path, account_body("fnd-deleted", restore=True))  # as a program that keeps the flag says again
    assert arm.call("DELETE", path).status_code == 202
    wait_until(lambda: arm.call("GET", path).status_code == 404)
    gone = value(arm, f"{PROVIDER}/deletedAccounts")[0]["id"].removeprefix(SUBSCRIPTION)
    assert [arm.call("DELETE", gone).status_code for _ in range(2)] == [200, 204]
    assert used(arm) == before
    assert arm.call("POST", f"{PROVIDER}/checkDomainAvailability", body).json()["isSubdomainAvailable"] is True
    change_world(home, softDelete=False)


def test_policies_are_asked_before_a_deployment_is_there(arm: Arm) -> None:
    make_account(arm, GROUP, "fnd-policies")
    definition = "/providers/Microsoft.Authorization/policyDefinitions/aafe3651-cb78-4f68-9f81-e7e41509110f"
    parameters = {"effect": {"value": "Audit"}, "allowedPublishers": {"value": ["OpenAI"]}}
    assignment = "/providers/Microsoft.Authorization/policyAssignments/models"
    body = {"properties": {"policyDefinitionId": definition, "parameters": parameters}}
    asked = {"deployments": [{"name": "chat", **deployment_body()}]}
    path = f"{account(GROUP, 'fnd-policies')}/evaluateDeploymentPolicies"

    def outcome() -> Any:
        return arm.call("POST", path, asked).json()["results"]["chat"]

    assert outcome()["evaluationOutcome"] == "Compliant"
    put_and_wait(arm, f"/resourceGroups/{GROUP}{assignment}", body)
    assert outcome()["evaluationOutcome"] == "NonCompliant"
    assert outcome()["nonCompliantAssignments"][0]["policyDefinitionId"] == definition
    deploy_model(arm, GROUP, "fnd-policies", "audited", capacity=1)
    parameters["allowedPublishers"] = {"value": ["OpenAI", "Meta"]}
    put_and_wait(arm, f"/resourceGroups/{GROUP}{assignment}", body)
    assert outcome()["evaluationOutcome"] == "Compliant"
    arm.call("DELETE", f"/resourceGroups/{GROUP}{assignment}")


def test_the_account_names_its_private_link_and_the_zones_that_it_takes(arm: Arm) -> None:
    make_account(arm, GROUP, "fnd-links")
    links = value(arm, f"{account(GROUP, 'fnd-links')}/privateLinkResources")
    assert [one["properties"]["groupId"] for one in links] == [account_facts().private_link_group]
    assert links[0]["properties"]["requiredZoneNames"] == [f"privatelink.{one}" for one in account_facts().domains]


def test_an_api_version_from_before_projects_does_not_know_them(arm: Arm) -> None:
    make_account(arm, GROUP, "fnd-versions")
    path, older = f"{account(GROUP, 'fnd-versions')}/projects/one", {"api-version": "2024-10-01"}
    refusal(arm.call("PUT", path, project_body(), None, **older), 400, "NoRegisteredProviderFound")
    put_and_wait(arm, path, project_body())
    exported = arm.call("POST", f"/resourcegroups/{GROUP}/exportTemplate", {"resources": [f"{SUBSCRIPTION}{path}"]})
    versions = {one["type"]: one["apiVersion"] for one in exported.json()["template"]["resources"]}
    assert versions[FOUNDRY_PROJECT] == newest_api_version(f"{SUBSCRIPTION}{path}") > "2025-04-01"
