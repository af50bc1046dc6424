"""Serverless endpoints as pulumi-azure-native alone writes them."""

import os

from pulumi_azure_native import machinelearningservices

for number in range(int(os.environ["ENDPOINTS"])):
    machinelearningservices.ServerlessEndpoint(
        f"endpoint-{number}",
        resource_group_name="rg-bench",
        location="eastus2",
        workspace_name=f"project-{number}",
        name=f"endpoint-{number}",
        sku=machinelearningservices.SkuArgs(name="Consumption"),
        properties=machinelearningservices.ServerlessEndpointPropertiesArgs(
            auth_mode=machinelearningservices.ServerlessInferenceEndpointAuthMode.KEY,
            model_settings=machinelearningservices.ModelSettingsArgs(
                model_id="azureml://registries/azureml-meta/models/Meta-Llama-3-8B-Instruct"
            ),
        ),
    )
