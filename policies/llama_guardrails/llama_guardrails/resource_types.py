"""The resource types that the rules judge, as tokens: importing the SDK for them would take seconds."""

_ML = "azure-native:machinelearningservices"

WORKSPACE = f"{_ML}:Workspace"
SERVERLESS_ENDPOINT = f"{_ML}:ServerlessEndpoint"
MARKETPLACE_SUBSCRIPTION = f"{_ML}:MarketplaceSubscription"
ONLINE_ENDPOINT = f"{_ML}:OnlineEndpoint"
ONLINE_DEPLOYMENT = f"{_ML}:OnlineDeployment"
# Traffic as a resource of its own: the components' dynamic resource.
ENDPOINT_TRAFFIC = "pulumi-python:dynamic/llama-azure:EndpointTraffic"
WORKSPACE_CONNECTION = f"{_ML}:WorkspaceConnection"
COMPUTE = f"{_ML}:Compute"
MANAGED_NETWORK_RULE = f"{_ML}:ManagedNetworkSettingsRule"

AI_SERVICES_ACCOUNT = "azure-native:cognitiveservices:Account"
AI_SERVICES_DEPLOYMENT = "azure-native:cognitiveservices:Deployment"
SEARCH_SERVICE = "azure-native:search:Service"

RESOURCE_GROUP = "azure-native:resources:ResourceGroup"
STORAGE_ACCOUNT = "azure-native:storage:StorageAccount"
KEY_VAULT = "azure-native:keyvault:Vault"
CONTAINER_REGISTRY = "azure-native:containerregistry:Registry"
LOG_ANALYTICS_WORKSPACE = "azure-native:operationalinsights:Workspace"
APPLICATION_INSIGHTS = "azure-native:applicationinsights:Component"

ROLE_DEFINITION = "azure-native:authorization:RoleDefinition"
ROLE_ASSIGNMENT = "azure-native:authorization:RoleAssignment"
LOCK_BY_SCOPE = "azure-native:authorization:ManagementLockByScope"
LOCK_ON_GROUP = "azure-native:authorization:ManagementLockAtResourceGroupLevel"

DIAGNOSTIC_SETTING = "azure-native:monitor:DiagnosticSetting"
AUTOSCALE_SETTING = "azure-native:monitor:AutoscaleSetting"
PRIVATE_ENDPOINT = "azure-native:network:PrivateEndpoint"
BUDGETS = ("azure-native:consumption:Budget", "azure-native:costmanagement:Budget")

TAGGED = (
    RESOURCE_GROUP,
    WORKSPACE,
    SERVERLESS_ENDPOINT,
    ONLINE_ENDPOINT,
    STORAGE_ACCOUNT,
    KEY_VAULT,
    CONTAINER_REGISTRY,
    LOG_ANALYTICS_WORKSPACE,
    APPLICATION_INSIGHTS,
    AI_SERVICES_ACCOUNT,
    SEARCH_SERVICE,
)
"""The types that carry tags and cost money."""

WATCHED = frozenset(
    {
        *TAGGED,
        *BUDGETS,
        MARKETPLACE_SUBSCRIPTION,
        ONLINE_DEPLOYMENT,
        ENDPOINT_TRAFFIC,
        WORKSPACE_CONNECTION,
        COMPUTE,
        MANAGED_NETWORK_RULE,
        AI_SERVICES_DEPLOYMENT,
        ROLE_DEFINITION,
        ROLE_ASSIGNMENT,
        LOCK_BY_SCOPE,
        LOCK_ON_GROUP,
        DIAGNOSTIC_SETTING,
        AUTOSCALE_SETTING,
        PRIVATE_ENDPOINT,
    }
)
"""Every type that a rule judges or relates; of other resources the pack keeps nothing."""
