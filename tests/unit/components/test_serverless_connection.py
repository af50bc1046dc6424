"""ServerlessConnection: what it tells Azure, and that the key stays a secret."""

import json
from typing import Any

import pytest

from llama_azure import ServerlessConnection
from tests.unit.components.recording import RecordingMonitor, record

SECRET_MARK = "4dabf18193072939515e22adb298388d"
ARGS: Any = {
    "resource_group_name": "rg-other",
    "project_name": "elsewhere",
    "connection_name": "llama",
    "endpoint_uri": "https://llama.example",
    "endpoint_key": "KEY-IN-CLEAR",
}


def build(**args: Any) -> RecordingMonitor:
    values: Any = {**ARGS, **args}
    return record(lambda: ServerlessConnection("it", values))[0]


def properties(monitor: RecordingMonitor) -> dict[str, Any]:
    """Return the connection's properties, which the recording unwraps as one secret because one lies in them."""
    wrapped: dict[str, Any] = monitor.one("WorkspaceConnection").inputs["properties"]
    assert SECRET_MARK in wrapped
    found: dict[str, Any] = wrapped["value"]
    return found


def test_it_is_a_serverless_connection_with_an_api_key() -> None:
    monitor = build()
    connection = monitor.one("WorkspaceConnection").inputs
    place = [connection[name] for name in ("resourceGroupName", "workspaceName", "connectionName")]
    assert place == ["rg-other", "elsewhere", "llama"]
    assert properties(monitor) == {
        "authType": "ApiKey",
        "category": "Serverless",
        "target": "https://llama.example",
        "isSharedToAll": False,
        "credentials": {"key": "KEY-IN-CLEAR"},
    }


def test_a_key_given_in_clear_becomes_a_secret_and_no_output() -> None:
    monitor = build()
    assert properties(monitor)["credentials"] == {"key": "KEY-IN-CLEAR"}
    assert monitor.outputs["it"].keys() == {"connection_id", "connection_name", "endpoint_uri"}
    assert "KEY-IN-CLEAR" not in json.dumps(monitor.outputs["it"])


@pytest.mark.parametrize("shared", [True, False])
def test_other_projects_use_it_only_if_that_is_asked_for(shared: bool) -> None:
    assert properties(build(shared_to_all=shared))["isSharedToAll"] is shared
