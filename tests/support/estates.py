"""Small estates put together by plain ARM calls."""

import time
from typing import Any

import httpx

from llama_azure_sandbox.arm.world import TENANT_ID
from tests.support.arm import SUBSCRIPTION, Arm

LLAMA_8B = "azureml://registries/azureml-meta/models/Meta-Llama-3-8B-Instruct"
DEADLINE_SECONDS = 60.0


def workspace(group: str, name: str) -> str:
    return f"/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{name}"


def serverless_endpoint(group: str, project: str, name: str) -> str:
    return f"{workspace(group, project)}/serverlessEndpoints/{name}"


def account_body(location: str = "eastus2", **properties: Any) -> dict[str, Any]:
    """Return the body of a storage account."""
    return {"location": location, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": properties}


def vault_body(location: str = "eastus2", **properties: Any) -> dict[str, Any]:
    """Return the body of a key vault that takes roles."""
    sku = {"family": "A", "name": "standard"}
    own = {"tenantId": TENANT_ID, "sku": sku, "enableRbacAuthorization": True}
    return {"location": location, "properties": {**own, **properties}}


def registry_body(location: str = "eastus2", **properties: Any) -> dict[str, Any]:
    """Return the body of a container registry."""
    return {"location": location, "sku": {"name": "Basic"}, "properties": properties}


def hub_body(location: str = "eastus2") -> dict[str, Any]:
    return {"location": location, "kind": "Hub", "identity": {"type": "SystemAssigned"}, "properties": {}}


def project_body(group: str, location: str = "eastus2") -> dict[str, Any]:
    """Return the body of a project on the group's hub."""
    hub_id = f"{SUBSCRIPTION}{workspace(group, 'hub')}"
    return {**hub_body(location), "kind": "Project", "properties": {"hubResourceId": hub_id}}


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


def wait_until(condition: Any, seconds: float = DEADLINE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


def make_project(arm: Arm, group: str, project: str = "project", location: str = "eastus2") -> None:
    """Make a resource group, a hub and a project."""
    put_and_wait(arm, f"/resourcegroups/{group}", {"location": location})
    put_and_wait(arm, workspace(group, "hub"), hub_body(location))
    put_and_wait(arm, workspace(group, project), project_body(group, location))


def subscribe(arm: Arm, group: str, project: str, model_id: str = LLAMA_8B) -> str:
    """Subscribe a project to the Marketplace offer of a model, and return the subscription's path."""
    name = model_id.rsplit("/", 1)[-1].replace(".", "-")
    path = f"{workspace(group, project)}/marketplaceSubscriptions/{name}"
    put_and_wait(arm, path, {"properties": {"modelId": model_id}})
    return path


def make_endpoint(
    arm: Arm, group: str, name: str, project: str | None = None, model_id: str = LLAMA_8B
) -> dict[str, str]:
    """Make a serverless endpoint, and return its path, URI and keys.

    Without a project it gets one of its own on the group's hub: a project has one deployment of a model.
    """
    if project is None:
        project = f"of-{name}"
        put_and_wait(arm, workspace(group, project), project_body(group))
    subscribe(arm, group, project, model_id)
    path = serverless_endpoint(group, project, name)
    put_and_wait(arm, path, endpoint_body(model_id))
    uri = arm.call("GET", path).json()["properties"]["inferenceEndpoint"]["uri"]
    return {"path": path, "uri": uri, **arm.call("POST", f"{path}/listKeys").json()}
