"""Between the SDK's shape of a resource and ARM's."""

from typing import Any

import pytest

from llama_azure_sandbox.provider.bodies import arm_body, imported_inputs, outputs, present_inputs
from llama_azure_sandbox.provider.types import resource_row

STORAGE = resource_row("azure-native:storage:StorageAccount")
ENDPOINT = resource_row("azure-native:machinelearningservices:ServerlessEndpoint")
LOGS = resource_row("azure-native:operationalinsights:Workspace")
STORAGE_INPUTS = {
    "resourceGroupName": "rg",
    "accountName": "stllama",
    "location": "eastus2",
    "sku": {"name": "Standard_LRS"},
    "enableHttpsTrafficOnly": True,
    "allowBlobPublicAccess": None,
}
STORAGE_BODY: dict[str, Any] = {
    "location": "eastus2",
    "sku": {"name": "Standard_LRS"},
    "properties": {"supportsHttpsTrafficOnly": True},
}
STORAGE_ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stllama"


def test_flattened_inputs_go_below_properties_under_arms_names() -> None:
    assert arm_body(STORAGE, STORAGE_INPUTS) == STORAGE_BODY


def test_kept_properties_stay_as_they_are() -> None:
    inputs = {"resourceGroupName": "rg", "workspaceName": "p", "name": "e", "properties": {"authMode": "Key"}}
    assert arm_body(ENDPOINT, inputs) == {"properties": {"authMode": "Key"}}


def test_an_envelope_name_can_belong_below_properties() -> None:
    inputs = {"resourceGroupName": "rg", "workspaceName": "w", "sku": {"name": "PerGB2018"}}
    assert arm_body(LOGS, inputs) == {"properties": {"sku": {"name": "PerGB2018"}}}


