"""Resources as a careful team would declare them: every rule passes, and a test breaks one in one place."""

import copy
from typing import Any, Final

from llama_azure_core.catalogue import REGISTRY_PREFIX
from llama_guardrails import resource_types as types
from llama_guardrails.view import Resource

GROUP = "rg-llama"
SUBSCRIPTION_ID = "00000000-0000-0000-0000-00000000abcd"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/{GROUP}"
HUB_ID = f"{GROUP_ID}/providers/Microsoft.MachineLearningServices/workspaces/hub-llama"
PROJECT_ID = f"{GROUP_ID}/providers/Microsoft.MachineLearningServices/workspaces/assistants"
VAULT_ID = f"{GROUP_ID}/providers/Microsoft.KeyVault/vaults/kv-llama"
LLAMA_8B = f"{REGISTRY_PREFIX}Meta-Llama-3-8B-Instruct"
LLAMA_70B = f"{REGISTRY_PREFIX}Meta-Llama-3-70B-Instruct"
LLAMA_2 = f"{REGISTRY_PREFIX}Llama-2-7b-chat/versions/27"
TAGS = {"environment": "prod", "managed-by": "pulumi", "owner": "team-llama", "costCenter": "4711"}

REMOVED: Final = object()
"""As a value of :func:`specimen`: the property is not there."""

