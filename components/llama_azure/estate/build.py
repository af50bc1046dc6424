"""Declaring every resource that a stack's settings describe."""

import pulumi
from pulumi_azure_native import authorization, resources

from llama_azure._options import without_api_version_aliases
from llama_azure.estate.connections import add_connections
from llama_azure.estate.context import Context
from llama_azure.estate.deployers import add_deployers
from llama_azure.estate.hub import add_hub
from llama_azure.estate.outputs import Estate
from llama_azure.estate.project import add_project
from llama_azure_core.settings import Settings


def build_estate(settings: Settings) -> Estate:
    """Declare every resource that ``settings`` describes, and return what the stack exports.

    Raises:
        pulumi.RunError: the settings name a stack or an endpoint that cannot be used.
    """
    # The names of endpoints, storage accounts and key vaults must differ from everybody else's in Azure.
    subscription_id = authorization.get_client_config().subscription_id
    tags = {"environment": pulumi.get_stack(), "managed-by": "pulumi", **settings.tags}
    # Deploying in what others own takes no rights on the subscription, so nothing is made that would.
    group = _resource_group(settings, tags) if settings.makes_resource_group else None
    context = Context(settings, scope=(subscription_id, settings.resource_group), tags=tags, group=group)
    estate = Estate()
    hub_id = add_hub(context, estate)
    places = {
        key: add_project(context, estate, key, project, hub_id=hub_id) for key, project in settings.projects.items()
    }
    for key, project in settings.projects.items():
        add_connections(estate, key, project, places[key])
    add_deployers(context, list(places.values()))
    return estate


def _resource_group(settings: Settings, tags: dict[str, str]) -> resources.ResourceGroup:
    return resources.ResourceGroup(
        settings.resource_group,
        resource_group_name=settings.resource_group,
        location=settings.location,
        tags=dict(tags),
        opts=pulumi.ResourceOptions(transformations=[without_api_version_aliases]),
    )
