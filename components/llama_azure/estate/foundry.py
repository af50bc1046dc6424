"""Declaring a Foundry resource: the account, its content filters, its projects and their deployments."""

from typing import cast

from llama_azure.content_filter import ContentFilter, ContentFilterArgs
from llama_azure.estate.built import Built, EndpointOutputs
from llama_azure.foundry_account import FoundryAccount, FoundryAccountArgs
from llama_azure.foundry_project import FoundryProject, FoundryProjectArgs
from llama_azure.model_deployment import ModelDeployment, ModelDeploymentArgs
from llama_azure_core.plan import Endpoint
from llama_azure_core.plan import FoundryAccount as PlannedAccount


def declare_account(account: PlannedAccount, built: Built) -> FoundryAccount:
    """Declare the account of a plan, or find an existing one, with its content filters and projects."""
    component = FoundryAccount(
        account.logical_name, cast(FoundryAccountArgs, account.arguments), built.after(account.depends_on)
    )
    built.by_id[account.id] = component
    for one in account.content_filters:
        built.by_id[one.id] = ContentFilter(
            one.logical_name, cast(ContentFilterArgs, one.arguments), built.after(one.depends_on)
        )
    for project in account.projects:
        built.by_id[project.id] = FoundryProject(
            project.key, cast(FoundryProjectArgs, project.arguments), built.after(project.depends_on)
        )
    return component


def declare_deployment(endpoint: Endpoint, account: FoundryAccount, built: Built) -> EndpointOutputs:
    """Declare a deployment of a plan."""
    component = ModelDeployment(
        endpoint.logical_name, cast(ModelDeploymentArgs, endpoint.arguments), built.after(endpoint.depends_on)
    )
    built.by_id[endpoint.id] = component
    return EndpointOutputs(component.uri, account.primary_key, component.base_url)
