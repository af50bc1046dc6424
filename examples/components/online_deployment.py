"""Two deployments behind the endpoint: the one that serves, and its successor."""

import pulumi
from ai_project import PROJECT
from online_endpoint import ENDPOINT, endpoint
from place import GROUP, LOCATION, TAGS

from llama_azure import OnlineDeployment

MODEL_ID = "azureml://registries/azureml-meta/models/Meta-Llama-3-8B/versions/8"


def deploy(name: str, instances: int) -> OnlineDeployment:
    """Put the model behind the endpoint once more."""
    return OnlineDeployment(
        f"completions-{name}",
        {
            "resource_group_name": GROUP,
            "location": LOCATION,
            "project_name": PROJECT,
            "endpoint_name": ENDPOINT,
            "deployment_name": name,
            "model_id": MODEL_ID,
            "vm_size": "Standard_NC24ads_A100_v4",
            "instances": instances,
            "collect_data": True,
            "tags": TAGS,
        },
        pulumi.ResourceOptions(depends_on=[endpoint]),
    )


blue = deploy("blue", instances=2)
green = deploy("green", instances=1)
