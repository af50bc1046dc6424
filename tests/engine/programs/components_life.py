"""A hub with everything that it can have, and an online endpoint, as the configuration asks."""

from typing import Any

import pulumi

from llama_azure import AiHub, AiProject, OnlineDeployment, OnlineEndpoint, OnlineEndpointTraffic

config = pulumi.Config()
plan: dict[str, Any] = config.require_object("plan")
MODEL = "azureml://registries/azureml-meta/models/Llama-2-7b-chat/versions/27"
TAGS = {"environment": "test", "managed-by": "pulumi"}
PLACE: Any = {"resource_group_name": "rg-life", "location": "eastus2", "tags": TAGS}
PROJECT: Any = {**PLACE, "project_name": "project-life"}

after: list[pulumi.Resource] = []
if "hub" in plan:
    hub_args: Any = {**PLACE, "hub_name": "hub-life", **plan["hub"]}
    hub = AiHub("hub", hub_args)
    pulumi.export("hub", hub.hub_id)
    project_args: Any = {**PROJECT, "hub_id": hub.hub_id}
    after.append(AiProject("project", project_args))

endpoint_args: Any = {**PROJECT, **plan["endpoint"], "tags": {**TAGS, **plan["endpoint"].get("tags", {})}}
endpoint = OnlineEndpoint("chat", endpoint_args, pulumi.ResourceOptions(depends_on=after))
deployments = {}
for name, asked in plan["deployments"].items():
    args: Any = {
        **PROJECT,
        "endpoint_name": endpoint.endpoint_name,
        "deployment_name": name,
        "model_id": MODEL,
        "vm_size": "Standard_NC48ads_A100_v4",
        **asked,
    }
    deployments[name] = OnlineDeployment(name, args, pulumi.ResourceOptions(depends_on=[endpoint]))
if "traffic" in plan:
    OnlineEndpointTraffic(
        "chat",
        {
            "endpoint_id": endpoint.endpoint_id,
            "endpoint_revision": endpoint.revision,
            "deployment_ids": {name: deployment.deployment_id for name, deployment in deployments.items()},
            "traffic": plan["traffic"],
            "mirror": plan.get("mirror", {}),
        },
    )
pulumi.export("uri", endpoint.scoring_uri)
pulumi.export("key", endpoint.primary_key)
pulumi.export("deletionTime", endpoint.deletion_time)
