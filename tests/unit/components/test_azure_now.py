"""What is asked of the engine for a resource, by what Azure has of it now."""

from typing import Any

import pytest

from llama_azure._azure_now import REPAIRS_TAG, Wish, to_write
from llama_azure_core.serving import shared_quota

ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint"
SERVERLESS = "azure-native:machinelearningservices:ServerlessEndpoint"
IGNORED = ("properties.properties", "properties.traffic", "properties.mirrorTraffic")
WANTED: dict[str, Any] = {
    "location": "East US 2",
    "kind": "Managed",
    "tags": {"owner": "platform"},
    "identity": {"type": "UserAssigned", "userAssignedIdentities": ["/Identity"]},
    "properties": {"authMode": "Key", "publicNetworkAccess": "Enabled"},
}
SHOWN: dict[str, Any] = {
    **WANTED,
    "location": "eastus2",
    "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/identity": {"clientId": "c"}}},
    "properties": {
        **WANTED["properties"],
        "provisioningState": "Succeeded",
        "scoringUri": "u",
        "traffic": {"blue": 90.0, "green": 10.0, "red": 0.0},
        "mirrorTraffic": {},
    },
}


def wish(kind: str = ENDPOINT, shown: dict[str, Any] = SHOWN, **changed: Any) -> Wish:
    return to_write(kind, Wish({**WANTED, **changed}, IGNORED), shown)


def test_of_an_endpoint_that_is_as_wanted_nothing_is_written() -> None:
    found = wish()
    assert found.props == WANTED
    assert {"properties", "tags", "identity"} <= set(found.ignored)


@pytest.mark.parametrize(
    "changed",
    [
        {"tags": {"owner": "somebody"}},
        {"tags": None},
        {"identity": {"type": "SystemAssigned"}},
        {"properties": {"authMode": "Key", "publicNetworkAccess": "Disabled"}},
        {"properties": {**WANTED["properties"], "description": "what people read"}},
        {"properties": {**WANTED["properties"], "authMode": "AADToken"}},
    ],
)
def test_whatever_is_written_carries_the_traffic_that_there_is(changed: dict[str, Any]) -> None:
    found = wish(**changed)
    assert found.props["properties"]["traffic"] == {"blue": 90, "green": 10}
    assert "mirrorTraffic" not in found.props["properties"]
    assert found.ignored == ("properties.properties",)
    assert found.replacing == ()


def test_an_endpoint_that_is_made_anew_gets_no_traffic_to_deployments_that_are_not_there_yet() -> None:
    quota = {shared_quota().endpoint_property: "true"}
    found = wish(properties={**WANTED["properties"], "properties": quota})
    assert "traffic" not in found.props["properties"]
    assert found.replacing == ("properties.properties",)
    assert "properties.properties" not in found.ignored
    assert "traffic" not in wish(location="swedencentral").props["properties"]


@pytest.mark.parametrize("kind", [ENDPOINT, SERVERLESS])
def test_what_has_failed_is_written_again_each_time_that_it_has(kind: str) -> None:
    failed = {**SHOWN, "properties": {**SHOWN["properties"], "provisioningState": "Failed"}}
    once = wish(kind, failed).props
    assert once["tags"] == {"owner": "platform", REPAIRS_TAG: "1"}
    again = wish(kind, {**failed, "tags": once["tags"]}).props
    assert again["tags"][REPAIRS_TAG] == "2"
    # Once it is well the tag stays, so that the next update has nothing to change.
    assert wish(kind, {**SHOWN, "tags": again["tags"]}).props["tags"] == again["tags"]


def test_a_hub_says_its_state_beside_its_properties() -> None:
    hub = "azure-native:machinelearningservices:Workspace"
    assert to_write(hub, Wish({}), {"provisioningState": "Failed"}).props == {"tags": {REPAIRS_TAG: "1"}}
    assert to_write(hub, Wish({}), {"provisioningState": "Succeeded"}) == Wish({})


def test_a_name_in_another_case_is_the_same_name() -> None:
    project = "azure-native:machinelearningservices:Workspace"
    shown = {"id": "/subscriptions/s/resourceGroups/rg-x/providers/p/workspaces/Assistants"}
    place = {"resourceGroupName": "RG-X", "workspaceName": "Assistants"}
    assert to_write(project, Wish(place), shown).ignored == ("resourceGroupName",)
    assert to_write(project, Wish({**place, "workspaceName": "others"}), shown).ignored == ("resourceGroupName",)


def test_what_bears_no_tags_gets_none() -> None:
    kind = "azure-native:machinelearningservices:MarketplaceSubscription"
    failed = {"properties": {"provisioningState": "Failed"}}
    assert to_write(kind, Wish({"name": "llama"}), failed) == Wish({"name": "llama"})
