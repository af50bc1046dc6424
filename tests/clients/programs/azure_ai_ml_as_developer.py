"""Somebody with a role in one project, who deploys a model there with azure-ai-ml. Prints what it saw as JSON."""

import json
import os
from typing import Any

from azure.ai.ml import MLClient
from azure.ai.ml.entities import ServerlessEndpoint
from azure.core.exceptions import HttpResponseError
from azure.identity import DefaultAzureCredential

GROUP, PROJECT, MODEL = "rg-developer", "project", "Meta-Llama-3-8B-Instruct"


def main() -> None:
    ml = MLClient(DefaultAzureCredential(), os.environ["AZURE_SUBSCRIPTION_ID"], GROUP, PROJECT)
    seen: dict[str, Any] = {"project": ml.workspaces.get(PROJECT).name}
    endpoint = ml.serverless_endpoints.begin_create_or_update(
        ServerlessEndpoint(name="llama-developer", model_id=f"azureml://registries/azureml-meta/models/{MODEL}")
    ).result()
    seen["state"] = endpoint.provisioning_state
    seen["mode"] = str(endpoint.auth_mode)
    seen["key"] = bool(ml.serverless_endpoints.get_keys("llama-developer").primary_key)
    try:
        ml.workspaces.begin_delete(PROJECT, delete_dependent_resources=False).result()
        seen["deleted"] = True
    except HttpResponseError as error:
        seen["deleted"] = error.error.code if error.error else str(error)
    print("\n" + json.dumps(seen))


if __name__ == "__main__":
    main()