def test_user_assigned_identities_are_listed_by_the_sdk_and_an_object_in_arm() -> None:
    listed = {"identity": {"type": "UserAssigned", "userAssignedIdentities": ["/one", "/two"]}}
    body = arm_body(ENDPOINT, listed)
    assert body["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {"/one": {}, "/two": {}}}
    shown = {"identity": {"type": "UserAssigned", "userAssignedIdentities": {"/one": {"clientId": "c"}}}}
    both = {"identity": {"type": "UserAssigned", "userAssignedIdentities": {"/one": {}, "/two": {}}}}
    present = present_inputs(ENDPOINT, listed, outputs(ENDPOINT, both), outputs(ENDPOINT, shown))
    assert present == {"identity": {"type": "UserAssigned", "userAssignedIdentities": ["/one"]}}


def test_outputs_are_the_sdks_view_of_what_arm_shows() -> None:
    shown = {**STORAGE_BODY, "id": STORAGE_ID, "name": "stllama", "tags": None}
    shown["properties"] = {**STORAGE_BODY["properties"], "provisioningState": "Succeeded"}
    assert outputs(STORAGE, shown) == {
        "azureApiVersion": STORAGE.api_version,
        "enableHttpsTrafficOnly": True,
        "location": "eastus2",
        "name": "stllama",
        "provisioningState": "Succeeded",
        "sku": {"name": "Standard_LRS"},
    }


def test_read_takes_a_key_that_azure_never_shows_for_no_drift() -> None:
    row = resource_row("azure-native:machinelearningservices:WorkspaceConnection")
    inputs = {
        "resourceGroupName": "rg",
        "workspaceName": "p",
        "connectionName": "llama",
        "properties": {"authType": "ApiKey", "target": "https://old", "credentials": {"key": "k"}},
    }
    then = {"properties": {"authType": "ApiKey", "target": "https://old", "credentials": None}}
    now = {"properties": {"authType": "ApiKey", "target": "https://new", "credentials": None}}
    present = present_inputs(row, inputs, outputs(row, then), outputs(row, now))
    assert present["properties"] == {"authType": "ApiKey", "target": "https://new", "credentials": {"key": "k"}}
    imported = imported_inputs(row, row.resource_id(inputs, "s"), now)
    assert "credentials" not in imported["properties"]


def storage(**properties: Any) -> dict[str, Any]:
    """Return the outputs of a storage account with some properties."""
    return outputs(STORAGE, {**STORAGE_BODY, "properties": {**STORAGE_BODY["properties"], **properties}})


def test_read_takes_what_azure_filled_in_at_first_for_no_drift() -> None:
    shown = storage(minimumTlsVersion="TLS1_0", provisioningState="Succeeded")
    assert present_inputs(STORAGE, STORAGE_INPUTS, shown, shown) == STORAGE_INPUTS


def test_read_takes_what_cannot_be_written_for_no_drift() -> None:
    then, now = (
        storage(provisioningState="Creating"),
        storage(provisioningState="Succeeded", statusOfPrimary="available"),
    )
    assert present_inputs(STORAGE, STORAGE_INPUTS, then, now) == STORAGE_INPUTS


@pytest.mark.parametrize(
    ("then", "now", "drift"),
    [
        ({}, {"supportsHttpsTrafficOnly": False}, {"enableHttpsTrafficOnly": False}),
        ({}, {"allowSharedKeyAccess": True}, {"allowSharedKeyAccess": True}),
        ({"minimumTlsVersion": "TLS1_0"}, {"minimumTlsVersion": "TLS1_2"}, {"minimumTlsVersion": "TLS1_2"}),
    ],
    ids=["an input", "a property that no input names", "a default of Azure's"],
)
def test_read_projects_outputs_old_and_new_to_the_inputs_and_takes_the_difference_for_drift(
    then: dict[str, Any], now: dict[str, Any], drift: dict[str, Any]
) -> None:
    present = present_inputs(STORAGE, STORAGE_INPUTS, storage(**then), storage(**now))
    assert present == {**STORAGE_INPUTS, **drift}


def test_read_takes_a_tag_that_somebody_added_for_drift() -> None:
    inputs = {**STORAGE_INPUTS, "tags": {"owner": "platform"}}
    then, now = ({**storage(), "tags": tags} for tags in ({"owner": "platform"}, {"owner": "platform", "x": "y"}))
    assert present_inputs(STORAGE, inputs, then, now)["tags"] == {"owner": "platform", "x": "y"}


def test_an_import_takes_what_is_writable_and_its_place_from_the_id() -> None:
    shown = {**STORAGE_BODY, "id": STORAGE_ID, "name": "stllama", "type": "Microsoft.Storage/storageAccounts"}
    assert imported_inputs(STORAGE, STORAGE_ID, shown) == {
        "accountName": "stllama",
        "enableHttpsTrafficOnly": True,
        "location": "eastus2",
        "resourceGroupName": "rg",
        "sku": {"name": "Standard_LRS"},
    }


def test_what_lies_deep_has_arms_names_in_arm_and_the_sdks_names_in_the_sdk() -> None:
    inputs = {
        **STORAGE_INPUTS,
        "networkRuleSet": {
            "defaultAction": "Deny",
            "ipRules": [{"iPAddressOrRange": "203.0.113.7", "action": "Allow"}],
        },
        "encryption": {"keySource": "Microsoft.Keyvault", "keyVaultProperties": {"keyName": "llama"}},
    }
    body = arm_body(STORAGE, inputs)
    assert body["properties"] == {
        **STORAGE_BODY["properties"],
        "networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "203.0.113.7", "action": "Allow"}]},
        "encryption": {"keySource": "Microsoft.Keyvault", "keyvaultproperties": {"keyname": "llama"}},
    }
    seen = outputs(STORAGE, body)
    assert {name: seen[name] for name in ("networkRuleSet", "encryption")} == {
        name: inputs[name] for name in ("networkRuleSet", "encryption")
    }
    key = resource_row("azure-native:keyvault:Key")
    assert arm_body(key, {"properties": {"attributes": {"expires": 1}}}) == {"properties": {"attributes": {"exp": 1}}}


def test_members_of_nested_lists_lie_below_properties_in_arm() -> None:
    network = resource_row("azure-native:network:VirtualNetwork")
    inputs = {"subnets": [{"id": "/a", "name": "a", "addressPrefix": "10.0.0.0/24"}]}
    body = arm_body(network, inputs)
    assert body["properties"]["subnets"] == [{"id": "/a", "name": "a", "properties": {"addressPrefix": "10.0.0.0/24"}}]
    assert outputs(network, body)["subnets"] == inputs["subnets"]


def test_inputs_that_are_not_azures_are_not_sent() -> None:
    assert arm_body(LOGS, {"azureApiVersion": "2023-09-01", "__createBeforeDelete": True}) == {"properties": {}}
