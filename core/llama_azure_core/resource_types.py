"""Azure's resource types: what Azure Resource Manager and pulumi-azure-native call them, and the api-version to use.

The constants are the types that code asks for by name; ``facts/resource_types.yaml`` describes them and all others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from llama_azure_core._facts import load_facts
from llama_azure_core.resource_ids import RESOURCE_GROUP_TYPE

RESOURCE_GROUP = RESOURCE_GROUP_TYPE

WORKSPACE = "Microsoft.MachineLearningServices/workspaces"
"""Hubs and projects, which differ in their ``kind``."""
MARKETPLACE_SUBSCRIPTION = f"{WORKSPACE}/marketplaceSubscriptions"
SERVERLESS_ENDPOINT = f"{WORKSPACE}/serverlessEndpoints"
ONLINE_ENDPOINT = f"{WORKSPACE}/onlineEndpoints"
ONLINE_DEPLOYMENT = f"{ONLINE_ENDPOINT}/deployments"
CONNECTION = f"{WORKSPACE}/connections"
OUTBOUND_RULE = f"{WORKSPACE}/outboundRules"

AI_SERVICES_ACCOUNT = "Microsoft.CognitiveServices/accounts"
"""Of kind AIServices it is a Foundry resource."""
FOUNDRY_PROJECT = f"{AI_SERVICES_ACCOUNT}/projects"
FOUNDRY_DEPLOYMENT = f"{AI_SERVICES_ACCOUNT}/deployments"
FOUNDRY_CONNECTION = f"{AI_SERVICES_ACCOUNT}/connections"
FOUNDRY_PROJECT_CONNECTION = f"{FOUNDRY_PROJECT}/connections"
CONTENT_FILTER = f"{AI_SERVICES_ACCOUNT}/raiPolicies"
BLOCKLIST = f"{AI_SERVICES_ACCOUNT}/raiBlocklists"
BLOCKLIST_ITEM = f"{BLOCKLIST}/raiBlocklistItems"

STORAGE_ACCOUNT = "Microsoft.Storage/storageAccounts"
BLOB_CONTAINER = f"{STORAGE_ACCOUNT}/blobServices/containers"
KEY_VAULT = "Microsoft.KeyVault/vaults"
CONTAINER_REGISTRY = "Microsoft.ContainerRegistry/registries"
LOG_ANALYTICS_WORKSPACE = "Microsoft.OperationalInsights/workspaces"
APPLICATION_INSIGHTS = "Microsoft.Insights/components"
AUTOSCALE_SETTING = "Microsoft.Insights/autoscaleSettings"
ACTION_GROUP = "Microsoft.Insights/actionGroups"
METRIC_ALERT = "Microsoft.Insights/metricAlerts"
ACTIVITY_LOG_ALERT = "Microsoft.Insights/activityLogAlerts"
LOG_ALERT = "Microsoft.Insights/scheduledQueryRules"
WORKBOOK = "Microsoft.Insights/workbooks"
DIAGNOSTIC_SETTING = "Microsoft.Insights/diagnosticSettings"

VIRTUAL_NETWORK = "Microsoft.Network/virtualNetworks"
SUBNET = f"{VIRTUAL_NETWORK}/subnets"
PRIVATE_ENDPOINT = "Microsoft.Network/privateEndpoints"
PRIVATE_DNS_ZONE_GROUP = f"{PRIVATE_ENDPOINT}/privateDnsZoneGroups"
PRIVATE_DNS_ZONE = "Microsoft.Network/privateDnsZones"
VIRTUAL_NETWORK_LINK = f"{PRIVATE_DNS_ZONE}/virtualNetworkLinks"

BUDGET = "Microsoft.Consumption/budgets"

KEY_VAULT_SECRET = f"{KEY_VAULT}/secrets"
CONTAINER_APPS_ENVIRONMENT = "Microsoft.App/managedEnvironments"
CONTAINER_APP = "Microsoft.App/containerApps"
CONTAINER_APP_SIGN_IN = f"{CONTAINER_APP}/authConfigs"
CONTAINER_APPS_JOB = "Microsoft.App/jobs"
POSTGRES_SERVER = "Microsoft.DBforPostgreSQL/flexibleServers"
MANAGED_REDIS = "Microsoft.Cache/redisEnterprise"
API_MANAGEMENT = "Microsoft.ApiManagement/service"

USER_ASSIGNED_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
FEDERATED_CREDENTIAL = f"{USER_ASSIGNED_IDENTITY}/federatedIdentityCredentials"
ROLE_DEFINITION = "Microsoft.Authorization/roleDefinitions"
ROLE_ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
LOCK = "Microsoft.Authorization/locks"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A resource type as the fact file describes it."""

    token: str
    """What pulumi-azure-native calls it, such as ``azure-native:keyvault:Vault``."""
    name: str
    """What Azure Resource Manager calls it, such as ``Microsoft.KeyVault/vaults``."""
    api_version: str
    path: str
    """What its ids look like, with the names of inputs in braces."""


@cache
def resource_types() -> dict[str, ResourceType]:
    """Return every known resource type by its azure-native token."""
    rows = load_facts("resource_types")["resources"]
    return {
        token: ResourceType(token, _type_of(row["path"]), row["apiVersion"], row["path"]) for token, row in rows.items()
    }


def path_id(path: str, inputs: Mapping[str, Any], subscription_id: str) -> str:
    """Return the Azure id that a path becomes with a resource's inputs.

    Raises:
        KeyError: an input of the path is missing; the message names it.
    """
    resource_id = path.format(**{**inputs, "subscriptionId": subscription_id})
    return resource_id if resource_id.startswith("/") else f"/{resource_id}"


def azure_native(token: str) -> str:
    """Return a token with the package's name before it: ``keyvault:Vault`` as ``azure-native:keyvault:Vault``.

    Raises:
        KeyError: the fact file has no such type.
    """
    return resource_types()[f"azure-native:{token}"].token


def api_version(resource_type: str) -> str:
    """Return the api-version with which azure-native deploys a type, and everything else here reads and changes it.

    What one api-version wrote, an older one may show without the properties that it does not know.

    Args:
        resource_type: as Azure Resource Manager calls it, whatever its case.

    Raises:
        KeyError: the fact file has no such type.
    """
    return _api_versions()[resource_type.lower()]


@cache
def _api_versions() -> dict[str, str]:
    return {one.name.lower(): one.api_version for one in resource_types().values()}


def _type_of(path: str) -> str:
    """Return the type that a path with its parameters in braces is of."""
    _, has_provider, chain = path.rpartition("/providers/")
    if not has_provider:
        return RESOURCE_GROUP
    namespace, *rest = chain.split("/")
    return "/".join((namespace, *rest[0::2]))
