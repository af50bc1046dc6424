"""What is asked of the engine for a resource, by what Azure has of it now."""

import asyncio
from typing import Any

import pulumi
import pytest

from llama_azure._azure_now import (
    REPAIRS_TAG,
    Desired,
    note_whether_a_group_is_there,
    to_write,
    with_what_azure_has,
)
from llama_azure_core.serving import shared_quota
from llama_azure_core.traffic import Deployed, deployment_interruptions

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


def desired(kind: str = ENDPOINT, shown: dict[str, Any] = SHOWN, **changed: Any) -> Desired:
    return to_write(kind, Desired({**WANTED, **changed}, IGNORED), shown)


def test_of_an_endpoint_that_is_as_wanted_nothing_is_written() -> None:
    found = desired()
    assert found.props == WANTED
    assert {"properties", "tags", "identity"} <= set(found.ignored)


@pytest.mark.parametrize(
    "changed",
    [
        {"tags": {"owner": "somebody"}},
        {"tags": None},
        {"identity": {"type": "SystemAssigned"}},  # which Azure refuses, and `up` tells of
        {"properties": {"authMode": "Key", "publicNetworkAccess": "Disabled"}},
        {"properties": {**WANTED["properties"], "description": "what people read"}},
        {"properties": {**WANTED["properties"], "authMode": "AADToken"}},
    ],
)
def test_whatever_is_written_carries_the_traffic_that_there_is(changed: dict[str, Any]) -> None:
    found = desired(**changed)
    assert found.props["properties"]["traffic"] == {"blue": 90, "green": 10}
    assert "mirrorTraffic" not in found.props["properties"]
    assert found.ignored == ("properties.properties",)
    assert found.replacing == ()


def test_an_endpoint_that_is_made_anew_gets_no_traffic_to_deployments_that_are_not_there_yet() -> None:
    quota = {shared_quota().endpoint_property: "true"}
    found = desired(properties={**WANTED["properties"], "properties": quota})
    assert "traffic" not in found.props["properties"]
    assert found.replacing == ("properties.properties",)
    assert "properties.properties" not in found.ignored
    assert "traffic" not in desired(location="swedencentral").props["properties"]


@pytest.mark.parametrize("kind", [ENDPOINT, SERVERLESS])
def test_what_has_failed_is_written_again_each_time_that_it_has(kind: str) -> None:
    failed = {**SHOWN, "properties": {**SHOWN["properties"], "provisioningState": "Failed"}}
    once = desired(kind, failed).props
    assert once["tags"] == {"owner": "platform", REPAIRS_TAG: "1"}
    again = desired(kind, {**failed, "tags": once["tags"]}).props
    assert again["tags"][REPAIRS_TAG] == "2"
    # Once it is well the tag stays, so that the next update has nothing to change.
    assert desired(kind, {**SHOWN, "tags": again["tags"]}).props["tags"] == again["tags"]


def test_a_hub_says_its_state_beside_its_properties() -> None:
    hub = "azure-native:machinelearningservices:Workspace"
    assert to_write(hub, Desired({}), {"provisioningState": "Failed"}).props == {"tags": {REPAIRS_TAG: "1"}}
    assert to_write(hub, Desired({}), {"provisioningState": "Succeeded"}) == Desired({})


def test_a_name_in_another_case_is_the_same_name() -> None:
    project = "azure-native:machinelearningservices:Workspace"
    shown = {"id": "/subscriptions/s/resourceGroups/rg-x/providers/p/workspaces/Assistants"}
    place = {"resourceGroupName": "RG-X", "workspaceName": "Assistants"}
    assert to_write(project, Desired(place), shown).ignored == ("resourceGroupName",)
    assert to_write(project, Desired({**place, "workspaceName": "others"}), shown).ignored == ("resourceGroupName",)


