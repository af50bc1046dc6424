"""Between the SDK's shape of a resource and ARM's."""

from typing import Any

from sandbox.provider.bodies import arm_body, is_satisfied, outputs, present_inputs
from sandbox.provider.types import resource_row

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
    shown = {"identity": {"type": "UserAssigned", "userAssignedIdentities": {"/one": {"clientId": "c"}, "/two": {}}}}
    assert present_inputs(ENDPOINT, "/id", listed, shown) == listed


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


def test_a_key_that_azure_never_shows_is_no_drift() -> None:
    row = resource_row("azure-native:machinelearningservices:WorkspaceConnection")
    inputs = {
        "resourceGroupName": "rg",
        "workspaceName": "p",
        "connectionName": "llama",
        "properties": {"authType": "ApiKey", "target": "https://old", "credentials": {"key": "k"}},
    }
    shown = {"properties": {"authType": "ApiKey", "target": "https://new", "credentials": None}}
    connection_id = row.resource_id(inputs, "s")
    present = present_inputs(row, connection_id, inputs, shown)
    assert present["properties"] == {"authType": "ApiKey", "target": "https://new", "credentials": {"key": "k"}}
    imported = present_inputs(row, connection_id, {}, shown)
    assert "credentials" not in imported["properties"]


def test_what_azure_adds_is_no_drift() -> None:
    shown = {**STORAGE_BODY, "sku": {"name": "Standard_LRS", "tier": "Standard"}, "kind": "StorageV2"}
    wanted = {name: value for name, value in STORAGE_INPUTS.items() if value is not None}
    assert present_inputs(STORAGE, STORAGE_ID, wanted, shown) == wanted


def test_what_somebody_changed_is_drift() -> None:
    shown = {**STORAGE_BODY, "properties": {"supportsHttpsTrafficOnly": False}}
    assert present_inputs(STORAGE, STORAGE_ID, STORAGE_INPUTS, shown)["enableHttpsTrafficOnly"] is False


def test_an_import_takes_what_is_writable_and_its_place_from_the_id() -> None:
    shown = {**STORAGE_BODY, "id": STORAGE_ID, "name": "stllama", "type": "Microsoft.Storage/storageAccounts"}
    assert present_inputs(STORAGE, STORAGE_ID, {}, shown) == {
        "accountName": "stllama",
        "enableHttpsTrafficOnly": True,
        "location": "eastus2",
        "resourceGroupName": "rg",
        "sku": {"name": "Standard_LRS"},
    }


def test_a_resource_satisfies_what_is_wanted_when_all_of_it_is_there() -> None:
    wanted = {"location": "eastus2", "properties": {"a": [1, {"b": 2}]}}
    assert is_satisfied(wanted, {**wanted, "name": "x", "properties": {"a": [1, {"b": 2, "c": 3}], "d": 4}})
    assert not is_satisfied(wanted, {"location": "eastus2", "properties": {"a": [1]}})
    assert not is_satisfied(wanted, {"location": "eastus2"})
