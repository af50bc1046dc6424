"""What can be asked of Azure: one class per question, each with the actions that it takes."""

from llama_azure_preflight.questions.base import Question
from llama_azure_preflight.questions.marketplace import BillingCountry, MarketplaceSubscriptions, Terms
from llama_azure_preflight.questions.names import DeletedVaults, DeletedWorkspaces, StorageAccountName, VaultName
from llama_azure_preflight.questions.resources import (
    GroupResources,
    Listed,
    OnlineDeployments,
    OnlineEndpoints,
    ResourceById,
    ServerlessEndpoints,
    SubscriptionResources,
    WorkspaceById,
    WorkspaceReach,
)
from llama_azure_preflight.questions.subscription import Permissions, Provider, SubscriptionState, Usages

__all__ = [
    "BillingCountry",
    "DeletedVaults",
    "DeletedWorkspaces",
    "GroupResources",
    "Listed",
    "MarketplaceSubscriptions",
    "OnlineDeployments",
    "OnlineEndpoints",
    "Permissions",
    "Provider",
    "Question",
    "ResourceById",
    "ServerlessEndpoints",
    "StorageAccountName",
    "SubscriptionResources",
    "SubscriptionState",
    "Terms",
    "Usages",
    "VaultName",
    "WorkspaceById",
    "WorkspaceReach",
]
