"""The resource types that the sandbox knows more of than their names: one module per resource provider."""

from llama_azure_core import resource_types as types
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.providers.alert_rules import (
    ActionGroup,
    ActivityLogAlert,
    LogAlert,
    MetricAlert,
    Workbook,
)
from llama_azure_sandbox.arm.providers.api_management import API_MANAGEMENT_TYPES
from llama_azure_sandbox.arm.providers.cognitive_services import (
    COGNITIVE_SERVICES_PATHS,
    Account,
    AccountChild,
    Blocklist,
    BlocklistItem,
    CapabilityHost,
    ContentFilter,
    Deployment,
    EncryptionScope,
    FoundryConnection,
    Project,
)
from llama_azure_sandbox.arm.providers.consumption import Budget
from llama_azure_sandbox.arm.providers.container_apps import CONTAINER_APPS_TYPES
from llama_azure_sandbox.arm.providers.container_registry import Registry
from llama_azure_sandbox.arm.providers.insights import AutoscaleSetting, Component
from llama_azure_sandbox.arm.providers.key_vault import KEY_VAULT_PATHS, Vault, VaultKey, VaultSecret
from llama_azure_sandbox.arm.providers.machine_learning_services import (
    QUOTA_PATHS,
    Connection,
    Datastore,
    MarketplaceSubscription,
    OnlineDeployment,
    OnlineEndpoint,
    OutboundRule,
    ServerlessEndpoint,
    Workspace,
)
from llama_azure_sandbox.arm.providers.managed_identity import FederatedIdentityCredential, UserAssignedIdentity
from llama_azure_sandbox.arm.providers.managed_redis import MANAGED_REDIS_TYPES
from llama_azure_sandbox.arm.providers.network import PrivateDnsZone, PrivateEndpoint, Subnet, VirtualNetwork
from llama_azure_sandbox.arm.providers.operational_insights import LogAnalyticsWorkspace
from llama_azure_sandbox.arm.providers.postgresql import POSTGRESQL_PATHS, POSTGRESQL_TYPES
from llama_azure_sandbox.arm.providers.resources import RESOURCE_PATHS, ResourceGroup
from llama_azure_sandbox.arm.providers.storage import STORAGE_PATHS, StorageAccount, StorageService
from llama_azure_sandbox.arm.resource_type import ResourceType

_KNOWN: tuple[ResourceType, ...] = (
    ResourceGroup(types.RESOURCE_GROUP),
    StorageAccount(types.STORAGE_ACCOUNT),
    *(StorageService(f"{types.STORAGE_ACCOUNT}/{kind}Services") for kind in ("blob", "file", "queue", "table")),
    Vault(types.KEY_VAULT),
    LogAnalyticsWorkspace(types.LOG_ANALYTICS_WORKSPACE),
    VaultKey(f"{types.KEY_VAULT}/keys"),
    VaultSecret(f"{types.KEY_VAULT}/secrets"),
    Component(types.APPLICATION_INSIGHTS),
    AutoscaleSetting(types.AUTOSCALE_SETTING),
    ActionGroup(types.ACTION_GROUP),
    MetricAlert(types.METRIC_ALERT),
    ActivityLogAlert(types.ACTIVITY_LOG_ALERT),
    LogAlert(types.LOG_ALERT),
    Workbook(types.WORKBOOK),
    Account(types.AI_SERVICES_ACCOUNT),
    Project(types.FOUNDRY_PROJECT),
    Deployment(types.FOUNDRY_DEPLOYMENT),
    ContentFilter(types.CONTENT_FILTER),
    Blocklist(types.BLOCKLIST),
    BlocklistItem(types.BLOCKLIST_ITEM),
    FoundryConnection(types.FOUNDRY_CONNECTION),
    FoundryConnection(types.FOUNDRY_PROJECT_CONNECTION),
    *(CapabilityHost(f"{parent}/capabilityHosts") for parent in (types.AI_SERVICES_ACCOUNT, types.FOUNDRY_PROJECT)),
    AccountChild(f"{types.AI_SERVICES_ACCOUNT}/commitmentPlans"),
    EncryptionScope(f"{types.AI_SERVICES_ACCOUNT}/encryptionScopes"),
    VirtualNetwork(types.VIRTUAL_NETWORK),
    Subnet(types.SUBNET),
    PrivateEndpoint(types.PRIVATE_ENDPOINT),
    PrivateDnsZone(types.PRIVATE_DNS_ZONE),
    Budget(types.BUDGET),
    Registry(types.CONTAINER_REGISTRY),
    OutboundRule(types.OUTBOUND_RULE),
    UserAssignedIdentity(types.USER_ASSIGNED_IDENTITY),
    FederatedIdentityCredential(types.FEDERATED_CREDENTIAL),
    Workspace(types.WORKSPACE),
    MarketplaceSubscription(types.MARKETPLACE_SUBSCRIPTION),
    ServerlessEndpoint(types.SERVERLESS_ENDPOINT),
    OnlineEndpoint(types.ONLINE_ENDPOINT),
    Datastore(f"{types.WORKSPACE}/datastores"),
    Connection(types.CONNECTION),
    OnlineDeployment(types.ONLINE_DEPLOYMENT),
    *CONTAINER_APPS_TYPES,
    *POSTGRESQL_TYPES,
    *MANAGED_REDIS_TYPES,
    *API_MANAGEMENT_TYPES,
)
PROVIDER_PATHS: tuple[PathRow, ...] = (
    *RESOURCE_PATHS,
    *STORAGE_PATHS,
    *KEY_VAULT_PATHS,
    *QUOTA_PATHS,
    *COGNITIVE_SERVICES_PATHS,
    *POSTGRESQL_PATHS,
)
"""What is no resource, at the subscription."""

_BY_NAME = {known.name.lower(): known for known in _KNOWN}


def resource_type(name: str) -> ResourceType:
    """Return how to treat a type, whatever its case; an unknown one is kept as it comes."""
    return _BY_NAME.get(name.lower()) or ResourceType(name)


def all_types() -> tuple[ResourceType, ...]:
    """Return the types that have a module."""
    return _KNOWN
