"""Connections of a project: what they lead to is shown, what they sign in with is not."""

import pytest

from llama_azure_sandbox.home import SandboxHome
from tests.support.arm import Arm
from tests.support.estates import make_project, workspace
from tests.support.refusals import refusal

KEY = "the-key-of-the-endpoint"
BODY = {
    "properties": {
        "authType": "ApiKey",
        "category": "Serverless",
        "target": "https://llama.example",
        "credentials": {"key": KEY},
    }
}
GROUP = "rg-connections"


@pytest.fixture(scope="module")
def path(arm: Arm) -> str:
    make_project(arm, GROUP)
    return f"{workspace(GROUP, 'project')}/connections/llama"


def test_a_connection_shows_everything_but_its_key(arm: Arm, path: str, home: SandboxHome) -> None:
    created = arm.call("PUT", path, BODY)
    assert created.is_success
    for answer in (created, arm.call("GET", path), arm.call("GET", path.rsplit("/", 1)[0])):
        assert "https://llama.example" in answer.text
        assert KEY not in answer.text
    assert arm.call("GET", path).json()["properties"]["credentials"] is None
    assert KEY not in home.log.read_text(encoding="utf-8")


def test_who_may_list_secrets_gets_the_key(arm: Arm, path: str) -> None:
    answer = arm.call("POST", f"{path}/listsecrets")
    assert answer.json()["properties"]["credentials"] == {"key": KEY}


@pytest.mark.parametrize("field", ["authType", "category", "target"])
def test_a_connection_without_what_it_needs_is_refused(arm: Arm, path: str, field: str) -> None:
    properties = {name: value for name, value in BODY["properties"].items() if name != field}
    message = refusal(arm.call("PUT", f"{path}-two", {"properties": properties}), 400, "ValidationError")
    assert field in message


def test_a_name_that_azure_does_not_take_is_refused(arm: Arm, path: str) -> None:
    refusal(arm.call("PUT", path.removesuffix("llama") + "l", BODY), 400, "ValidationError")


def test_a_connection_of_no_workspace_is_refused(arm: Arm, path: str) -> None:
    nowhere = f"{workspace(GROUP, 'nowhere')}/connections/llama"
    refusal(arm.call("PUT", nowhere, BODY), 404, "ParentResourceNotFound")


def test_a_deleted_connection_is_gone(arm: Arm, path: str) -> None:
    assert arm.call("DELETE", path).is_success
    refusal(arm.call("GET", path), 404, "ResourceNotFound")
