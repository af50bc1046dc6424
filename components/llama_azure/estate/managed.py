"""Declaring online endpoints, their deployments and their traffic."""

from typing import Any, cast

import pulumi
from pydantic import SecretStr

from llama_azure.estate.built import Built, EndpointOutputs
from llama_azure.online_deployment import OnlineDeployment, OnlineDeploymentArgs
from llama_azure.online_endpoint import OnlineEndpoint, OnlineEndpointArgs
from llama_azure.online_endpoint_traffic import OnlineEndpointTraffic
from llama_azure_core.plan import Deployment, Endpoint


def declare_managed(endpoint: Endpoint, built: Built) -> EndpointOutputs:
    """Declare an online endpoint of a plan, or find an existing one, and declare what is behind it."""
    component = OnlineEndpoint(
        endpoint.logical_name, cast(OnlineEndpointArgs, endpoint.arguments), built.after(endpoint.depends_on)
    )
    built.by_id[endpoint.id] = component
    deployments = {one.name: _deployment(one, built) for one in endpoint.deployments}
    scoring_uri = component.scoring_uri
    if endpoint.traffic is not None:
        traffic = OnlineEndpointTraffic(
            endpoint.logical_name,
            {
                "endpoint_id": component.endpoint_id,
                "endpoint_revision": component.revision,
                "deployment_ids": {name: one.deployment_id for name, one in deployments.items()},
                "traffic": dict(endpoint.traffic),
                "mirror": dict(endpoint.mirror),
            },
            pulumi.ResourceOptions(depends_on=list(deployments.values())),
        )
        # Whoever reads the stack's outputs is told of an address that answers.
        scoring_uri = pulumi.Output.all(scoring_uri, traffic.traffic).apply(lambda both: str(both[0]))
    more: dict[str, pulumi.Input[Any]] = {"deletionTime": component.deletion_time} if endpoint.shared_quota else {}
    base_url = scoring_uri.apply(_open_ai_url)
    return EndpointOutputs(component.scoring_uri, component.primary_key, base_url, more)


def _open_ai_url(scoring_uri: str) -> str:
    """Return the base URL for clients of OpenAI's API; empty where the endpoint has no address."""
    return f"{scoring_uri.removesuffix('/').removesuffix('/score')}/v1/" if scoring_uri else ""


def _deployment(deployment: Deployment, built: Built) -> OnlineDeployment:
    variables = {name: _shown(value) for name, value in deployment.arguments["environment_variables"].items()}
    component = OnlineDeployment(
        deployment.logical_name,
        cast(OnlineDeploymentArgs, {**deployment.arguments, "environment_variables": variables}),
        built.after(deployment.depends_on),
    )
    built.by_id[deployment.id] = component
    return component


def _shown(value: str | SecretStr) -> pulumi.Input[str]:
    return pulumi.Output.secret(value.get_secret_value()) if isinstance(value, SecretStr) else value
