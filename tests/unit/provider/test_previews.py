"""What a preview can know of a resource's outputs."""

from pulumi.runtime.rpc import UNKNOWN

from sandbox.provider.previews import previewed_creation, previewed_update
from sandbox.provider.types import resource_row

ENDPOINT = resource_row("azure-native:machinelearningservices:ServerlessEndpoint")
WORKSPACE = resource_row("azure-native:machinelearningservices:Workspace")


def test_inputs_are_known_and_what_azure_adds_is_not() -> None:
    inputs = {
        "resourceGroupName": "rg",
        "workspaceName": "project",
        "name": "llama",
        "properties": {"authMode": "Key"},
    }
    previewed = previewed_creation(ENDPOINT, inputs)
    assert previewed["name"] == "llama"
    assert previewed["properties"]["authMode"] == "Key"
    assert previewed["properties"]["inferenceEndpoint"] == UNKNOWN
    assert inputs["properties"] == {"authMode": "Key"}


def test_an_object_that_the_inputs_do_not_have_is_not_made_up() -> None:
    previewed = previewed_creation(WORKSPACE, {"resourceGroupName": "rg", "workspaceName": "hub"})
    assert "identity" not in previewed


def test_an_update_keeps_what_azure_added() -> None:
    old = {"properties": {"authMode": "Key", "endpointState": "Online"}, "tags": {"a": "b"}}
    assert previewed_update(old, {"properties": {"authMode": "AAD"}}) == {
        "properties": {"authMode": "AAD", "endpointState": "Online"},
        "tags": {"a": "b"},
    }
