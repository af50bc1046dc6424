"""The stand-in does what the official azure-native plugin does: one test or more for each way of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2, status_pb2
from pulumi.runtime.rpc import UNKNOWN

from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID
from llama_azure_sandbox.client.faults import add_fault, clear_faults
from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.client.principals import add_principal
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.provider.arm_client import OFFICIAL, SHORT, Patience
from tests.support.arm import Arm
from tests.support.estates import put_and_wait
from tests.support.foundry import account_body, deployment_body
from tests.support.plugin import Plugin, PluginError, signed_in

GROUP_TYPE = "azure-native:resources:ResourceGroup"
STORAGE = "azure-native:storage:StorageAccount"
BLOBS = "azure-native:storage:BlobServiceProperties"
NETWORK = "azure-native:network:VirtualNetwork"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
CONTAINER = "azure-native:storage:BlobContainer"
ACCOUNT = "azure-native:cognitiveservices:Account"
DEPLOYMENT = "azure-native:cognitiveservices:Deployment"
ASSIGNMENT = "azure-native:authorization:RoleAssignment"
GROUP = "rg-plugin"
NAMING = provider_pb2.CheckRequest.AutonamingOptions


@pytest.fixture(scope="module")
def plugin(home: SandboxHome, arm: Arm) -> Iterator[Plugin]:
    put_and_wait(arm, f"/resourcegroups/{GROUP}", {"location": "swedencentral"})
    with signed_in(home):
        yield Plugin()


def identity(name: str, **more: Any) -> dict[str, Any]:
    return {"resourceGroupName": GROUP, "resourceName": name, "location": "swedencentral", **more}


def identity_path(name: str) -> str:
    return f"/resourceGroups/{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"


# 1


def test_read_applies_the_difference_of_projected_outputs_to_the_old_inputs(plugin: Plugin, arm: Arm) -> None:
    inputs = identity("id-read", tags={"owner": "platform"})
    made, outputs = plugin.create(IDENTITY, inputs)
    assert outputs["principalId"]
    assert plugin.read(IDENTITY, made, inputs, outputs) == inputs
    arm.call("PATCH", identity_path("id-read"), {"tags": {"owner": "platform", "created-by-policy": "yes"}})
    drifted = {**inputs, "tags": {"owner": "platform", "created-by-policy": "yes"}}
    assert plugin.read(IDENTITY, made, inputs, outputs) == drifted


# 4


def test_the_default_location_is_the_old_one_then_the_configurations_then_the_resource_groups(plugin: Plugin) -> None:
    inputs = {"resourceGroupName": GROUP}
    configured = Plugin(location="eastus2")
    assert configured.check(IDENTITY, inputs, {"location": "westus"})[0]["location"] == "westus"
    assert configured.check(IDENTITY, inputs)[0]["location"] == "eastus2"
    assert plugin.check(IDENTITY, inputs)[0]["location"] == "swedencentral"
    assert plugin.check(IDENTITY, {"resourceGroupName": UNKNOWN})[0]["location"] == UNKNOWN
    assert configured.check(IDENTITY, {**inputs, "location": "northeurope"})[0]["location"] == "northeurope"


def test_without_any_location_the_plugin_says_how_to_set_one(plugin: Plugin) -> None:
    _, refused = plugin.check(IDENTITY, {"resourceGroupName": "rg-nowhere"})
    assert len(refused) == 1
    assert refused[0].startswith("missing required property 'location'. Either set it explicitly")


# 6


@pytest.mark.parametrize(
    ("token", "inputs", "reason"),
    [
        (STORAGE, {"sku": None}, "missing required property 'sku'"),
        (STORAGE, {"sku": {}}, "missing required property 'sku.name'"),
        (STORAGE, {"accountName": "no"}, "'accountName' does not match expression '^(?:[a-z0-9]{3,24})$'"),
        (STORAGE, {"accountName": "a" * 25}, "'accountName' is too long (25): at most 24 characters allowed"),
        (STORAGE, {"kind": 7}, "'kind' should be of type 'string' but got a number"),
        (STORAGE, {"tags": "none"}, "'tags' should be of type 'object' but got a string"),
        (
            STORAGE,
            {"networkRuleSet": {"defaultAction": "Deny", "ipRules": "all"}},
            "'networkRuleSet.ipRules' should be",
        ),
        (BLOBS, {"deleteRetentionPolicy": {"days": 0}}, "'deleteRetentionPolicy.days' is too low"),
        (BLOBS, {"deleteRetentionPolicy": {"days": 366}}, "'deleteRetentionPolicy.days' is too high"),
        (
            BLOBS,
            {"deleteRetentionPolicy": {"days": 1.5}},
            "'deleteRetentionPolicy.days' must be an integer but got 1.5",
        ),
    ],
)
def test_check_refuses_at_preview(plugin: Plugin, token: str, inputs: dict[str, Any], reason: str) -> None:
    whole = {
        "resourceGroupName": GROUP,
        "accountName": "stplugin",
        "sku": {"name": "Standard_LRS"},
        "kind": "StorageV2",
    }
    if token == BLOBS:
        whole["blobServicesName"] = "default"
    assert plugin.check(token, whole)[1] == []
    assert [found for found in plugin.check(token, {**whole, **inputs})[1] if found.startswith(reason)]


def test_check_leaves_unknown_values_and_enumerations_to_azure(plugin: Plugin) -> None:
    inputs = {"resourceGroupName": UNKNOWN, "accountName": UNKNOWN, "sku": {"name": "Nonsense"}, "kind": UNKNOWN}
    assert plugin.check(STORAGE, {**inputs, "location": "eastus2"})[1] == []


# 7


def test_names_are_random_a_uuid_or_a_copy_by_type(plugin: Plugin) -> None:
    inputs, _ = plugin.check(IDENTITY, {"resourceGroupName": GROUP})
    assert inputs["resourceName"] == "it00010203"
    assert inputs["__createBeforeDelete"] is True
    inputs, _ = plugin.check(ASSIGNMENT, {"scope": "/subscriptions/x"})
    assert inputs["roleAssignmentName"].count("-") == 4
    inputs, _ = plugin.check(CONTAINER, {"resourceGroupName": GROUP, "accountName": "stplugin"})
    assert inputs["containerName"] == "it"
    assert "__createBeforeDelete" not in inputs


def test_a_name_that_was_given_once_stays(plugin: Plugin) -> None:
    old = {"resourceName": "it12345678", "__createBeforeDelete": True}
    inputs, _ = plugin.check(IDENTITY, {"resourceGroupName": GROUP}, old)
    assert (inputs["resourceName"], inputs["__createBeforeDelete"]) == ("it12345678", True)


@pytest.mark.parametrize(
    ("token", "mode", "name"),
    [
        (IDENTITY, NAMING.PROPOSE, "proposed"),
        (CONTAINER, NAMING.PROPOSE, "proposed"),
        (ASSIGNMENT, NAMING.ENFORCE, "proposed"),
        (IDENTITY, NAMING.DISABLE, None),
    ],
)
def test_the_engines_options_for_names_are_honoured(plugin: Plugin, token: str, mode: Any, name: str | None) -> None:
    inputs = {"resourceGroupName": GROUP, "accountName": "stplugin"}
    checked, refused = plugin.check(token, inputs, autonaming=NAMING(proposed_name="proposed", mode=mode))
    parameter = {IDENTITY: "resourceName", CONTAINER: "containerName", ASSIGNMENT: "roleAssignmentName"}[token]
    assert checked.get(parameter) == name
    assert (f"missing required property '{parameter}'" in refused) == (name is None)


def test_a_uuid_is_not_given_up_for_a_proposed_name(plugin: Plugin) -> None:
    proposed = NAMING(proposed_name="proposed", mode=NAMING.PROPOSE)
    assert plugin.check(ASSIGNMENT, {"scope": "/x"}, autonaming=proposed)[0]["roleAssignmentName"] != "proposed"


def test_what_has_a_random_name_is_created_before_the_old_one_is_deleted(plugin: Plugin) -> None:
    old = identity("id-old")
    elsewhere = {**old, "location": "eastus2"}
    assert plugin.diff(IDENTITY, old, elsewhere).deleteBeforeReplace
    noted = {**old, "__createBeforeDelete": True}
    diff = plugin.diff(IDENTITY, noted, {**elsewhere, "__createBeforeDelete": True})
    assert list(diff.replaces) == ["location"]
    assert not diff.deleteBeforeReplace


# 9


def test_the_api_version_is_an_input_and_another_one_is_a_difference(plugin: Plugin) -> None:
    inputs, _ = plugin.check(IDENTITY, identity("id-version"))
    version = inputs["azureApiVersion"]
    older = {**inputs, "azureApiVersion": "2018-11-30"}
    assert list(plugin.diff(IDENTITY, older, inputs).diffs) == ["azureApiVersion"]
    # A state that was written before the version was an input.
    before = identity("id-version")
    assert not plugin.diff(IDENTITY, before, inputs, {"azureApiVersion": version}).diffs
    assert list(plugin.diff(IDENTITY, before, inputs, {"azureApiVersion": "2018-11-30"}).diffs) == ["azureApiVersion"]
    made, outputs = plugin.create(IDENTITY, inputs)
    assert outputs["azureApiVersion"] == version
    plugin.delete(IDENTITY, made)


# 10


NETWORK_PATH = f"/resourceGroups/{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-plugin"


def subnets(arm: Arm) -> dict[str, str]:
    shown = arm.call("GET", NETWORK_PATH).json()["properties"]["subnets"]
    return {one["name"]: one["properties"]["addressPrefix"] for one in shown}


def test_subnets_that_the_inputs_do_not_name_are_kept_and_are_no_drift(plugin: Plugin, arm: Arm) -> None:
    network = {
        "resourceGroupName": GROUP,
        "virtualNetworkName": "vnet-plugin",
        "location": "swedencentral",
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
    }
    made, outputs = plugin.create(NETWORK, network)
    assert subnets(arm) == {}
    put_and_wait(arm, f"{NETWORK_PATH}/subnets/inner", {"properties": {"addressPrefix": "10.0.1.0/24"}})
    assert plugin.read(NETWORK, made, network, outputs) == network
    plugin.update(NETWORK, made, {**network, "tags": {"owner": "platform"}})
    assert subnets(arm) == {"inner": "10.0.1.0/24"}
    outputs = plugin.update(NETWORK, made, {**network, "subnets": [{"name": "other", "addressPrefix": "10.0.2.0/24"}]})
    assert [(one["name"], one["addressPrefix"]) for one in outputs["subnets"]] == [("other", "10.0.2.0/24")]
    assert subnets(arm) == {"other": "10.0.2.0/24"}
    plugin.delete(NETWORK, made)


def test_a_singleton_is_deleted_by_a_put_of_its_default(plugin: Plugin, arm: Arm) -> None:
    account = f"/resourceGroups/{GROUP}/providers/Microsoft.Storage/storageAccounts/stplugin"
    put_and_wait(arm, account, {"location": "swedencentral", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"})
    blobs = {"resourceGroupName": GROUP, "accountName": "stplugin", "blobServicesName": "default"}
    made, _ = plugin.create(BLOBS, {**blobs, "deleteRetentionPolicy": {"enabled": True, "days": 7}})
    plugin.delete(BLOBS, made)
    shown = arm.call("GET", f"{account}/blobServices/default").json()
    assert shown["properties"]["deleteRetentionPolicy"] == {"enabled": False}


# 12


def test_the_official_waits_are_the_default_and_the_sandboxs_are_short(
    home: SandboxHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SANDBOX_WAITS", raising=False)
    assert Patience.of_environment() == OFFICIAL
    assert (OFFICIAL.retry, OFFICIAL.longest_retry, OFFICIAL.poll_put, OFFICIAL.poll_delete) == (20, 120, 10, 30)
    with signed_in(home):
        assert Patience.of_environment() == SHORT


@pytest.mark.parametrize("kind", ["server-error", "reset"])
def test_a_request_is_retried_three_times(plugin: Plugin, home: SandboxHome, kind: str) -> None:
    since = journal(home)[-1]["number"]
    try:
        add_fault(home, kind, type="Microsoft.ManagedIdentity/userAssignedIdentities", count=3)
        made, _ = plugin.create(IDENTITY, identity(f"id-{kind}"))
        plugin.delete(IDENTITY, made)
    finally:
        clear_faults(home)
    tries = [one for one in journal(home, since) if one["path"].endswith(f"id-{kind}")]
    assert [one["method"] for one in tries[:4]] == ["GET"] * 4


def test_a_fourth_failure_is_told_in_one_sentence(plugin: Plugin, home: SandboxHome) -> None:
    try:
        add_fault(home, "server-error", type="Microsoft.ManagedIdentity/userAssignedIdentities", count=4)
        with pytest.raises(PluginError) as caught:
            plugin.create(IDENTITY, identity("id-failing"))
    finally:
        clear_faults(home)
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith("Status=5")
    assert 'Code="' in said
    assert 'Message="' in said
    assert f'Resource="/subscriptions/{SUBSCRIPTION_ID}{identity_path("id-failing")}"' in said


# 13


def test_a_missing_provider_is_registered_and_the_request_sent_again(
    plugin: Plugin, home: SandboxHome, arm: Arm
) -> None:
    change_world(home, unregisteredProviders=["Microsoft.ManagedIdentity"])
    try:
        made, _ = plugin.create(IDENTITY, identity("id-registered"))
        assert arm.call("GET", "/providers/Microsoft.ManagedIdentity").json()["registrationState"] == "Registered"
        plugin.delete(IDENTITY, made)
    finally:
        change_world(home, unregisteredProviders=[])


# 14


def test_what_exists_is_not_taken_over_even_if_it_is_just_as_wanted(plugin: Plugin) -> None:
    made, _ = plugin.create(IDENTITY, identity("id-there"))
    with pytest.raises(PluginError, match=f"^cannot create already existing resource '{made}'$"):
        plugin.create(IDENTITY, identity("id-there"))


def test_a_resource_whose_operation_fails_is_handed_to_the_engine(plugin: Plugin, home: SandboxHome) -> None:
    storage = {"resourceGroupName": GROUP, "accountName": "sthalf", "location": "swedencentral", "kind": "StorageV2"}
    try:
        add_fault(home, "operation-failed", type="Microsoft.Storage/storageAccounts", count=1)
        with pytest.raises(PluginError) as caught:
            plugin.create(STORAGE, {**storage, "sku": {"name": "Standard_LRS"}})
    finally:
        clear_faults(home)
    status = status_pb2.Status()
    status.ParseFromString(caught.value.metadata["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert detail.id.endswith("/storageAccounts/sthalf")


# 11


def test_the_schema_has_every_known_type_with_its_inputs_outputs_and_documentation(plugin: Plugin) -> None:
    schema = json.loads(plugin.schema())
    assert schema["name"] == "azure-native"
    endpoint = schema["resources"]["azure-native:machinelearningservices:OnlineEndpoint"]
    assert set(endpoint["requiredInputs"]) == {"properties", "resourceGroupName", "workspaceName"}
    assert "location" in endpoint["properties"]
    properties = schema["types"]["azure-native:machinelearningservices:OnlineEndpointProperties"]["properties"]
    assert properties["publicNetworkAccess"]["default"] == "Enabled"
    assert properties["authMode"]["description"].startswith("[Required] The authentication method")
    modes = schema["types"]["azure-native:machinelearningservices:EndpointAuthMode"]["enum"]
    assert {mode["value"] for mode in modes} == {"Key", "AMLToken", "AADToken"}
    assert plugin.mapping() == b""


def test_every_type_that_the_schema_refers_to_is_in_it(plugin: Plugin) -> None:
    text = plugin.schema()
    schema = json.loads(text)
    references = {part.split('"', 1)[0] for part in text.split('"#/types/')[1:]}
    assert references == set(schema["types"])


def test_functions_read_a_known_type_or_run_its_action(plugin: Plugin, arm: Arm) -> None:
    account = {"resourceGroupName": GROUP, "accountName": "stread"}
    path = f"/resourceGroups/{GROUP}/providers/Microsoft.Storage/storageAccounts/stread"
    put_and_wait(arm, path, {"location": "swedencentral", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"})
    assert plugin.invoke("azure-native:storage:getStorageAccount", **account)["kind"] == "StorageV2"
    assert plugin.invoke("azure-native:storage:listStorageAccountKeys", **account)["keys"]
    with pytest.raises(PluginError, match="missing required property 'accountName'"):
        plugin.invoke("azure-native:storage:getStorageAccount", resourceGroupName=GROUP)
    with pytest.raises(PluginError, match=r'^Status=404 Code="ResourceNotFound"'):
        plugin.invoke("azure-native:storage:getStorageAccount", resourceGroupName=GROUP, accountName="stnobody")
    config = plugin.invoke("azure-native:authorization:getClientConfig")
    assert config["subscriptionId"] == SUBSCRIPTION_ID
    assert plugin.invoke("azure-native:authorization:getClientToken")["token"].count(".") == 2


# Configuration


def test_the_subscription_of_the_configuration_counts_before_the_environments(plugin: Plugin) -> None:
    theirs = "99999999-8888-7777-6666-555555555555"
    with pytest.raises(PluginError, match=r'^Status=404 Code="SubscriptionNotFound" Message="[^"]*' + theirs):
        Plugin(subscriptionId=theirs).create(GROUP_TYPE, {"resourceGroupName": "rg-theirs", "location": "eastus2"})


def test_a_secret_of_the_configuration_signs_in(plugin: Plugin, home: SandboxHome) -> None:
    added = add_principal(home, "plugin-reader", role="Reader")
    tenant = plugin.invoke("azure-native:authorization:getClientConfig")["tenantId"]
    secret = {"clientId": added.client_id, "clientSecret": added.secret, "tenantId": tenant}
    # As for the official plugin, the default credential comes first where it is asked for.
    assert Plugin(**secret).invoke("azure-native:authorization:getClientConfig")["clientId"] != added.client_id
    theirs = Plugin(useDefaultAzureCredential="false", **secret)
    assert theirs.invoke("azure-native:authorization:getClientConfig")["clientId"] == added.client_id
    with pytest.raises(PluginError, match=r'^Status=403 Code="AuthorizationFailed"'):
        theirs.create(IDENTITY, identity("id-forbidden"))


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"clientSecret": "s", "tenantId": "t"}, "a client secret takes azure-native:clientId"),
        ({"useOidc": "true", "tenantId": "t", "clientId": "c"}, "azure-native:useOidc is set, and there is no token"),
        ({"clientCertificatePath": "/none", "tenantId": "t", "clientId": "c"}, "clientCertificatePath is /none"),
        ({"metadataHost": "https://127.0.0.1:1"}, "azure-native:metadataHost"),
    ],
)
def test_a_configuration_that_cannot_sign_in_is_refused_with_what_is_missing(
    home: SandboxHome, configuration: dict[str, str], message: str
) -> None:
    nobody = {"ARM_TENANT_ID": "", "ARM_CLIENT_ID": "", "ARM_USE_DEFAULT_AZURE_CREDENTIAL": ""}
    with signed_in(home, **nobody), pytest.raises(PluginError, match=message):
        Plugin(**configuration).create(GROUP_TYPE, {"resourceGroupName": "rg-none", "location": "eastus2"})


# A type whose name outlives it: restored on purpose only, and purged by nobody


def foundry_account(**properties: Any) -> dict[str, Any]:
    return {"resourceGroupName": GROUP, "accountName": "fnd-plugin", **account_body("fnd-plugin", **properties)}


def test_an_account_is_made_waited_for_deleted_and_restored_as_the_official_plugin_does(
    plugin: Plugin, home: SandboxHome, arm: Arm
) -> None:
    change_world(home, softDelete=True)
    inputs = foundry_account()
    made, outputs = plugin.create(ACCOUNT, inputs)
    assert outputs["properties"]["provisioningState"] == "Succeeded"
    within = {"resourceGroupName": GROUP, "accountName": "fnd-plugin"}
    deployment = {**within, "deploymentName": "chat", **deployment_body(capacity=1)}
    deployed, shown = plugin.create(DEPLOYMENT, deployment)
    assert shown["properties"]["provisioningState"] == "Succeeded"
    assert plugin.read(DEPLOYMENT, deployed, deployment, shown) == deployment
    assert plugin.read(ACCOUNT, made, inputs, outputs) == inputs
    plugin.delete(ACCOUNT, made)
    with pytest.raises(PluginError, match="FlagMustBeSetForRestore"):
        plugin.create(ACCOUNT, inputs)
    restored = foundry_account(restore=True)
    made, outputs = plugin.create(ACCOUNT, restored)
    assert plugin.read(ACCOUNT, made, restored, outputs) == restored
    assert plugin.read(DEPLOYMENT, deployed, deployment, shown) == deployment
    assert plugin.update(ACCOUNT, made, {**restored, "tags": {"a": "b"}})["tags"] == {"a": "b"}
    change_world(home, softDelete=False)
    plugin.delete(ACCOUNT, made)


def test_what_lies_in_an_account_is_no_drift_once_it_is_made(plugin: Plugin) -> None:
    made, _ = plugin.create(ACCOUNT, foundry_account())
    within = {"resourceGroupName": GROUP, "accountName": "fnd-plugin"}
    hate = {"name": "Hate", "enabled": True, "blocking": True, "source": "Prompt", "severityThreshold": "Low"}
    own = {"authType": "ApiKey", "category": "ApiKey", "target": "https://example.org", "credentials": {"key": "k"}}
    project = {"location": "eastus2", "identity": {"type": "SystemAssigned"}, "properties": {"displayName": "one"}}
    for kind, more in (
        ("Project", {"projectName": "one", **project}),
        ("RaiPolicy", {"raiPolicyName": "strict", "properties": {"contentFilters": [hate], "mode": "Blocking"}}),
        ("RaiBlocklist", {"raiBlocklistName": "words", "properties": {"description": "none"}}),
        (
            "RaiBlocklistItem",
            {
                "raiBlocklistName": "words",
                "raiBlocklistItemName": "a",
                "properties": {"pattern": "a", "isRegex": False},
            },
        ),
        ("AccountConnection", {"connectionName": "outside", "properties": own}),
        ("ProjectConnection", {"projectName": "one", "connectionName": "outside", "properties": own}),
    ):
        token = f"azure-native:cognitiveservices:{kind}"
        inputs = {**within, **more}
        resource_id, outputs = plugin.create(token, inputs)
        assert plugin.read(token, resource_id, inputs, outputs) == inputs, kind
    plugin.delete("azure-native:cognitiveservices:Project", f"{made}/projects/one")
    plugin.delete(ACCOUNT, made)
