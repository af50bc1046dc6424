"""Small estates put together by plain ARM calls."""

import time
from typing import Any

import httpx

from tests.support.arm import SUBSCRIPTION, Arm

LLAMA_8B = "azureml://registries/azureml-meta/models/Meta-Llama-3-8B-Instruct"
DEADLINE_SECONDS = 20.0


def workspace(group: str, name: str) -> str:
    return f"/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{name}"


def serverless_endpoint(group: str, project: str, name: str) -> str:
    return f"{workspace(group, project)}/serverlessEndpoints/{name}"


def hub_body(location: str = "eastus2") -> dict[str, Any]:
    return {"location": location, "kind": "Hub", "identity": {"type": "SystemAssigned"}, "properties": {}}


def endpoint_body(model_id: str = LLAMA_8B, location: str = "eastus2") -> dict[str, Any]:
    return {
        "location": location,
        "sku": {"name": "Consumption"},
        "properties": {"authMode": "Key", "modelSettings": {"modelId": model_id}},
    }


def put_and_wait(arm: Arm, path: str, body: dict[str, Any]) -> httpx.Response:
    """PUT a resource and wait until it is ready; return the answer to the PUT."""
    answer = arm.call("PUT", path, body)
    assert answer.is_success, answer.text
    wait_until(lambda: arm.call("GET", path).json().get("properties", {}).get("provisioningState") == "Succeeded")
    return answer


def wait_until(condition: Any) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


def make_project(arm: Arm, group: str, project: str = "project", location: str = "eastus2") -> None:
    """Make a resource group, a hub and a project."""
    put_and_wait(arm, f"/resourcegroups/{group}", {"location": location})
    put_and_wait(arm, workspace(group, "hub"), hub_body(location))
    hub_id = f"{SUBSCRIPTION}{workspace(group, 'hub')}"
    body = {**hub_body(location), "kind": "Project", "properties": {"hubResourceId": hub_id}}
    put_and_wait(arm, workspace(group, project), body)


def make_endpoint(arm: Arm, group: str, name: str, project: str = "project") -> dict[str, str]:
    """Make a serverless endpoint in a project that is there, and return its URI and keys."""
    path = serverless_endpoint(group, project, name)
    put_and_wait(arm, path, endpoint_body())
    uri = arm.call("GET", path).json()["properties"]["inferenceEndpoint"]["uri"]
    return {"uri": uri, **arm.call("POST", f"{path}/listKeys").json()}
