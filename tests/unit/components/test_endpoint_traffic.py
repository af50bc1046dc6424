"""The traffic of an endpoint: what is written, what counts as a change, and who signs in."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.output import Unknown

from llama_azure import _endpoint_traffic
from llama_azure._arm_provider import RefusedError
from llama_azure._endpoint_traffic import (
    ENDPOINT_API_VERSION,
    EndpointTrafficProvider,
    body_with_traffic,
    shares,
    traffic_to_leave,
)
from llama_azure_sandbox.provider.types import resource_row

PROVIDER = EndpointTrafficProvider()
STATE: dict[str, Any] = {
    "endpoint_id": "/chat",
    "endpoint_revision": "1",
    "deployments": {"blue": "/chat/blue", "green": "/chat/green"},
    "traffic": {"blue": 100},
    "mirror": {},
    "traffic_before": {},
}
names = st.sampled_from(["blue", "green", "red", "theirs"])
percentages = st.dictionaries(names, st.integers(0, 100))


def diff(**news: Any) -> Any:
    return PROVIDER.diff("/chat", STATE, {**STATE, **news})


def test_the_api_version_is_azure_natives() -> None:
    assert resource_row("azure-native:machinelearningservices:OnlineEndpoint").api_version == ENDPOINT_API_VERSION


def test_the_state_names_the_provider_and_does_not_hold_its_code() -> None:
    pickled = base64.b64decode(serialize_provider(PROVIDER))
    assert b"llama_azure._endpoint_traffic" in pickled
    assert len(pickled) < 200


@given(percentages)
def test_no_share_is_the_same_as_a_share_of_nothing(values: dict[str, int]) -> None:
    assert shares(values) == shares({**values, "none": 0})
    assert all(shares(values).values())


@given(percentages, percentages)
def test_a_body_changes_the_traffic_and_nothing_else_that_is_written(traffic: Any, mirror: Any) -> None:
    written = {"authMode": "Key", "properties": {"a": "b"}, "traffic": {"old": 100}}
    shown = {
        "id": "/chat",
        "name": "chat",
        "type": "t",
        "location": "eastus2",
        "kind": "Managed",
        "tags": {"a": "b"},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/i": {"clientId": "c"}}, "tenantId": "t"},
        "properties": {**written, "provisioningState": "Succeeded", "scoringUri": "u", "swaggerUri": "s"},
    }
    before = json.dumps(shown)
    assert body_with_traffic(shown, traffic, mirror) == {
        "location": "eastus2",
        "kind": "Managed",
        "tags": {"a": "b"},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/i": {}}},
        "properties": {**written, "traffic": traffic, "mirrorTraffic": mirror},
    }
    assert json.dumps(shown) == before


@given(percentages, st.sets(names), st.sets(names))
def test_an_endpoint_is_left_with_traffic_to_others_or_with_none(before: Any, own: set[str], there: set[str]) -> None:
    left = traffic_to_leave(before, own, there)
    assert sum(left.values()) in (0, 100)
    assert left.keys() <= there - own
    assert all(before[name] == share for name, share in left.items())


def test_an_adopted_endpoint_gets_back_what_it_had() -> None:
    assert traffic_to_leave({"theirs": 100}, {"blue"}, {"theirs", "blue"}) == {"theirs": 100}


class FakeEndpoint:
    """An endpoint with traffic of its own and a deployment of somebody else's."""

    body: dict[str, Any]

    def __init__(self, _endpoint_id: str, _config: Any) -> None:
        pass

    def shown(self) -> Any:
        return FakeEndpoint.body

    def put(self, body: Any) -> None:
        FakeEndpoint.body = body

    def deployments(self) -> set[str]:
        return {"blue", "theirs"}


def test_what_the_engine_kept_as_floats_goes_back_to_azure_as_whole_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_endpoint_traffic, "_Endpoint", FakeEndpoint)
    FakeEndpoint.body = {"properties": {"traffic": {"theirs": 100}}}
    created = PROVIDER.create({**STATE, "traffic": {"blue": 10.0, "theirs": 90.0}})
    assert repr(FakeEndpoint.body["properties"]["traffic"]) == "{'blue': 10, 'theirs': 90}"
    assert created.outs is not None
    PROVIDER.delete("/chat", {**created.outs, "deployments": {"blue": "/b"}, "traffic_before": {"theirs": 100.0}})
    assert repr(FakeEndpoint.body["properties"]["traffic"]) == "{'theirs': 100}"


def test_an_endpoint_that_is_gone_is_no_longer_there_on_refresh_and_nothing_to_delete(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_endpoint_traffic, "_Endpoint", FakeEndpoint)
    monkeypatch.setattr(FakeEndpoint, "shown", lambda _self: None)
    assert PROVIDER.read("/chat", STATE).id == ""
    PROVIDER.delete("/chat", STATE)
    with pytest.raises(RefusedError, match="there is no online endpoint /chat"):
        PROVIDER.create(STATE)


def test_the_same_again_is_no_change() -> None:
    found = diff(traffic={"blue": 100, "green": 0})
    assert (found.changes, found.replaces) == (False, [])


@pytest.mark.parametrize(
    "news",
    [
        {"traffic": {"blue": 90, "green": 10}},
        {"mirror": {"green": 10}},
        {"endpoint_revision": "2"},
        {"deployments": {"blue": "/chat/blue"}},
        {"deployments": {**STATE["deployments"], "red": Unknown()}},
    ],
)
def test_numbers_and_new_deployments_are_changes_in_place(news: dict[str, Any]) -> None:
    found = diff(**news)
    assert (found.changes, found.replaces) == (True, [])


@pytest.mark.parametrize(
    "news",
    [
        {"endpoint_id": "/other"},
        {"endpoint_id": Unknown()},
        {"deployments": Unknown()},
        {"deployments": {**STATE["deployments"], "blue": Unknown()}},
    ],
)
def test_a_deployment_that_is_replaced_loses_its_traffic_first(news: dict[str, Any]) -> None:
    found = diff(**news)
    assert found.changes
    assert found.replaces
    assert found.delete_before_replace


@pytest.mark.parametrize(
    ("news", "field", "message"),
    [
        ({"traffic": {"blue": 50}}, "traffic", "adds up to 50"),
        ({"traffic": {"blue": 110, "green": -10}}, "traffic", "not a percentage"),
        ({"mirror": {"green": 60}}, "mirror", "at most 50 percent"),
        ({"mirror": {"blue": 10}}, "mirror", "traffic and mirror"),
    ],
)
def test_what_azure_would_refuse_is_refused_before(news: dict[str, Any], field: str, message: str) -> None:
    (failure,) = PROVIDER.check({}, {**STATE, **news}).failures
    assert failure.property == field
    assert message in failure.reason


def test_shares_that_are_not_known_yet_are_judged_later() -> None:
    assert PROVIDER.check({}, {**STATE, "traffic": Unknown()}).failures == []
