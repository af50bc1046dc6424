"""The same serverless endpoints by the component."""

import os

from llama_azure import ServerlessEndpoint

for number in range(int(os.environ["ENDPOINTS"])):
    ServerlessEndpoint(
        f"endpoint-{number}",
        {
            "resource_group_name": "rg-bench",
            "location": "eastus2",
            "project_name": f"project-{number}",
            "endpoint_name": f"endpoint-{number}",
            "model_id": "azureml://registries/azureml-meta/models/Meta-Llama-3-8B-Instruct",
        },
    )
