"""The resource types that the rules judge, as tokens: importing the SDK for them would take seconds."""

from llama_azure_core.resource_types import azure_native

WORKSPACE = azure_native("machinelearningservices:Workspace")
SERVERLESS_ENDPOINT = azure_native("machinelearningservices:ServerlessEndpoint")
MARKETPLACE_SUBSCRIPTION = azure_native("machinelearningservices:MarketplaceSubscription")
ONLINE_ENDPOINT = azure_native("machinelearningservices:OnlineEndpoint")
ONLINE_DEPLOYMENT = azure_native("machinelearningservices:OnlineDeployment")
# Traffic as a resource of its own: the components' dynamic resource.
ENDPOINT_TRAFFIC = "pulumi-python:dynamic/llama-azure:EndpointTraffic"
WORKSPACE_CONNECTION = azure_native("machinelearningservices:WorkspaceConnection")
COMPUTE = azure_native("machinelearningservices:Compute")
MANAGED_NETWORK_RULE = azure_native("machinelearningservices:ManagedNetworkSettingsRule")

AI_SERVICES_ACCOUNT = azure_native("cognitiveservices:Account")
# The customer-managed key of an account, a second write of it: the components' dynamic resource.
ACCOUNT_ENCRYPTION = "pulumi-python:dynamic/llama-azure:AccountEncryption"
AI_SERVICES_DEPLOYMENT = azure_native("cognitiveservices:Deployment")
CONTENT_FILTER = azure_native("cognitiveservices:RaiPolicy")
FOUNDRY_CONNECTIONS = (
    azure_native("cognitiveservices:AccountConnection"),
    azure_native("cognitiveservices:ProjectConnection"),
)
SEARCH_SERVICE = azure_native("search:Service")

# What deploys other resources, by a template or by a type in a text.
TEMPLATE_DEPLOYMENTS = tuple(
    f"azure-native:resources:{name}"
    for name in (
        "Deployment",
        "DeploymentAtSubscriptionScope",
        "DeploymentAtManagementGroupScope",
        "DeploymentAtTenantScope",
    )
)
GENERIC_RESOURCE = "azure-native:resources:Resource"

RESOURCE_GROUP = azure_native("resources:ResourceGroup")
STORAGE_ACCOUNT = azure_native("storage:StorageAccount")
KEY_VAULT = azure_native("keyvault:Vault")
CONTAINER_REGISTRY = azure_native("containerregistry:Registry")
LOG_ANALYTICS_WORKSPACE = azure_native("operationalinsights:Workspace")
APPLICATION_INSIGHTS = azure_native("applicationinsights:Component")

ROLE_DEFINITION = azure_native("authorization:RoleDefinition")
ROLE_ASSIGNMENT = azure_native("authorization:RoleAssignment")
# Owner for whoever activates it (Privileged Identity Management); the sandbox's stand-in does not know it.
ROLE_ELIGIBILITY = "azure-native:authorization:PimRoleEligibilitySchedule"
LOCK_BY_SCOPE = azure_native("authorization:ManagementLockByScope")
LOCK_ON_GROUP = azure_native("authorization:ManagementLockAtResourceGroupLevel")

DIAGNOSTIC_SETTING = azure_native("monitor:DiagnosticSetting")
AUTOSCALE_SETTING = azure_native("monitor:AutoscaleSetting")
ACTION_GROUP = azure_native("monitor:ActionGroup")
METRIC_ALERT = azure_native("monitor:MetricAlert")
PRIVATE_ENDPOINT = azure_native("network:PrivateEndpoint")
BUDGETS = (azure_native("consumption:Budget"), azure_native("costmanagement:Budget"))

CONTAINER_APPS_ENVIRONMENT = azure_native("app:ManagedEnvironment")
CONTAINER_APP = azure_native("app:ContainerApp")
CONTAINER_APP_SIGN_IN = azure_native("app:ContainerAppsAuthConfig")
CONTAINER_APPS_JOB = azure_native("app:Job")
POSTGRES_SERVER = azure_native("dbforpostgresql:Server")
POSTGRES_CONFIGURATION = azure_native("dbforpostgresql:Configuration")
MANAGED_REDIS = azure_native("redisenterprise:RedisEnterprise")
MANAGED_REDIS_DATABASE = azure_native("redisenterprise:Database")
API_MANAGEMENT_BACKEND = azure_native("apimanagement:Backend")

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
    CONTAINER_APPS_ENVIRONMENT,
    CONTAINER_APP,
    CONTAINER_APPS_JOB,
    POSTGRES_SERVER,
    MANAGED_REDIS,
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
        ACCOUNT_ENCRYPTION,
        AI_SERVICES_DEPLOYMENT,
        CONTENT_FILTER,
        *FOUNDRY_CONNECTIONS,
        ROLE_DEFINITION,
        ROLE_ASSIGNMENT,
        ROLE_ELIGIBILITY,
        *TEMPLATE_DEPLOYMENTS,
        GENERIC_RESOURCE,
        LOCK_BY_SCOPE,
        LOCK_ON_GROUP,
        DIAGNOSTIC_SETTING,
        AUTOSCALE_SETTING,
        ACTION_GROUP,
        METRIC_ALERT,
        PRIVATE_ENDPOINT,
        CONTAINER_APP_SIGN_IN,
        POSTGRES_CONFIGURATION,
        MANAGED_REDIS_DATABASE,
        API_MANAGEMENT_BACKEND,
    }
)
"""Every type that a rule judges or relates; of other resources the pack keeps nothing."""

ONLY_IN_RULES = frozenset({*TEMPLATE_DEPLOYMENTS, GENERIC_RESOURCE, ROLE_ELIGIBILITY})
"""Of these, what is named only to say that it goes around the guardrails: the fact file and the sandbox have no row."""
