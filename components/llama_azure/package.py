"""The components as a Pulumi package, for programs in other languages.

Pulumi's host for Python components still lies in a module called ``experimental``: this file is its only user.
"""

import json
from importlib import metadata
from typing import Any

import pulumi
from pulumi.provider.experimental import component_provider_host
from pulumi.provider.experimental.component import ComponentProvider

from llama_azure.ai_hub import AiHub
from llama_azure.ai_project import AiProject
from llama_azure.deployer_role import DeployerRole
from llama_azure.marketplace_subscription import MarketplaceSubscription
from llama_azure.online_deployment import OnlineDeployment
from llama_azure.online_endpoint import OnlineEndpoint
from llama_azure.online_endpoint_traffic import OnlineEndpointTraffic
from llama_azure.serverless_connection import ServerlessConnection
from llama_azure.serverless_endpoint import ServerlessEndpoint

NAME = "llama-azure"
COMPONENTS: list[type[pulumi.ComponentResource]] = [
    AiHub,
    AiProject,
    DeployerRole,
    MarketplaceSubscription,
    OnlineDeployment,
    OnlineEndpoint,
    OnlineEndpointTraffic,
    ServerlessConnection,
    ServerlessEndpoint,
]


def package_version() -> str:
    """Return the package's version: the one in pyproject.toml, where it stands once."""
    return metadata.version(NAME)


def package_schema() -> dict[str, Any]:
    """Return the Pulumi schema that the host infers from the components."""
    provider = ComponentProvider(COMPONENTS, NAME, version=package_version())
    schema: dict[str, Any] = json.loads(str(provider.schema))
    return schema


def host() -> None:
    """Serve the components to the engine that started this process, until it ends."""
    component_provider_host(COMPONENTS, NAME, version=package_version())
