"""What a preview can know of a resource's outputs."""

from pulumi.runtime.rpc import UNKNOWN

from llama_azure_sandbox.provider.bodies import previewed_creation, previewed_update
from llama_azure_sandbox.provider.types import resource_row

ENDPOINT = resource_row("azure-native:machinelearningservices:ServerlessEndpoint")
WORKSPACE = resource_row("azure-native:machinelearningservices:Workspace")
CONNECTION = resource_row("azure-native:machinelearningservices:WorkspaceConnection")
HUB = {
    "resourceGroupName": "rg",
    "workspaceName": "hub",
    "location": "eastus2",
    "kind": "Hub",
    "identity": {"type": "UserAssigned", "userAssignedIdentities": ["/one"]},
    "tags": {"owner": "platform"},
}


def test_preview_of_a_create_knows_the_inputs_and_nothing_else_not_even_the_name() -> None:
    previewed = previewed_creation(WORKSPACE, HUB)
    assert previewed["location"] == "eastus2"
    assert previewed["kind"] == "Hub"
    assert previewed["tags"] == {"owner": "platform"}
    assert previewed["name"] == UNKNOWN
    assert previewed["discoveryUrl"] == UNKNOWN
    assert "workspaceName" not in previewed


def test_preview_of_a_create_marks_what_azure_adds_inside_an_object_as_unknown() -> None:
    inputs = {"resourceGroupName": "rg", "workspaceName": "p", "name": "llama", "properties": {"authMode": "Key"}}
    previewed = previewed_creation(ENDPOINT, inputs)
    assert previewed["name"] == "llama"  # its input bears the output's name
    assert previewed["properties"]["authMode"] == "Key"
    assert previewed["properties"]["inferenceEndpoint"] == UNKNOWN
    assert inputs["properties"] == {"authMode": "Key"}
    assert previewed_creation(WORKSPACE, HUB)["identity"]["principalId"] == UNKNOWN


def test_preview_of_a_create_takes_an_object_of_a_union_as_it_is() -> None:
    credentials = {"authType": "ApiKey", "credentials": {"key": "k"}}
    assert previewed_creation(CONNECTION, {"properties": credentials})["properties"] == credentials


def test_preview_of_an_update_knows_inputs_name_and_location_and_no_other_output() -> None:
    old = {"name": "hub", "location": "eastus2", "discoveryUrl": "https://old", "tags": {"owner": "somebody"}}
    previewed = previewed_update(WORKSPACE, old, HUB)
    assert (previewed["name"], previewed["location"]) == ("hub", "eastus2")
    assert previewed["tags"] == {"owner": "platform"}
    assert previewed["discoveryUrl"] == UNKNOWN
