"""The model as a deployment of the Foundry resource: paid by the token, reached with a token of Microsoft Entra ID."""

import pulumi
from content_filter import strict
from foundry_account import ACCOUNT
from place import GROUP, TAGS

from llama_azure import ModelDeployment
from llama_azure_core.foundry import foundry_models

MODEL = foundry_models()["Llama-3.3-70B-Instruct"]

deployment = ModelDeployment(
    "chat",
    {
        "resource_group_name": GROUP,
        "account_name": ACCOUNT,
        "deployment_name": "chat",  # never the model's own name
        "model_name": MODEL.name,
        "model_version": MODEL.default_version.version,
        "capacity": 10,
        "content_filter": strict.filter_name,
        "tags": TAGS,
    },
    pulumi.ResourceOptions(depends_on=[strict]),
)
pulumi.export("chatUrl", deployment.base_url)
pulumi.export("chatModel", deployment.deployment_name)
