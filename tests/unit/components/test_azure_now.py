"""What is asked of the engine for a resource, by what Azure has of it now."""

import asyncio
from typing import Any

import pulumi
import pytest

from llama_azure._azure_now import REPAIRS_TAG, Wish, to_write, with_what_azure_has
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


PLACE = {"resourceGroupName": "rg", "workspaceName": "assistants", "endpointName": "chat"}


def transformed(answers: list[Any], monkeypatch: pytest.MonkeyPatch) -> tuple[Any, list[str]]:
    """Return what the transform of an endpoint makes of it, and what was warned of, by what the plugin answers."""
    said: list[str] = []

    async def invoke(*_: Any) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr("pulumi.runtime.invoke_async", invoke)
    monkeypatch.setattr("pulumi.log.warn", lambda words, *_: said.append(words))
    monkeypatch.setattr("llama_azure._answers._PAUSE_SECONDS", 0)
    options = pulumi.ResourceOptions(ignore_changes=list(IGNORED))
    component: Any = None
    args = pulumi.ResourceTransformArgs(True, ENDPOINT, "it", {**WANTED, **PLACE, "tags": {"owner": "else"}}, options)
    awaited: Any = with_what_azure_has(component)(args)
    loop = asyncio.new_event_loop()  # not `asyncio.run`, which takes the loop away that the SDK works on
    try:
        return loop.run_until_complete(awaited), said
    finally:
        loop.close()


BROKEN = Exception("invoke of f failed: invocation of f returned an error: the connection broke")
ABSENT = Exception("invoke of f failed: invocation of f returned an error: Code=ResourceNotFound Message=no")


def test_a_lost_answer_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    found, said = transformed([BROKEN, BROKEN, SHOWN], monkeypatch)
    assert found.props["properties"]["traffic"] == {"blue": 90, "green": 10}
    assert said == []


def test_an_endpoint_that_is_not_there_is_asked_for_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert transformed([ABSENT], monkeypatch) == (None, [])


def test_an_endpoint_that_cannot_be_read_is_left_alone_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    found, said = transformed([BROKEN] * 3, monkeypatch)
    assert {"properties", "tags", "identity"} <= set(found.opts.ignore_changes)
    assert "traffic" not in found.props["properties"]
    assert [words.rpartition(": ")[2] for words in said] == ["the connection broke"]
    assert "the endpoint chat cannot be read" in said[0]
