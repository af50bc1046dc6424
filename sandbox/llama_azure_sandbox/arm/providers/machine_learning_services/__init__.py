"""Microsoft.MachineLearningServices."""

from llama_azure_sandbox.arm.providers.machine_learning_services.connections import Connection
from llama_azure_sandbox.arm.providers.machine_learning_services.datastores import Datastore
from llama_azure_sandbox.arm.providers.machine_learning_services.marketplace_subscriptions import (
    MarketplaceSubscription,
)
from llama_azure_sandbox.arm.providers.machine_learning_services.online_deployments import OnlineDeployment
from llama_azure_sandbox.arm.providers.machine_learning_services.online_endpoints import OnlineEndpoint
from llama_azure_sandbox.arm.providers.machine_learning_services.quota_use import QUOTA_PATHS
from llama_azure_sandbox.arm.providers.machine_learning_services.serverless_endpoints import ServerlessEndpoint
from llama_azure_sandbox.arm.providers.machine_learning_services.workspaces import OutboundRule, Workspace

__all__ = [
    "QUOTA_PATHS",
    "Connection",
    "Datastore",
    "MarketplaceSubscription",
    "OnlineDeployment",
    "OnlineEndpoint",
    "OutboundRule",
    "ServerlessEndpoint",
    "Workspace",
]