_NETWORK_CLOSED = {"publicNetworkAccess": "Disabled"}
_VALID: dict[str, dict[str, Any]] = {
    types.RESOURCE_GROUP: {"resourceGroupName": GROUP, "location": "eastus2", "tags": TAGS},
    types.WORKSPACE: {
        "workspaceName": "assistants",
        "resourceGroupName": GROUP,
        "location": "eastus2",
        "kind": "Hub",
        "identity": {"type": "UserAssigned"},
        "systemDatastoresAuthMode": "Identity",
        "encryption": {
            "status": "Enabled",
            "keyVaultProperties": {"keyIdentifier": "https://kv/keys/k/1", "keyVaultArmId": VAULT_ID},
        },
        "managedNetwork": {
            "isolationMode": "AllowOnlyApprovedOutbound",
            "outboundRules": {"storage": {"type": "PrivateEndpoint"}},
        },
        "tags": TAGS,
        **_NETWORK_CLOSED,
    },
    types.MARKETPLACE_SUBSCRIPTION: {
        "name": "meta-llama-3-8b-instruct",
        "resourceGroupName": GROUP,
        "workspaceName": "assistants",
        "properties": {"modelId": LLAMA_8B},
    },
    types.SERVERLESS_ENDPOINT: {
        "name": "llama-8b",
        "resourceGroupName": GROUP,
        "workspaceName": "assistants",
        "location": "eastus2",
        "sku": {"name": "Consumption"},
        "properties": {
            "authMode": "AAD",
            "contentSafety": {"contentSafetyStatus": "Enabled"},
            "modelSettings": {"modelId": LLAMA_8B},
        },
        "tags": TAGS,
    },
    types.ONLINE_ENDPOINT: {
        "endpointName": "llama-online",
        "resourceGroupName": GROUP,
        "workspaceName": "assistants",
        "location": "eastus2",
        "kind": "Managed",
        "identity": {"type": "SystemAssigned"},
        "properties": {"authMode": "AADToken", "traffic": {"blue": 90.0, "green": 10.0}, **_NETWORK_CLOSED},
        "tags": TAGS,
    },
    types.ONLINE_DEPLOYMENT: {
        "deploymentName": "blue",
        "endpointName": "llama-online",
        "resourceGroupName": GROUP,
        "workspaceName": "assistants",
        "location": "eastus2",
        "sku": {"name": "Default", "tier": "Standard", "capacity": 4.0},
        "properties": {
            "endpointComputeType": "Managed",
            "model": LLAMA_2,
            "instanceType": "Standard_NC48ads_A100_v4",
            "egressPublicNetworkAccess": "Disabled",
            "requestSettings": {"requestTimeout": "PT180S"},
        },
    },
    types.ENDPOINT_TRAFFIC: {"traffic": {"blue": 90.0, "green": 10.0}, "mirror": {}},
    types.WORKSPACE_CONNECTION: {
        "connectionName": "llama",
        "resourceGroupName": GROUP,
        "workspaceName": "assistants",
        "properties": {"category": "Serverless", "authType": "ApiKey", "credentials": {"key": "s3cret-key"}},
    },
    types.COMPUTE: {
        "computeName": "ci",
        "resourceGroupName": GROUP,
        "workspaceName": "assistants",
        "properties": {
            "computeType": "AmlCompute",
            "disableLocalAuth": True,
            "properties": {
                "scaleSettings": {"minNodeCount": 0.0, "maxNodeCount": 2.0},
                "subnet": {"id": f"{GROUP_ID}/subnet"},
                "enableNodePublicIp": False,
            },
        },
    },
    types.MANAGED_NETWORK_RULE: {
        "ruleName": "storage",
        "resourceGroupName": GROUP,
        "workspaceName": "hub-llama",
        "properties": {"type": "PrivateEndpoint"},
    },
    types.AI_SERVICES_ACCOUNT: {
        "accountName": "ais-llama",
        "resourceGroupName": GROUP,
        "location": "eastus2",
        "kind": "AIServices",
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "disableLocalAuth": True,
            "networkAcls": {"defaultAction": "Deny"},
            "restrictOutboundNetworkAccess": True,
            "allowedFqdnList": ["example.org"],
            "encryption": {"keySource": "Microsoft.KeyVault"},
            **_NETWORK_CLOSED,
        },
        "tags": TAGS,
    },
    types.ACCOUNT_ENCRYPTION: {
        "account_id": f"{GROUP_ID}/providers/Microsoft.CognitiveServices/accounts/ais-llama",
        "key": "https://kv-llama.vault.azure.net/keys/llama/1",
    },
    types.AI_SERVICES_DEPLOYMENT: {
        "accountName": "ais-llama",
        "deploymentName": "llama-33",
        "resourceGroupName": GROUP,
        "sku": {"name": "GlobalStandard", "capacity": 10.0},
        "properties": {
            "model": {"format": "Meta", "name": "Llama-3.3-70B-Instruct", "version": "4"},
            "versionUpgradeOption": "NoAutoUpgrade",
            "raiPolicyName": "Microsoft.DefaultV2",
        },
    },
    types.CONTENT_FILTER: {
        "accountName": "ais-llama",
        "raiPolicyName": "strict",
        "resourceGroupName": GROUP,
        "properties": {
            "mode": "Blocking",
            "basePolicyName": "Microsoft.DefaultV2",
            "contentFilters": [
                {"name": "Hate", "source": "Prompt", "enabled": True, "blocking": True, "severityThreshold": "Low"}
            ],
        },
    },
    types.FOUNDRY_CONNECTIONS[0]: {
        "accountName": "ais-llama",
        "connectionName": "search",
        "resourceGroupName": GROUP,
        "properties": {
            "authType": "ApiKey",
            "category": "CognitiveSearch",
            "target": "https://srch-llama.example.org",
            "credentials": {"key": "k"},
        },
    },
    types.FOUNDRY_CONNECTIONS[1]: {
        "accountName": "ais-llama",
        "projectName": "assistants",
        "connectionName": "own",
        "resourceGroupName": GROUP,
        "properties": {
            "authType": "CustomKeys",
            "category": "CustomKeys",
            "target": "https://own.example.org",
            "credentials": {"keys": {"token": "k"}},
        },
    },
    types.SEARCH_SERVICE: {
        "searchServiceName": "srch-llama",
        "resourceGroupName": GROUP,
        "location": "eastus2",
        "sku": {"name": "standard"},
        "identity": {"type": "SystemAssigned"},
        "disableLocalAuth": True,
        "encryptionWithCmk": {"enforcement": "Enabled"},
        "publicNetworkAccess": "disabled",
        "replicaCount": 3.0,
        "tags": TAGS,
    },
    types.STORAGE_ACCOUNT: {
        "accountName": "stllama",
        "resourceGroupName": GROUP,
        "location": "eastus2",
        "kind": "StorageV2",
        "sku": {"name": "Standard_ZRS"},
        "allowBlobPublicAccess": False,
        "allowSharedKeyAccess": False,
        "enableHttpsTrafficOnly": True,
        "minimumTlsVersion": "TLS1_2",
        "networkRuleSet": {"defaultAction": "Deny"},
        "tags": TAGS,
        **_NETWORK_CLOSED,
    },
    types.KEY_VAULT: {
        "vaultName": "kv-llama",
        "resourceGroupName": GROUP,
        "location": "eastus2",
        "properties": {
            "tenantId": "00000000-0000-0000-0000-00000000dcba",
            "sku": {"family": "A", "name": "standard"},
            "enableRbacAuthorization": True,
            "enableSoftDelete": True,
            "enablePurgeProtection": True,
            "networkAcls": {"defaultAction": "Deny"},
            **_NETWORK_CLOSED,
        },
        "tags": TAGS,
    },
    types.CONTAINER_REGISTRY: {
        "registryName": "crllama",
        "resourceGroupName": GROUP,
        "location": "eastus2",
        "sku": {"name": "Premium"},
        "adminUserEnabled": False,
        "anonymousPullEnabled": False,
        "tags": TAGS,
        **_NETWORK_CLOSED,
    },
    types.LOG_ANALYTICS_WORKSPACE: {
        "workspaceName": "log-llama",
        "resourceGroupName": GROUP,
        "location": "eastus2",
        "tags": TAGS,
    },
    types.APPLICATION_INSIGHTS: {
        "resourceName": "appi-llama",
        "resourceGroupName": GROUP,
        "location": "eastus2",
        "tags": TAGS,
    },
    types.ROLE_DEFINITION: {
        "roleName": "Llama deployer",
        "scope": GROUP_ID,
        "permissions": [{"actions": ["Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/*"]}],
    },
    types.ROLE_ASSIGNMENT: {
        "principalId": "a4b0c000-1d2e-4f3a-8b5c-6d7e8f901234",
        "principalType": "ServicePrincipal",
        "roleDefinitionId": (
            f"/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/"
            "64702f94-c441-49e6-a78b-ef80e0188fee"
        ),
        "scope": PROJECT_ID,
    },
    types.LOCK_BY_SCOPE: {"scope": GROUP_ID, "level": "CanNotDelete", "lockName": "keep"},
    types.LOCK_ON_GROUP: {"resourceGroupName": GROUP, "level": "CanNotDelete", "lockName": "keep"},
    types.DIAGNOSTIC_SETTING: {
        "name": "to-logs",
        "resourceUri": HUB_ID,
        "workspaceId": f"{GROUP_ID}/providers/Microsoft.OperationalInsights/workspaces/log-llama",
        "logs": [{"categoryGroup": "allLogs", "enabled": True}],
    },
    types.ACTION_GROUP: {
        "actionGroupName": "alerts",
        "resourceGroupName": GROUP,
        "location": "global",
        "groupShortName": "llama",
        "enabled": True,
        "emailReceivers": [{"name": "on-call", "emailAddress": "on-call@example.com"}],
    },
    types.METRIC_ALERT: {
        "ruleName": "errors",
        "resourceGroupName": GROUP,
        "location": "global",
        "severity": 1.0,
        "scopes": [f"{PROJECT_ID}/onlineEndpoints/llama-online"],
        "criteria": {"allOf": [{"metricName": "RequestsPerMinute", "dimensions": []}]},
        "actions": [{"actionGroupId": f"{GROUP_ID}/providers/Microsoft.Insights/actionGroups/alerts"}],
    },
    types.AUTOSCALE_SETTING: {
        "autoscaleSettingName": "blue",
        "resourceGroupName": GROUP,
        "targetResourceUri": f"{PROJECT_ID}/onlineEndpoints/llama-online/deployments/blue",
        "profiles": [{"name": "default", "capacity": {"minimum": "4", "maximum": "8", "default": "4"}, "rules": []}],
    },
    types.PRIVATE_ENDPOINT: {
        "privateEndpointName": "pe-hub",
        "resourceGroupName": GROUP,
        "privateLinkServiceConnections": [{"privateLinkServiceId": HUB_ID, "groupIds": ["amlworkspace"]}],
    },
    types.CONTAINER_APPS_ENVIRONMENT: {
        "environmentName": "cae-gateway",
        "resourceGroupName": GROUP,
        "location": "eastus2",
        "vnetConfiguration": {"internal": True, "infrastructureSubnetId": f"{GROUP_ID}/subnet"},
        "tags": TAGS,
    },
    types.CONTAINER_APP: {
        "containerAppName": "gateway",
        "resourceGroupName": GROUP,
        "location": "eastus2",
        "managedEnvironmentId": f"{GROUP_ID}/providers/Microsoft.App/managedEnvironments/cae-gateway",
        "configuration": {
            "ingress": {"external": False, "targetPort": 4000.0},
            "secrets": [{"name": "master-key", "keyVaultUrl": "https://kv.example/secrets/one", "identity": "/id"}],
        },
        "template": {
            "containers": [
                {
                    "name": "proxy",
                    "image": f"ghcr.io/berriai/litellm@sha256:{'0' * 64}",
                    "env": [
                        {"name": "LITELLM_MASTER_KEY", "secretRef": "master-key"},
                        {"name": "REDIS_AZURE_AD_TOKEN", "value": "true"},
                    ],
                }
            ],
            "scale": {"minReplicas": 2.0, "maxReplicas": 10.0},
        },
        "tags": TAGS,
    },
    types.CONTAINER_APP_SIGN_IN: {
        "authConfigName": "current",
        "containerAppName": "gateway",
        "resourceGroupName": GROUP,
        "platform": {"enabled": True},
        "globalValidation": {"unauthenticatedClientAction": "Return401"},
        "identityProviders": {
            "azureActiveDirectory": {
                "enabled": True,
                "registration": {"clientId": "client", "openIdIssuer": "https://login.microsoftonline.com/t/v2.0"},
            }
        },
    },
    types.CONTAINER_APPS_JOB: {
        "jobName": "gateway-teams",
        "resourceGroupName": GROUP,
        "location": "eastus2",
        "configuration": {
            "secrets": [{"name": "master-key", "keyVaultUrl": "https://kv.example/secrets/one", "identity": "/id"}]
        },
        "template": {
            "containers": [{"name": "teams", "image": f"ghcr.io/berriai/litellm@sha256:{'0' * 64}", "env": []}]
        },
        "tags": TAGS,
    },
    types.POSTGRES_SERVER: {
        "serverName": "psql-llama",
        "resourceGroupName": GROUP,
        "location": "eastus2",
        "network": {"publicNetworkAccess": "Disabled"},
        "authConfig": {"activeDirectoryAuth": "Enabled", "passwordAuth": "Disabled"},
        "tags": TAGS,
    },
    types.POSTGRES_CONFIGURATION: {
        "serverName": "psql-llama",
        "resourceGroupName": GROUP,
        "configurationName": "require_secure_transport",
        "value": "on",
    },
    types.MANAGED_REDIS: {
        "clusterName": "redis-llama",
        "resourceGroupName": GROUP,
        "location": "eastus2",
        "sku": {"name": "Balanced_B0"},
        "publicNetworkAccess": "Disabled",
        "tags": TAGS,
    },
    types.MANAGED_REDIS_DATABASE: {
        "clusterName": "redis-llama",
        "databaseName": "default",
        "resourceGroupName": GROUP,
        "clientProtocol": "Encrypted",
        "accessKeysAuthentication": "Disabled",
    },
    types.API_MANAGEMENT_BACKEND: {
        "backendId": "llama-chat-1",
        "serviceName": "apim",
        "resourceGroupName": GROUP,
        "type": "Single",
        "protocol": "http",
        "url": "https://ai-llama.services.ai.azure.com/openai/deployments/chat",
        "circuitBreaker": {
            "rules": [{"name": "throttled", "tripDuration": "PT30S", "failureCondition": {"count": 3.0}}]
        },
    },
    **{kind: {"budgetName": "llama", "scope": GROUP_ID, "amount": 1000.0} for kind in types.BUDGETS},
    types.ROLE_ELIGIBILITY: {
        "principalId": "a4b0c000-1d2e-4f3a-8b5c-6d7e8f901234",
        "roleDefinitionId": (
            f"/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/"
            "64702f94-c441-49e6-a78b-ef80e0188fee"
        ),
        "scope": PROJECT_ID,
    },
    types.TEMPLATE_DEPLOYMENTS[0]: {
        "deploymentName": "galleries",
        "resourceGroupName": GROUP,
        "properties": {
            "mode": "Incremental",
            "template": {"resources": [{"type": "Microsoft.Compute/galleries", "name": "images"}]},
        },
    },
    types.GENERIC_RESOURCE: {
        "resourceGroupName": GROUP,
        "resourceProviderNamespace": "Microsoft.MachineLearningServices",
        "parentResourcePath": "workspaces/assistants",
        "resourceType": "serverlessEndpoints",
        "resourceName": "llama-8b",
    },
}


