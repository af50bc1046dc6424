"""Long-running operations: status codes and headers as each type's clients accept them."""

import httpx
import pytest

from tests.support.arm import Arm
from tests.support.estates import (
    LLAMA_8B,
    endpoint_body,
    hub_body,
    make_endpoint,
    make_project,
    put_and_wait,
    serverless_endpoint,
    subscribe,
    wait_until,
    workspace,
)

GROUP = "rg-operations"


@pytest.fixture(scope="module", autouse=True)
def project(arm: Arm) -> None:
    make_project(arm, GROUP)
    subscribe(arm, GROUP, "project")


def follow(arm: Arm, url: str) -> list[httpx.Response]:
    """Poll a URL until it answers something else than 202 or InProgress, and return every answer."""
    answers = [arm.client.get(url)]
    while answers[-1].status_code == 202 or (answers[-1].content and answers[-1].json().get("status") == "InProgress"):
        assert len(answers) < 1000
        answers.append(arm.client.get(url))
    return answers


def test_a_workspace_put_is_202_with_a_location_that_ends_in_the_workspace(arm: Arm) -> None:
    path = workspace(GROUP, "hub-202")
    answer = arm.call("PUT", path, hub_body())
    assert answer.status_code == 202
    assert answer.json()["properties"]["provisioningState"] == "Creating"
    assert "Azure-AsyncOperation" not in answer.headers
    *pending, last = follow(arm, answer.headers["Location"])
    assert pending
    assert {p.headers["x-ms-retry-after-ms"] for p in pending} == {"100"}
    assert last.status_code == 200
    assert last.json()["properties"]["provisioningState"] == "Succeeded"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (serverless_endpoint(GROUP, "project", "llama-201"), endpoint_body()),
        (f"{workspace(GROUP, 'project')}/marketplaceSubscriptions/llama", {"properties": {"modelId": LLAMA_8B}}),
    ],
)
def test_a_serverless_put_is_201_with_an_async_operation_and_an_update_200(arm: Arm, path: str, body: object) -> None:
    for status, state in ((201, "Creating"), (200, "Updating")):
        answer = arm.call("PUT", path, body)
        assert answer.status_code == status
        assert answer.json()["properties"]["provisioningState"] == state
        *pending, last = follow(arm, answer.headers["Azure-AsyncOperation"])
        assert {p.json()["status"] for p in pending} == {"InProgress"}
        assert last.json()["status"] == "Succeeded"
        assert arm.call("GET", path).json()["properties"]["provisioningState"] == "Succeeded"
    follow(arm, arm.call("DELETE", path).headers["Location"])


def test_what_azure_adds_appears_when_the_endpoint_is_ready(arm: Arm) -> None:
    path = serverless_endpoint(GROUP, "project", "llama-ready")
    creating = arm.call("PUT", path, endpoint_body()).json()["properties"]
    assert "inferenceEndpoint" not in creating
    wait_until(lambda: "inferenceEndpoint" in arm.call("GET", path).json()["properties"])
    ready = arm.call("GET", path).json()["properties"]
    assert ready["endpointState"] == "Online"
    assert ready["inferenceEndpoint"]["uri"].endswith("/serverless/eastus2/llama-ready")
    follow(arm, arm.call("DELETE", path).headers["Location"])


def test_a_serverless_delete_is_202_then_204_and_never_200(arm: Arm) -> None:
    path = serverless_endpoint(GROUP, "project", "llama-gone")
    put_and_wait(arm, path, endpoint_body())
    answer = arm.call("DELETE", path)
    assert answer.status_code == 202
    assert arm.call("GET", path).json()["properties"]["provisioningState"] == "Deleting"
    assert follow(arm, answer.headers["Location"])[-1].status_code == 204
    assert arm.call("GET", path).status_code == 404
    assert arm.call("DELETE", path).status_code == 204


def test_a_group_takes_everything_in_it_along(arm: Arm) -> None:
    make_project(arm, "rg-doomed")
    make_endpoint(arm, "rg-doomed", "llama-doomed", "project")
    answer = arm.call("DELETE", "/resourceGroups/rg-doomed")
    assert follow(arm, answer.headers["Location"])[-1].status_code == 204
    assert [path for path in arm.resources(tracking=True) if "rg-doomed" in path] == []


def test_a_new_resource_of_an_old_name_is_another_one(arm: Arm) -> None:
    path = serverless_endpoint(GROUP, "project", "llama-twice")
    keys = []
    for _ in range(2):
        put_and_wait(arm, path, endpoint_body())
        keys.append(arm.call("POST", f"{path}/listKeys").json()["primaryKey"])
        follow(arm, arm.call("DELETE", path).headers["Location"])
    assert keys[0] != keys[1]


def test_an_unknown_operation_is_not_found(arm: Arm) -> None:
    answer = arm.call("GET", "/providers/Microsoft.Storage/locations/global/operationResults/none")
    assert answer.status_code == 404


@pytest.mark.parametrize("kind", ["serverlessEndpoints", "onlineEndpoints"])
def test_a_new_key_is_202_and_replaces_one_of_the_two(arm: Arm, kind: str) -> None:
    if kind == "serverlessEndpoints":
        path = make_endpoint(arm, GROUP, "llama-keys")["path"]
    else:
        path = f"{workspace(GROUP, 'project')}/onlineEndpoints/keys"
        put_and_wait(arm, path, {"location": "eastus2", "properties": {"authMode": "Key"}})
    before = arm.call("POST", f"{path}/listKeys").json()
    answer = arm.call("POST", f"{path}/regenerateKeys", {"keyType": "Secondary"})
    assert answer.status_code == 202
    last = follow(arm, answer.headers["Location"])[-1]
    after = arm.call("POST", f"{path}/listKeys").json()
    assert last.status_code == 200
    assert after["primaryKey"] == before["primaryKey"]
    assert after["secondaryKey"] not in before.values()
    assert not last.content or last.json() == after
    assert arm.call("POST", f"{path}/regenerateKeys", {"keyType": "Third"}).status_code == 400
