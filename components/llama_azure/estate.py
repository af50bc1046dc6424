"""From settings to components: everything that one stack describes."""

from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_azure_native import authorization, resources

from llama_azure._options import without_api_version_aliases
from llama_azure.ai_hub import AiHub
from llama_azure.ai_project import AiProject
from llama_azure.marketplace_subscription import MarketplaceSubscription
from llama_azure.serverless_endpoint import ServerlessEndpoint
from llama_azure_core.catalogue import Model
from llama_azure_core.naming import NameKind, derive_name
from llama_azure_core.settings import ProjectSettings, Settings


@dataclass
class Estate:
    """What a stack tells other tools: the two stack outputs."""

    endpoints: dict[str, dict[str, pulumi.Input[Any]]] = field(default_factory=dict)
    """By endpoint name: kind, model, project, region, api, uri."""
    endpoint_keys: dict[str, pulumi.Output[str]] = field(default_factory=dict)
    """By endpoint name: the primary key, a secret."""


def build_estate(settings: Settings) -> Estate:
    """Declare every resource that ``settings`` describes, and return what the stack exports."""
    # The names of endpoints, storage accounts and key vaults must differ from everybody else's in Azure.
    subscription_id = authorization.get_client_config().subscription_id
    scope = (subscription_id, settings.resource_group)
    tags: dict[str, pulumi.Input[str]] = {"environment": pulumi.get_stack(), "managed-by": "pulumi"}

    group = resources.ResourceGroup(
        settings.resource_group,
        resource_group_name=settings.resource_group,
        location=settings.location,
        tags=tags,
        opts=pulumi.ResourceOptions(transformations=[without_api_version_aliases]),
    )
    # Names go in as plain values and order as depends_on: so a first preview knows every name,
    # and the policy pack can judge it.
    hub_name = settings.hub.name or ""
    hub = AiHub(
        hub_name,
        {
            "resource_group_name": settings.resource_group,
            "location": settings.location,
            "hub_name": hub_name,
            "storage_account_name": derive_name(NameKind.STORAGE_ACCOUNT, "st", hub_name, scope=scope),
            "key_vault_name": derive_name(NameKind.KEY_VAULT, "kv", hub_name, scope=scope),
            "log_analytics_workspace_name": derive_name(NameKind.LOG_ANALYTICS_WORKSPACE, "log", hub_name),
            "application_insights_name": derive_name(NameKind.APPLICATION_INSIGHTS, "appi", hub_name),
            "tags": tags,
        },
        pulumi.ResourceOptions(depends_on=[group]),
    )
    estate = Estate()
    for key, project in settings.projects.items():
        _add_project(estate, settings, key, project, hub=hub, scope=scope, tags=tags)
    return estate


def _add_project(
    estate: Estate,
    settings: Settings,
    key: str,
    project_settings: ProjectSettings,
    *,
    hub: AiHub,
    scope: tuple[str, ...],
    tags: dict[str, pulumi.Input[str]],
) -> None:
    project_name = project_settings.name or key
    project = AiProject(
        key,
        {
            "resource_group_name": settings.resource_group,
            "location": settings.location,
            "project_name": project_name,
            "hub_id": hub.hub_id,
            "tags": tags,
        },
    )
    subscriptions: dict[str, MarketplaceSubscription] = {}
    for entry in project_settings.serverless:
        model: Model = entry.model
        if model.name not in subscriptions:
            subscriptions[model.name] = MarketplaceSubscription(
                f"{key}-{model.name}",
                {
                    "resource_group_name": settings.resource_group,
                    "project_name": project_name,
                    "subscription_name": derive_name(NameKind.MARKETPLACE_SUBSCRIPTION, model.name),
                    "model_id": model.registry_model_id,
                },
                pulumi.ResourceOptions(depends_on=[project]),
            )
        name = entry.name or derive_name(NameKind.SERVERLESS_ENDPOINT, model.name, scope=(*scope, project_name))
        endpoint = ServerlessEndpoint(
            f"{key}-{name}",
            {
                "resource_group_name": settings.resource_group,
                "location": settings.location,
                "project_name": project_name,
                "endpoint_name": name,
                "model_id": model.registry_model_id,
                "tags": tags,
            },
            pulumi.ResourceOptions(depends_on=[subscriptions[model.name]]),
        )
        estate.endpoints[name] = {
            "kind": "serverless",
            "model": model.name,
            "project": project_name,
            "region": settings.region,
            "api": model.api.value,
            "uri": endpoint.uri,
        }
        estate.endpoint_keys[name] = endpoint.primary_key