def urn(resource_type: str, name: str) -> str:
    """Return the URN that the engine would give."""
    return f"urn:pulumi:prod::llama-azure::{resource_type}::{name}"


def specimen(resource_type: str, name: str, /, changes: dict[str, Any] | None = None, **fields: Any) -> Resource:
    """Return a valid resource with some properties changed, by path; ``fields`` are those of the resource itself."""
    properties = copy.deepcopy(_VALID[resource_type])
    for path, value in (changes or {}).items():
        _put(properties, path, value)
    return Resource(
        type=resource_type,
        urn=urn(resource_type, name),
        name=name,
        properties=properties,
        versioned_type=fields.pop("versioned_type", resource_type),
        **fields,
    )


def valid_specimens() -> list[Resource]:
    """Return one valid resource of each type, and a project beside the hub."""
    return [*(specimen(kind, kind.rpartition(":")[2]) for kind in _VALID), project()]


def project(name: str = "assistants", changes: dict[str, Any] | None = None, **fields: Any) -> Resource:
    """Return a valid project of the hub ``hub-llama``."""
    own: dict[str, Any] = {"kind": "Project", "workspaceName": name, "hubResourceId": HUB_ID}
    for path in ("managedNetwork", "encryption"):
        own[path] = REMOVED
    return specimen(types.WORKSPACE, name, own | (changes or {}), **fields)


def hub(name: str = "hub-llama", changes: dict[str, Any] | None = None, **fields: Any) -> Resource:
    """Return a valid hub."""
    return specimen(types.WORKSPACE, name, {"workspaceName": name} | (changes or {}), **fields)


def _put(properties: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for step in above:
        properties = properties.setdefault(step, {})
    if value is REMOVED:
        properties.pop(last, None)
    else:
        properties[last] = value