def test_what_bears_no_tags_is_made_anew_by_its_name_in_another_case() -> None:
    kind = "azure-native:machinelearningservices:MarketplaceSubscription"
    place = {"resourceGroupName": "rg", "workspaceName": "chat", "name": "llama-3"}

    def shown(name: str, state: str) -> dict[str, Any]:
        path = "/subscriptions/s/resourceGroups/rg/providers/p/workspaces/chat/marketplaceSubscriptions"
        return {"id": f"{path}/{name}", "properties": {"provisioningState": state}}

    for now, then in (("llama-3", "LLAMA-3"), ("LLAMA-3", "llama-3")):
        assert to_write(kind, Desired(place), shown(now, "Failed")) == Desired({**place, "name": then})
        # Once it is well, its name is one in another case.
        ignored = () if then == "llama-3" else ("name",)
        assert to_write(kind, Desired(place), shown(then, "Succeeded")) == Desired(place, ignored)


def test_a_scope_in_another_case_replaces_no_assignment_and_changes_no_role() -> None:
    group = "/subscriptions/s/resourceGroups/RG-X"
    role = {"scope": group, "assignableScopes": [group], "roleName": "Llama deployer of RG-X", "description": "new"}
    shown = {"roleName": "Llama deployer of rg-x", "assignableScopes": [group.lower()], "description": "old"}
    found = to_write("azure-native:authorization:RoleDefinition", Desired(role), shown)
    assert set(found.ignored) == {"scope", "roleName", "assignableScopes"}
    # What somebody else has changed is set back.
    shown["assignableScopes"] = ["/subscriptions/s"]
    found = to_write("azure-native:authorization:RoleDefinition", Desired(role), shown)
    assert set(found.ignored) == {"scope", "roleName"}
    assignment = to_write(
        "azure-native:authorization:RoleAssignment", Desired({"scope": group}), {"scope": group.lower()}
    )
    assert assignment.ignored == ("scope",)


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


def test_of_what_holds_a_secret_nothing_is_said() -> None:
    unread = Deployed.of({"properties": pulumi.Output.secret({"instanceType": "other"})})
    assert list(deployment_interruptions("blue", "chat", 90, Deployed("size", "model"), unread)) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"identity": {"type": "SystemAssigned"}}, "keeps its identity for life"),
        ({"properties": {**WANTED["properties"], "authMode": "AADToken"}}, "sign in by Key and are refused once it"),
        ({"location": "swedencentral"}, "is deleted and made anew, because another region cannot be set"),
        ({"tags": {}}, ""),
    ],
)
def test_what_callers_notice_is_said_before(
    changed: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in changed.items():
        monkeypatch.setitem(WANTED, name, value)
    shown = {**SHOWN, "properties": {**SHOWN["properties"], "authMode": "Key"}}
    _, said = transformed([shown], monkeypatch)
    assert len(said) == (1 if words else 0)
    assert all(words in one for one in said)


@pytest.mark.parametrize("group", [ABSENT, {"id": "/rg"}])
def test_nothing_is_asked_about_what_lies_in_a_group_that_was_not_there(
    group: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def invoke(token: str, *_: Any) -> Any:
        asked.append(token.rsplit(":", 1)[-1])
        if token.endswith("getResourceGroup") and group is not ABSENT:
            return group
        raise ABSENT

    async def invoke_async(*arguments: Any) -> Any:
        return invoke(*arguments)

    monkeypatch.setattr("pulumi.runtime.invoke", invoke)
    monkeypatch.setattr("pulumi.runtime.invoke_async", invoke_async)

    async def declare() -> None:
        nobody: Any = None
        options = pulumi.ResourceOptions()
        note_whether_a_group_is_there(PLACE["resourceGroupName"])
        for kind in ("Workspace", "OnlineEndpoint"):
            token = f"azure-native:machinelearningservices:{kind}"
            awaited: Any = with_what_azure_has(nobody)(
                pulumi.ResourceTransformArgs(True, token, "it", {**WANTED, **PLACE, "resourceGroupName": "RG"}, options)
            )
            await awaited

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(declare())
    finally:
        loop.close()
    # Where the group is there the workspace is asked for, and what is in it no more.
    assert asked == ["getResourceGroup", *([] if group is ABSENT else ["getWorkspace"])]
