"""The online endpoints of a project, their deployments and their traffic."""

import pulumi

from llama_azure.estate.context import Context, Place
from llama_azure.estate.outputs import Estate
from llama_azure.online_deployment import OnlineDeployment, OnlineDeploymentArgs
from llama_azure.online_endpoint import OnlineEndpoint, OnlineEndpointArgs
from llama_azure.online_endpoint_traffic import OnlineEndpointTraffic
from llama_azure_core.settings import ManagedDeploymentSettings, ManagedEndpointSettings, ProjectSettings
from llama_azure_core.settings.managed import ManagedAuthMode
from llama_azure_core.settings.names import online_endpoint_name


def add_managed_endpoints(context: Context, estate: Estate, key: str, project: ProjectSettings, place: Place) -> None:
    """Declare or find the online endpoints of a project, and declare what is behind them."""
    for managed_key, settings in project.managed.items():
        name = online_endpoint_name(managed_key, settings, place.name, context.scope)
        logical_name = f"{key}-{managed_key}"
        endpoint = _endpoint(context, logical_name, name, settings, place)
        deployments = _deployments(context, logical_name, name, settings, place, endpoint)
        if settings.sets_traffic:
            OnlineEndpointTraffic(
                logical_name,
                {
                    "endpoint_id": endpoint.endpoint_id,
                    "endpoint_revision": endpoint.revision,
                    "deployment_ids": {one: deployment.deployment_id for one, deployment in deployments.items()},
                    "traffic": settings.traffic,
                    "mirror": settings.mirror,
                },
                pulumi.ResourceOptions(depends_on=list(deployments.values())),
            )
        _note(context, estate, name, settings, place, endpoint)


def _endpoint(
    context: Context, logical_name: str, name: str, settings: ManagedEndpointSettings, place: Place
) -> OnlineEndpoint:
    args: OnlineEndpointArgs = {
        "resource_group_name": place.resource_group,
        "location": context.settings.location,
        "project_name": place.name,
        "auth_mode": settings.auth_mode.value,
    }
    if settings.existing is not None:
        args["endpoint_id"] = f"{place.resource_id(context.scope[0])}/onlineEndpoints/{name}"
    else:
        args["endpoint_name"] = name
        args["public_network_access"] = settings.public_network_access
        args["shared_quota"] = settings.shared_quota
        args["tags"] = context.tag_inputs()
        if settings.identity is not None:
            args["identity_id"] = settings.identity
    return OnlineEndpoint(logical_name, args, place.options)


def _deployments(
    context: Context,
    logical_name: str,
    endpoint_name: str,
    settings: ManagedEndpointSettings,
    place: Place,
    endpoint: OnlineEndpoint,
) -> dict[str, OnlineDeployment]:
    """Declare an endpoint's deployments one after the other: Azure refuses a second one while it works at a first."""
    deployments: dict[str, OnlineDeployment] = {}
    previous: pulumi.Resource = endpoint
    for name, deployment in settings.deployments.items():
        args = _deployment_args(context, endpoint_name, name, deployment, place)
        previous = deployments[name] = OnlineDeployment(
            f"{logical_name}-{name}", args, pulumi.ResourceOptions(depends_on=[endpoint, previous])
        )
    return deployments


def _deployment_args(
    context: Context, endpoint_name: str, name: str, settings: ManagedDeploymentSettings, place: Place
) -> OnlineDeploymentArgs:
    args: OnlineDeploymentArgs = {
        "resource_group_name": place.resource_group,
        "location": context.settings.location,
        "project_name": place.name,
        "endpoint_name": endpoint_name,
        "deployment_name": name,
        "model_id": settings.model_id,
        "vm_size": settings.vm_size,
        "instances": settings.first_instances,
        "request_timeout_seconds": settings.request_timeout_seconds,
        "concurrent_requests": settings.concurrent_requests,
        "collect_data": settings.collect_data,
        "environment_variables": dict(settings.environment_variables),
        "tags": context.tag_inputs(),
    }
    if settings.autoscale is not None:
        args["autoscale"] = {"minimum": settings.autoscale.minimum, "maximum": settings.autoscale.maximum}
    if settings.content_safety is not None:
        args["content_safety"] = {
            "account_id": settings.content_safety.account,
            "identity_client_id": settings.content_safety.identity_client_id,
            "threshold": settings.content_safety.threshold,
        }
    return args


def _note(
    context: Context,
    estate: Estate,
    name: str,
    settings: ManagedEndpointSettings,
    place: Place,
    endpoint: OnlineEndpoint,
) -> None:
    # Deployments of one endpoint may serve different models; callers get the one with the most traffic.
    model = max(settings.deployments.values(), key=lambda deployment: deployment.traffic).model
    estate.endpoints[name] = {
        "kind": "managed",
        "model": model.name,
        "project": place.name,
        "region": context.settings.region,
        "api": model.api.value,
        "uri": endpoint.scoring_uri,
    }
    if settings.shared_quota:
        estate.endpoints[name]["deletionTime"] = endpoint.deletion_time
    if settings.auth_mode is ManagedAuthMode.KEY:
        estate.endpoint_keys[name] = endpoint.primary_key
