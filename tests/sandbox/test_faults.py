"""Faults as clients meet them: in HTTP, through an Azure SDK's retries, and kept over a restart."""

from collections.abc import Iterator

import httpx
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.mgmt.resource.resources import ResourceManagementClient

from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID
from llama_azure_sandbox.client.faults import add_fault, clear_faults, faults
from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import SandboxError, StartOptions, start, stop, trusting
from tests.support.arm import Arm
from tests.support.estates import (
    endpoint_body,
    make_endpoint,
    make_project,
    serverless_endpoint,
    subscribe,
    wait_until,
)
from tests.support.workbench import sandbox_command

GROUP = "rg-faults"
LLAMA_70B = "azureml://registries/azureml-meta/models/Meta-Llama-3-70B-Instruct"
CHAT = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 64}


@pytest.fixture(scope="module")
def endpoint(arm: Arm) -> dict[str, str]:
    make_project(arm, GROUP)
    return make_endpoint(arm, GROUP, "llama-faults")


@pytest.fixture(autouse=True)
def calm(home: SandboxHome) -> Iterator[None]:
    yield
    clear_faults(home)


class _Token:
    """The credential of a client that has signed in already."""

    def __init__(self, value: str) -> None:
        self._value = value

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken(self._value, 4102444800)


@pytest.fixture(scope="module")
def sdk(arm: Arm, home: SandboxHome) -> ResourceManagementClient:
    token = arm.client.headers["Authorization"].split()[1]
    return ResourceManagementClient(
        _Token(token),
        SUBSCRIPTION_ID,
        base_url=str(arm.client.base_url),
        credential_scopes=["https://management.azure.com/.default"],
        connection_verify=str(home.ca_bundle),
    )


def attempts(home: SandboxHome, since: int) -> list[int]:
    return [entry["status"] for entry in journal(home, since) if entry["method"] == "PUT"]


def last(home: SandboxHome) -> int:
    return int(journal(home)[-1]["number"])


def test_an_sdk_waits_out_throttling_and_comes_through(
    home: SandboxHome, arm: Arm, sdk: ResourceManagementClient
) -> None:
    arm.call("GET", "/resourcegroups")
    before = last(home)
    add_fault(home, "throttle", type="resourceGroups", operation="write", count=2)
    sdk.resource_groups.create_or_update("rg-throttled", {"location": "eastus2"})
    assert attempts(home, before) == [429, 429, 201]
    assert journal(home, before)[0]["code"] == "TooManyRequests"
    assert [rule["struck"] for rule in faults(home)] == [2]


def test_an_sdk_comes_through_a_broken_connection_and_a_server_error(
    home: SandboxHome, arm: Arm, sdk: ResourceManagementClient
) -> None:
    arm.call("GET", "/resourcegroups")
    before = last(home)
    add_fault(home, "reset", name="rg-rough", count=1)
    add_fault(home, "server-error", name="rg-rough", count=1, status=502)
    sdk.resource_groups.create_or_update("rg-rough", {"location": "eastus2"})
    assert attempts(home, before) == [0, 502, 201]


def test_a_conflict_and_endless_errors_end_with_a_message_that_says_why(
    home: SandboxHome, sdk: ResourceManagementClient
) -> None:
    number = add_fault(home, "conflict", name="rg-busy")
    with pytest.raises(ResourceExistsError, match=rf"AnotherOperationInProgress.*fault rule {number} of this sandbox"):
        sdk.resource_groups.create_or_update("rg-busy", {"location": "eastus2"})
    add_fault(home, "server-error", name="rg-broken")
    with pytest.raises(HttpResponseError, match="ServiceUnavailable"):
        sdk.resource_groups.create_or_update("rg-broken", {"location": "eastus2"}, retry_total=1)


def test_the_connection_breaks_before_any_answer(home: SandboxHome, arm: Arm) -> None:
    add_fault(home, "reset", count=1)
    with pytest.raises(httpx.TransportError):
        arm.call("GET", "/resourcegroups")
    assert arm.call("GET", "/resourcegroups").status_code == 200


def test_a_late_answer_is_late(home: SandboxHome, arm: Arm) -> None:
    add_fault(home, "delay", delay_seconds=0.3, count=1)
    before = last(home)
    assert arm.call("GET", "/resourcegroups").status_code == 200
    assert journal(home, before)[0]["milliseconds"] >= 300


