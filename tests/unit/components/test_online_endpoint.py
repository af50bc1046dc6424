"""An online endpoint: made or adopted, its keys, and shared quota."""

import datetime as dt
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from llama_azure import OnlineEndpoint
from llama_azure_core.serving import shared_quota
from tests.unit.components.recording import Recorder, RecordingMonitor, record

PLACE = {"resource_group_name": "rg", "location": "eastus2", "project_name": "assistants"}
SECRET_MARK = "4dabf18193072939515e22adb298388d"  # in the engine's protocol


def build(**args: Any) -> tuple[RecordingMonitor, Recorder]:
    return record(lambda: OnlineEndpoint("it", {**PLACE, **args}))  # type: ignore[typeddict-item]


def made(**args: Any) -> RecordingMonitor:
    return build(endpoint_name="chat", **args)[0]


def test_an_endpoint_is_made_without_traffic() -> None:
    endpoint = made().one("OnlineEndpoint").inputs
    assert endpoint["properties"] == {"authMode": "Key", "publicNetworkAccess": "Enabled"}
    assert endpoint["identity"] == {"type": "SystemAssigned"}


def test_an_endpoint_can_be_closed_to_public_networks() -> None:
    assert made(public_network_access=False).one("OnlineEndpoint").inputs["properties"]["publicNetworkAccess"] == (
        "Disabled"
    )


def test_an_endpoint_can_act_as_an_identity_that_users_assign() -> None:
    assert made(identity_id="/identity").one("OnlineEndpoint").inputs["identity"] == {
        "type": "UserAssigned",
        "userAssignedIdentities": ["/identity"],
    }


def test_its_key_is_a_secret() -> None:
    key = made().outputs["it"]["primary_key"]
    assert key["value"] == "KEY-IN-CLEAR"
    assert SECRET_MARK in key


@pytest.mark.parametrize("mode", ["AADToken", "AMLToken"])
def test_no_keys_are_asked_for_where_callers_sign_in_by_a_token(mode: str) -> None:
    monitor, recorder = build(endpoint_name="chat", auth_mode=mode)
    assert monitor.one("OnlineEndpoint").inputs["properties"]["authMode"] == mode
    assert monitor.outputs["it"]["primary_key"]["value"] == ""
    assert recorder.calls == []


def test_an_endpoint_that_is_there_is_read_and_not_made() -> None:
    monitor, recorder = build(endpoint_id="/their/endpoint")
    assert [one for one in monitor.registrations if one.custom] == []
    assert [token.rsplit(":", 1)[-1] for token, _ in recorder.calls] == ["listOnlineEndpointKeys"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, "OnlineEndpoint: give endpoint_name, to have it made, or endpoint_id, to use one that is there.*neither"),
        ({"endpoint_name": "chat", "endpoint_id": "/their"}, "give endpoint_name.*both"),
        ({"endpoint_name": "chat", "auth_mode": "AAD"}, "auth_mode is 'AAD'; give Key, AMLToken or AADToken"),
    ],
)
def test_what_cannot_be_is_refused(args: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(**args)


def test_shared_quota_ends_after_its_hours_and_says_when() -> None:
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    monitor = made(shared_quota=True)
    properties = monitor.one("OnlineEndpoint").inputs["properties"]["properties"]
    quota = shared_quota()
    assert properties[quota.endpoint_property] == "true"
    end = parsedate_to_datetime(properties[quota.deletion_property])
    hours = dt.timedelta(hours=quota.hours)
    assert before + hours <= end <= dt.datetime.now(dt.UTC) + hours
    assert monitor.outputs["it"]["deletion_time"] == properties[quota.deletion_property]


def test_the_deletion_time_never_changes_and_the_traffic_is_somebody_elses_to_set() -> None:
    for value in (True, False):
        ignored = made(shared_quota=value).one("OnlineEndpoint").ignored
        assert ignored == ["properties.properties", "properties.traffic", "properties.mirrorTraffic"]


def test_an_endpoint_of_ones_own_quota_is_not_deleted() -> None:
    monitor = made()
    assert "properties" not in monitor.one("OnlineEndpoint").inputs["properties"]
    assert monitor.outputs["it"]["deletion_time"] == ""


@pytest.mark.parametrize(
    "change", [{"auth_mode": "AADToken"}, {"public_network_access": False}, {"tags": {"a": "b"}}, {"description": "x"}]
)
def test_whatever_writes_the_endpoint_anew_changes_its_revision(change: dict[str, Any]) -> None:
    revision = made().outputs["it"]["revision"]
    assert made().outputs["it"]["revision"] == revision
    assert made(**change).outputs["it"]["revision"] != revision


def test_traffic_is_never_the_endpoints_own() -> None:
    assert {"properties.traffic", "properties.mirrorTraffic"} <= set(made().one("OnlineEndpoint").ignored)
