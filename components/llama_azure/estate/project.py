"""The projects of an estate."""

import pulumi

from llama_azure.ai_project import AiProject
from llama_azure.estate.context import Context, Place
from llama_azure.estate.managed import add_managed_endpoints
from llama_azure.estate.outputs import Estate
from llama_azure.estate.serverless import add_serverless_endpoints
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.settings import ProjectSettings


def add_project(
    context: Context, estate: Estate, key: str, project: ProjectSettings, *, hub_id: pulumi.Input[str]
) -> Place:
    """Declare or find a project, declare everything that is deployed in it, and return where it lies."""
    place = _own_project(context, key, project, hub_id) if project.existing is None else _found(project.existing)
    add_serverless_endpoints(context, estate, key, project, place)
    add_managed_endpoints(context, estate, key, project, place)
    return place


def _own_project(context: Context, key: str, project: ProjectSettings, hub_id: pulumi.Input[str]) -> Place:
    name, settings = project.name or key, context.settings
    is_public = project.public_network_access
    component = AiProject(
        key,
        {
            "resource_group_name": context.settings.resource_group,
            "location": context.settings.location,
            "project_name": name,
            "hub_id": hub_id,
            "public_network_access": settings.hub.public_network_access if is_public is None else is_public,
            "deletion_protection": settings.deletion_protection,
            "tags": context.tag_inputs(),
        },
        context.options,
    )
    return Place(context.settings.resource_group, name, depends_on=(component,))


def _found(resource_id: str) -> Place:
    found = ResourceId.parse(resource_id)
    return Place(resource_group=str(found.resource_group), name=found.name)