def test_an_operation_ends_as_failed_and_the_resource_can_be_put_again(
    home: SandboxHome, arm: Arm, endpoint: dict[str, str]
) -> None:
    path = serverless_endpoint(GROUP, "project", "llama-fails")
    model_id = "azureml://registries/azureml-meta/models/Meta-Llama-3-70B-Instruct"
    subscribe(arm, GROUP, "project", model_id)
    body = endpoint_body(model_id)
    add_fault(home, "operation-failed", type="serverlessEndpoints", count=1, code="ResourceNotReady")
    accepted = arm.call("PUT", path, body)
    url = accepted.headers["Azure-AsyncOperation"]
    wait_until(lambda: arm.client.get(url).json()["status"] == "Failed")
    assert arm.client.get(url).json()["error"]["code"] == "ResourceNotReady"
    assert arm.call("GET", path).json()["properties"]["provisioningState"] == "Failed"
    assert arm.call("PUT", path, body).is_success
    wait_until(lambda: arm.call("GET", path).json()["properties"]["provisioningState"] == "Succeeded")


def test_a_deletion_that_fails_leaves_the_resource_there(home: SandboxHome, arm: Arm) -> None:
    arm.call("PUT", "/resourcegroups/rg-stays", {"location": "eastus2"})
    add_fault(home, "operation-failed", operation="delete", name="rg-stays")
    url = arm.call("DELETE", "/resourcegroups/rg-stays").headers["Location"]
    wait_until(lambda: arm.client.get(url).status_code != 202)
    assert arm.client.get(url).json()["error"]["code"] == "InternalServerError"
    assert arm.call("GET", "/resourcegroups/rg-stays").json()["properties"]["provisioningState"] == "Failed"


def test_an_operation_that_never_ends_holds_its_resource(home: SandboxHome, arm: Arm) -> None:
    arm.call("PUT", "/resourcegroups/rg-stuck", {"location": "eastus2"})
    add_fault(home, "operation-stuck", operation="delete", name="rg-stuck")
    url = arm.call("DELETE", "/resourcegroups/rg-stuck").headers["Location"]
    clear_faults(home)
    stop(home)
    start(home, StartOptions())
    assert arm.client.get(url).status_code == 202
    assert arm.call("GET", "/resourcegroups/rg-stuck").json()["properties"]["provisioningState"] == "Deleting"


def test_a_stream_is_cut_and_a_key_is_good_no_longer(home: SandboxHome, endpoint: dict[str, str]) -> None:
    bearer = {"Authorization": f"Bearer {endpoint['primaryKey']}"}
    url = f"{endpoint['uri']}/v1/chat/completions"
    with httpx.Client(verify=trusting(home), trust_env=False, headers=bearer) as client:
        add_fault(home, "cut-stream", type="serverlessEndpoints", after_chunks=2, count=1)
        received: list[str] = []
        with (
            pytest.raises(httpx.TransportError),
            client.stream("POST", url, json={**CHAT, "stream": True}) as answer,
        ):
            received.extend(answer.iter_lines())
        assert answer.status_code == 200
        assert "data: [DONE]" not in received
        add_fault(home, "rotated-key", name="llama-faults", count=1)
        refused = client.post(url, json=CHAT)
        assert (refused.status_code, refused.json()["statusCode"]) == (401, 401)
        assert client.post(url, json=CHAT).status_code == 200


def test_rules_and_what_they_struck_outlive_a_restart(home: SandboxHome, arm: Arm) -> None:
    add_fault(home, "throttle", name="rg-kept", count=2)
    assert arm.call("GET", "/resourcegroups/rg-kept").status_code == 429
    stop(home)
    start(home, StartOptions())
    assert [(rule["kind"], rule["struck"]) for rule in faults(home)] == [("throttle", 1)]
    assert [arm.call("GET", "/resourcegroups/rg-kept").status_code for _ in range(2)] == [429, 404]


def test_the_command_adds_lists_and_clears_also_while_everything_fails(home: SandboxHome, arm: Arm) -> None:
    added = sandbox_command(home, "fault", "add", "server-error", "--status", "500", "--for", "60").stdout
    number = added.split()[2]
    assert arm.call("GET", "/resourcegroups").status_code == 500
    line = sandbox_command(home, "fault", "list").stdout
    assert line.split()[:5] == [number, "server-error", "struck", "1", "of"]
    assert "status=500  until " in line
    assert sandbox_command(home, "fault", "clear", number).returncode == 0
    assert arm.call("GET", "/resourcegroups").status_code == 200
    mistaken = sandbox_command(home, "fault", "add", "rotated-key", "--plane", "arm")
    assert (mistaken.returncode, "is one of the plane data" in mistaken.stderr) == (1, True)
    with pytest.raises(SandboxError, match=f"there is no fault rule {number}"):
        clear_faults(home, int(number))
