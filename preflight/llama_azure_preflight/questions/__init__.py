"""What can be asked of Azure: one class per question, each with the actions that it takes."""

from llama_azure_preflight.questions.base import Question
from llama_azure_preflight.questions.foundry import (
    DeletedAccounts,
    DeploymentPolicies,
    FoundryDeployments,
    FoundryModels,
    FoundryProjects,
    FoundryUsages,
    Subdomain,
)
from llama_azure_preflight.questions.marketplace import BillingCountry, MarketplaceSubscriptions, Terms
from llama_azure_preflight.questions.names import (
    DeletedVaults,
    DeletedWorkspaces,
    PostgresServerName,
    StorageAccountName,
    VaultName,
)
from llama_azure_preflight.questions.resources import (
    GroupContents,
    GroupResources,
    HubProjects,
    Listed,
    OnlineDeployments,
    OnlineEndpoints,
    ResourceById,
    ServerlessEndpoints,
    SubscriptionResources,
    WorkspaceById,
    WorkspaceReach,
)
from llama_azure_preflight.questions.subscription import Permissions, Provider, SubscriptionState, TypeRegions, Usages

__all__ = [
    "BillingCountry",
    "DeletedAccounts",
    "DeletedVaults",
    "DeletedWorkspaces",
    "DeploymentPolicies",
    "FoundryDeployments",
    "FoundryModels",
    "FoundryProjects",
    "FoundryUsages",
    "GroupContents",
    "GroupResources",
    "HubProjects",
    "Listed",
    "MarketplaceSubscriptions",
    "OnlineDeployments",
    "OnlineEndpoints",
    "Permissions",
    "PostgresServerName",
    "Provider",
    "Question",
    "ResourceById",
    "ServerlessEndpoints",
    "StorageAccountName",
    "Subdomain",
    "SubscriptionResources",
    "SubscriptionState",
    "Terms",
    "TypeRegions",
    "Usages",
    "VaultName",
    "WorkspaceById",
    "WorkspaceReach",
]
