"""Pulumi components that deploy Meta Llama models on Azure."""

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from llama_azure_core.loading import without_collecting

if TYPE_CHECKING:
    from llama_azure.action_group import ActionGroup, ActionGroupArgs
    from llama_azure.activity_log_alert import ActivityLogAlert, ActivityLogAlertArgs
    from llama_azure.ai_hub import AiHub, AiHubArgs
    from llama_azure.ai_project import AiProject, AiProjectArgs
    from llama_azure.api_management_backends import ApiManagementBackends, ApiManagementBackendsArgs
    from llama_azure.budget import Budget, BudgetArgs
    from llama_azure.content_filter import ContentFilter, ContentFilterArgs
    from llama_azure.deployer_role import DeployerArgs, DeployerRole, DeployerRoleArgs
    from llama_azure.foundry_account import FoundryAccount, FoundryAccountArgs
    from llama_azure.foundry_connection import FoundryConnection, FoundryConnectionArgs
    from llama_azure.foundry_project import FoundryProject, FoundryProjectArgs
    from llama_azure.log_alert import LogAlert, LogAlertArgs
    from llama_azure.marketplace_subscription import MarketplaceSubscription, MarketplaceSubscriptionArgs
    from llama_azure.metric_alert import MetricAlert, MetricAlertArgs
    from llama_azure.model_deployment import ModelDeployment, ModelDeploymentArgs
    from llama_azure.model_gateway import ModelGateway, ModelGatewayArgs
    from llama_azure.online_deployment import OnlineDeployment, OnlineDeploymentArgs
    from llama_azure.online_endpoint import OnlineEndpoint, OnlineEndpointArgs
    from llama_azure.online_endpoint_traffic import OnlineEndpointTraffic, OnlineEndpointTrafficArgs
    from llama_azure.private_endpoint import PrivateEndpoint, PrivateEndpointArgs
    from llama_azure.private_network import PrivateNetwork, PrivateNetworkArgs
    from llama_azure.serverless_connection import ServerlessConnection, ServerlessConnectionArgs
    from llama_azure.serverless_endpoint import ServerlessEndpoint, ServerlessEndpointArgs
    from llama_azure.workbook import Workbook, WorkbookArgs

__all__ = [
    "ActionGroup",
    "ActionGroupArgs",
    "ActivityLogAlert",
    "ActivityLogAlertArgs",
    "AiHub",
    "AiHubArgs",
    "AiProject",
    "AiProjectArgs",
    "ApiManagementBackends",
    "ApiManagementBackendsArgs",
    "Budget",
    "BudgetArgs",
    "ContentFilter",
    "ContentFilterArgs",
    "DeployerArgs",
    "DeployerRole",
    "DeployerRoleArgs",
    "FoundryAccount",
    "FoundryAccountArgs",
    "FoundryConnection",
    "FoundryConnectionArgs",
    "FoundryProject",
    "FoundryProjectArgs",
    "LogAlert",
    "LogAlertArgs",
    "MarketplaceSubscription",
    "MarketplaceSubscriptionArgs",
    "MetricAlert",
    "MetricAlertArgs",
    "ModelDeployment",
    "ModelDeploymentArgs",
    "ModelGateway",
    "ModelGatewayArgs",
    "OnlineDeployment",
    "OnlineDeploymentArgs",
    "OnlineEndpoint",
    "OnlineEndpointArgs",
    "OnlineEndpointTraffic",
    "OnlineEndpointTrafficArgs",
    "PrivateEndpoint",
    "PrivateEndpointArgs",
    "PrivateNetwork",
    "PrivateNetworkArgs",
    "ServerlessConnection",
    "ServerlessConnectionArgs",
    "ServerlessEndpoint",
    "ServerlessEndpointArgs",
    "Workbook",
    "WorkbookArgs",
]

_ELSEWHERE = {"DeployerArgs": "deployer_role"}


def __getattr__(name: str) -> Any:
    # Loaded when it is asked for: the processes of the dynamic providers need none of them. A component and its
    # arguments lie in the file of the component's name.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = _ELSEWHERE.get(name) or re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Args")).lower()
    with without_collecting():
        found = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
    return found
