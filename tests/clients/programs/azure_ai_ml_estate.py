"""A hub, a project and models in it, made and removed with azure-ai-ml alone. Prints what it saw as JSON.

Runs in the clients' own environment; only the sandbox's variables tell it where Azure is.
"""

import json
import os
import tempfile
from typing import Any

from azure.ai.ml import MLClient
from azure.ai.ml.entities import (
    Hub,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    MarketplaceSubscription,
    Project,
    ServerlessEndpoint,
)
from azure.core.exceptions import HttpResponseError
from azure.identity import DefaultAzureCredential

from tests.clients.programs import watched_hosts

GROUP, HUB, PROJECT, REGION = "rg-aml", "hub-aml", "project-aml", "eastus2"
MODEL = "azureml://registries/azureml-meta/models/Meta-Llama-3-8B-Instruct"
MANAGED_MODEL = f"{MODEL}/versions/1"
VM_SIZE = "Standard_NC24ads_A100_v4"


def client(workspace: str | None = None) -> MLClient:
    return MLClient(DefaultAzureCredential(), os.environ["AZURE_SUBSCRIPTION_ID"], GROUP, workspace)


def make_hub_and_project() -> dict[str, Any]:
    ml = client()
    hub = ml.workspaces.begin_create(Hub(name=HUB, location=REGION, display_name="A hub")).result()
    project = ml.workspaces.begin_create(Project(name=PROJECT, hub_id=hub.id, location=REGION)).result()
    again = ml.workspaces.get(PROJECT)
    return {"hub": [hub.name, hub.location, hub.display_name], "project": [project.name, again.hub_id == hub.id]}


def serve_without_servers() -> dict[str, Any]:
    ml = client(PROJECT)
    subscription = ml.marketplace_subscriptions.begin_create_or_update(
        MarketplaceSubscription(name="llama-3-8b", model_id=MODEL)
    ).result()
    endpoint = ml.serverless_endpoints.begin_create_or_update(
        ServerlessEndpoint(name="llama-3-8b-aml", model_id=MODEL)
    ).result()
    keys = ml.serverless_endpoints.get_keys("llama-3-8b-aml")
    listed = [one.name for one in ml.serverless_endpoints.list()]
    try:
        ml.serverless_endpoints.begin_create_or_update(
            ServerlessEndpoint(name="nothing-aml", model_id=f"{MODEL}-of-nobody")
        ).result()
        refused = ""
    except HttpResponseError as error:
        refused = str(error.message)
    ml.serverless_endpoints.begin_delete("llama-3-8b-aml").result()
    ml.marketplace_subscriptions.begin_delete("llama-3-8b").result()
    left = [one.name for one in ml.serverless_endpoints.list()]
    return {
        "status": subscription.status,
        "state": endpoint.provisioning_state,
        "uri": endpoint.scoring_uri,
        "keys": [bool(keys.primary_key), keys.primary_key != keys.secondary_key],
        "listed": listed,
        "refused": refused,
        "left": left,
    }


def serve_on_machines() -> dict[str, Any]:
    ml = client(PROJECT)
    endpoint = ml.online_endpoints.begin_create_or_update(
        ManagedOnlineEndpoint(name="managed-aml", auth_mode="key")
    ).result()
    ml.online_deployments.begin_create_or_update(
        ManagedOnlineDeployment(
            name="blue",
            endpoint_name="managed-aml",
            model=MANAGED_MODEL,
            instance_type=VM_SIZE,
            instance_count=1,
        )
    ).result()
    endpoint.traffic = {"blue": 100}
    endpoint = ml.online_endpoints.begin_create_or_update(endpoint).result()
    keys = ml.online_endpoints.get_keys("managed-aml")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(
            {
                "input_data": {
                    "input_string": [{"role": "user", "content": "Hello"}],
                    "parameters": {"max_new_tokens": 32},
                }
            },
            file,
        )
        file.flush()
        answer = ml.online_endpoints.invoke("managed-aml", request_file=file.name)
    ml.online_endpoints.begin_delete("managed-aml").result()
    return {
        "traffic": endpoint.traffic,
        "keys": [bool(keys.primary_key), keys.primary_key != keys.secondary_key],
        "answer": answer,
        "left": [one.name for one in ml.online_endpoints.list()],
    }


def remove_everything() -> dict[str, Any]:
    ml = client()
    for name in (PROJECT, HUB):
        ml.workspaces.begin_delete(name, delete_dependent_resources=False).result()
    return {"left": [one.name for one in ml.workspaces.list()]}


STEPS = (make_hub_and_project, serve_without_servers, serve_on_machines, remove_everything)


def main() -> None:
    seen: dict[str, Any] = {step.__name__: step() for step in STEPS}
    print("\n" + json.dumps({**seen, "hosts": sorted(watched_hosts.SEEN)}))


if __name__ == "__main__":
    main()
