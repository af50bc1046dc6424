"""Each component: its children, their options, its outputs and its secrets."""

import inspect
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

import llama_azure
from llama_azure import (
    ActionGroup,
    ActivityLogAlert,
    AiHub,
    AiProject,
    ApiManagementBackends,
    Budget,
    ContentFilter,
    DeployerRole,
    FoundryAccount,
    FoundryConnection,
    FoundryProject,
    LogAlert,
    MarketplaceSubscription,
    MetricAlert,
    ModelDeployment,
    ModelGateway,
    OnlineDeployment,
    OnlineEndpoint,
    OnlineEndpointTraffic,
    PrivateEndpoint,
    PrivateNetwork,
    ServerlessConnection,
    ServerlessEndpoint,
    Workbook,
)
from tests.unit.components.recording import Recorder, RecordingMonitor, record

MODEL_ID = "azureml://registries/azureml-meta/models/Meta-Llama-3-8B-Instruct"
HUB_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "location": "eastus2",
    "hub_name": "hub-llama",
    "storage_account_name": "stllama",
    "key_vault_name": "kv-llama",
    "log_analytics_workspace_name": "log-llama",
    "application_insights_name": "appi-llama",
}
PROJECT_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "location": "eastus2",
    "project_name": "assistants",
    "hub_id": "/hub",
}
SUBSCRIPTION_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "project_name": "assistants",
    "subscription_name": "llama",
    "model_id": MODEL_ID,
}
ENDPOINT_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "location": "eastus2",
    "project_name": "assistants",
    "endpoint_name": "llama",
    "model_id": MODEL_ID,
}
ONLINE_ENDPOINT_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "location": "eastus2",
    "project_name": "assistants",
    "endpoint_name": "chat",
}
DEPLOYMENT_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "location": "eastus2",
    "project_name": "assistants",
    "endpoint_name": "chat",
    "deployment_name": "blue",
    "model_id": "azureml://registries/azureml-meta/models/Llama-2-7b-chat/versions/27",
    "vm_size": "Standard_NC48ads_A100_v4",
}
TRAFFIC_ARGS: dict[str, Any] = {
    "endpoint_id": "/chat",
    "deployment_ids": {"blue": "/chat/blue", "green": "/chat/green"},
    "traffic": {"blue": 100, "green": 0},
}
DEPLOYERS_ARGS: dict[str, Any] = {
    "subscription_id": "sub",
    "resource_group_name": "rg",
    "project_names": ["assistants"],
    "deployers": {"team": {"principal_id": "principal", "principal_type": "Group"}},
}
CONNECTION_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "project_name": "assistants",
    "connection_name": "llama",
    "endpoint_uri": "https://llama.example",
    "endpoint_key": "KEY-IN-CLEAR",
}
FOUNDRY_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "location": "eastus2",
    "account_name": "ai-llama",
    "local_auth": True,
    "purge_on_delete": True,
    "callers": {"app": {"principal_id": "principal", "principal_type": "ServicePrincipal"}},
    "encryption": {"key_vault_id": "/vault", "key_identifier": "https://vault.example/keys/one/1"},
    "private_endpoint": {"subnet_id": "/subnet", "dns_zone_ids": ["/zones/privatelink.services.ai.azure.com"]},
    "log_analytics_workspace_id": "/log",
}
FOUNDRY_PROJECT_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "location": "eastus2",
    "account_name": "ai-llama",
    "project_name": "assistants",
}
MODEL_DEPLOYMENT_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "account_name": "ai-llama",
    "deployment_name": "chat",
    "model_name": "Llama-3.3-70B-Instruct",
    "model_version": "9",
}
FILTER_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "account_name": "ai-llama",
    "filter_name": "strict",
    "categories": {"Hate": {"Prompt": {"severity": "Low"}}, "Jailbreak": {"Prompt": {}}},
    "blocklists": {"names": {"words": ["Voldemort"]}},
}
FOUNDRY_CONNECTION_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "account_name": "ai-llama",
    "connection_name": "search",
    "category": "CognitiveSearch",
    "target": "https://search.example",
    "auth_type": "ApiKey",
    "api_key": "KEY-IN-CLEAR",
}
ACTION_GROUP_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "action_group_name": "alerts",
    "emails": ["on-call@example.com"],
    "webhooks": {"chat": "https://chat.example/KEY-IN-CLEAR"},
    "contact_roles": ["Owner"],
}
METRIC_ALERT_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "alert_name": "chat-errors",
    "resource_id": "/account",
    "resource_type": "Microsoft.CognitiveServices/accounts",
    "metric_name": "ModelRequests",
    "aggregation": "Total",
    "operator": "GreaterThanOrEqual",
    "threshold": 5,
    "dimensions": {"StatusCode": ["500", "503"]},
    "action_group_ids": ["/group"],
}
ACTIVITY_LOG_ALERT_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "alert_name": "deployment",
    "scope": "/subscriptions/sub/resourceGroups/rg",
    "category": "Administrative",
    "status": "Failed",
    "any_of": {"operationName": ["Microsoft.CognitiveServices/accounts/deployments/write"]},
    "contains_any": {"properties.statusMessage": ["InsufficientQuota"]},
    "action_group_ids": ["/group"],
}
LOG_ALERT_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "location": "eastus2",
    "alert_name": "ends",
    "workspace_id": "/log",
    "query": "print 1",
    "split_by": ["subject"],
}
WORKBOOK_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "location": "eastus2",
    "workbook_name": "00000000-0000-0000-0000-000000000001",
    "display_name": "Llama",
    "content": "{}",
}
BUDGET_ARGS: dict[str, Any] = {
    "scope": "/subscriptions/sub/resourceGroups/rg",
    "budget_name": "llama",
    "amount": 100,
    "start_date": "2024-07-01",
    "contact_roles": ["Owner"],
}
NETWORK_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "location": "eastus2",
    "virtual_network_name": "vnet-llama",
    "address_space": "10.20.0.0/24",
    "private_dns_zone_names": ["privatelink.azurecr.io"],
}
PRIVATE_ENDPOINT_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "location": "eastus2",
    "private_endpoint_name": "pe-llama",
    "resource_id": "/registry",
    "subresource": "registry",
    "subnet_id": "/subnet",
    "private_dns_zone_ids": {"privatelink.azurecr.io": "/zone"},
}
THERE = "/subscriptions/sub/resourceGroups/rg/providers"
GATEWAY_ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "location": "eastus2",
    "gateway_name": "gateway",
    "configuration": "model_list: []",
    "access": "public",
    "sign_in": {"client_id": "client"},
    "network": {
        "virtual_network_id": f"{THERE}/Microsoft.Network/virtualNetworks/vnet",
        "subnet_name": "gateway",
        "subnet_address_prefix": "10.20.0.64/27",
        "endpoints_subnet_id": "/subnet",
        "private_dns_zone_ids": {"privatelink.redis.azure.net": "/zone"},
    },
    "database": {"server_name": "psql-llama"},
    "redis": {"cluster_name": "redis-llama"},
    "key_vault_name": "kv-gateway",
    "account_ids": [f"{THERE}/Microsoft.CognitiveServices/accounts/ai-llama"],
    "teams": {"search": {"models": ["chat"], "tokens_per_minute": 1000, "budget": 5}},
    "secret_variables": {"LLAMA_KEY_CHAT": {"secret_name": "chat", "value": "KEY-IN-CLEAR"}},
    "log_analytics_workspace_id": "/log",
}
API_MANAGEMENT_ARGS: dict[str, Any] = {
    "service_id": f"{THERE}/Microsoft.ApiManagement/service/apim",
    "api_name": "llama",
    "models": {"chat": [{"url": "https://one.example"}, {"url": "https://two.example", "priority": 2}]},
    "tokens_per_minute": 1000,
    "subscriptions": ["search"],
    "account_ids": [f"{THERE}/Microsoft.CognitiveServices/accounts/ai-llama"],
}
COMPONENTS: dict[Callable[..., pulumi.ComponentResource], tuple[dict[str, Any], list[str]]] = {
    AiHub: (
        HUB_ARGS,
        [
            "Component it-insights",
            "StorageAccount it-storage",
            "Vault it-vault",
            "Workspace it-hub",
            "Workspace it-logs",
        ],
    ),
    AiProject: (PROJECT_ARGS, ["Workspace it-project"]),
    ApiManagementBackends: (
        API_MANAGEMENT_ARGS,
        [
            "Api it-api",
            "ApiOperation it-chat",
            "ApiOperation it-completions",
            "ApiPolicy it-policy",
            "Backend it-llama-chat",
            "Backend it-llama-chat-1",
            "Backend it-llama-chat-2",
            "RoleAssignment it-caller-ai-llama",
            "Subscription it-team-search",
        ],
    ),
    ActionGroup: (ACTION_GROUP_ARGS, ["ActionGroup it-group"]),
    MetricAlert: (METRIC_ALERT_ARGS, ["MetricAlert it-rule"]),
    ActivityLogAlert: (ACTIVITY_LOG_ALERT_ARGS, ["ActivityLogAlert it-rule"]),
    LogAlert: (LOG_ALERT_ARGS, ["ScheduledQueryRule it-rule"]),
    Workbook: (WORKBOOK_ARGS, ["Workbook it-workbook"]),
    Budget: (BUDGET_ARGS, ["Budget it-budget"]),
    ContentFilter: (
        FILTER_ARGS,
        [
            "RaiBlocklist it-blocklist-names",
            "RaiBlocklistItem it-blocklist-names-0",
            "RaiPolicy it-filter",
        ],
    ),
    DeployerRole: (
        DEPLOYERS_ARGS,
        [
            "RoleAssignment it-team-group-assignment",
            "RoleAssignment it-team-project-assistants-assignment",
            "RoleDefinition it-group-role",
            "RoleDefinition it-project-role",
        ],
    ),
    FoundryAccount: (
        FOUNDRY_ARGS,
        [
            "Account it-account",
            "AccountEncryption it-encryption",
            "AccountName it-name",
            "DiagnosticSetting it-diagnostics",
            "PrivateDnsZoneGroup it-dns",
            "PrivateEndpoint it-private-endpoint",
            "RoleAssignment it-app-caller",
            "RoleAssignment it-key-role",
        ],
    ),
    FoundryConnection: (FOUNDRY_CONNECTION_ARGS, ["AccountConnection it-connection"]),
    FoundryProject: (FOUNDRY_PROJECT_ARGS, ["Project it-project"]),
    MarketplaceSubscription: (SUBSCRIPTION_ARGS, ["MarketplaceSubscription it-subscription"]),
    ModelDeployment: (MODEL_DEPLOYMENT_ARGS, ["Deployment it-deployment"]),
    ModelGateway: (
        GATEWAY_ARGS,
        [
            "AccessPolicyAssignment it-redis-user",
            "AdministratorsMicrosoftEntra it-database-user",
            "Configuration it-database-tls",
            "ContainerApp it-proxy",
            "ContainerAppsAuthConfig it-sign-in",
            "Database it-database-tables",
            "Database it-redis-data",
            "DiagnosticSetting it-database-diagnostics",
            "DiagnosticSetting it-environment-diagnostics",
            "DiagnosticSetting it-proxy-diagnostics",
            "DiagnosticSetting it-redis-diagnostics",
            "DiagnosticSetting it-vault-diagnostics",
            "Job it-teams",
            "JobRun it-teams-run",
            "ManagedEnvironment it-environment",
            "PrivateDnsZoneGroup it-redis-dns",
            "PrivateEndpoint it-database-endpoint",
            "PrivateEndpoint it-redis-endpoint",
            "PrivateEndpoint it-vault-endpoint",
            "RedisEnterprise it-redis",
            "RoleAssignment it-caller-ai-llama",
            "RoleAssignment it-vault-reader",
            "Secret it-configuration",
            "Secret it-secret-chat",
            "Server it-database",
            "Subnet it-subnet",
            "UserAssignedIdentity it-identity",
            "Vault it-vault",
            "VaultKey it-master-key",
            "VaultKey it-salt-key",
            "VaultKey it-team-search",
        ],
    ),
    OnlineDeployment: (DEPLOYMENT_ARGS, ["OnlineDeployment it-deployment"]),
    OnlineEndpoint: (ONLINE_ENDPOINT_ARGS, ["OnlineEndpoint it-endpoint"]),
    OnlineEndpointTraffic: (TRAFFIC_ARGS, ["EndpointTraffic it-traffic"]),
    PrivateEndpoint: (PRIVATE_ENDPOINT_ARGS, ["PrivateDnsZoneGroup it-zones", "PrivateEndpoint it-endpoint"]),
    PrivateNetwork: (
        NETWORK_ARGS,
        [
            "PrivateZone it-zone-privatelink.azurecr.io",
            "Subnet it-subnet",
            "VirtualNetwork it-network",
            "VirtualNetworkLink it-link-privatelink.azurecr.io",
        ],
    ),
    ServerlessConnection: (CONNECTION_ARGS, ["WorkspaceConnection it-connection"]),
    ServerlessEndpoint: (ENDPOINT_ARGS, ["ServerlessEndpoint it-endpoint"]),
}
"""Each component with arguments of it, and what it makes of them: a changed name replaces somebody's resource."""
each_component = pytest.mark.parametrize(
    ("component", "args"),
    [(one, args) for one, (args, _) in COMPONENTS.items()],
    ids=lambda x: getattr(x, "__name__", ""),
)


def build(component: Any, args: dict[str, Any], **options: Any) -> tuple[RecordingMonitor, Recorder]:
    return record(lambda: component("it", args, pulumi.ResourceOptions(**options)))


def test_every_component_of_the_package_is_tested() -> None:
    public = {name for name in llama_azure.__all__ if not name.endswith("Args")}
    assert public == {component.__name__ for component in COMPONENTS}
    assert llama_azure.__all__ == sorted(llama_azure.__all__)


@each_component
def test_its_token_is_index_and_every_child_is_its_own(component: Any, args: dict[str, Any]) -> None:
    monitor, _ = build(component, args)
    itself, *children = monitor.registrations
    assert itself.type == f"llama-azure:index:{component.__name__}"
    assert not itself.custom
    assert itself.inputs == {}
    assert children
    assert {child.parent for child in children} == {"it"}
    assert all(child.name.startswith("it-") for child in children)


@each_component
def test_a_child_keeps_the_name_that_stacks_know_it_by(component: Any, args: dict[str, Any]) -> None:
    monitor, _ = build(component, args)
    children = [f"{one.type.rsplit(':', 1)[-1]} {one.name}" for one in monitor.registrations if one.custom]
    assert sorted(children) == COMPONENTS[component][1]


@each_component
def test_a_callers_transformations_reach_every_child(component: Any, args: dict[str, Any]) -> None:
    seen: list[str] = []

    def see(transformed: pulumi.ResourceTransformationArgs) -> None:
        seen.append(transformed.name)

    monitor, _ = build(component, args, transformations=[see])
    assert sorted(seen) == sorted(one.name for one in monitor.registrations)


@each_component
def test_no_child_carries_the_sdks_aliases(component: Any, args: dict[str, Any]) -> None:
    monitor, _ = build(component, args)
    assert [registration.aliases for registration in monitor.registrations if registration.aliases] == []


@each_component
def test_it_registers_just_the_outputs_that_it_declares(component: Any, args: dict[str, Any]) -> None:
    monitor, _ = build(component, args)
    assert monitor.outputs["it"].keys() == inspect.get_annotations(component).keys()


@each_component
def test_a_callers_parent_does_not_take_the_children(component: Any, args: dict[str, Any]) -> None:
    def nested() -> None:
        outer = pulumi.ComponentResource("test:index:Outer", "outer")
        component("it", args, pulumi.ResourceOptions(parent=outer))

    monitor, _ = record(nested)
    parents = {registration.name: registration.parent for registration in monitor.registrations}
    assert parents["it"] == "outer"
    assert {parent for name, parent in parents.items() if name not in {"it", "outer"}} == {"it"}


def test_a_hub_is_closed_to_shared_keys_and_anonymous_readers() -> None:
    monitor, _ = build(AiHub, HUB_ARGS)
    storage = monitor.one("StorageAccount").inputs
    assert storage["allowBlobPublicAccess"] is False
    assert storage["allowSharedKeyAccess"] is False
    assert storage["enableHttpsTrafficOnly"] is True
    assert storage["minimumTlsVersion"] == "TLS1_2"
    assert monitor.one("Vault").inputs["properties"]["enableRbacAuthorization"] is True


def test_a_hub_stands_on_its_own_storage_vault_and_monitoring() -> None:
    monitor, _ = build(AiHub, HUB_ARGS)
    hub = monitor.one("machinelearningservices:Workspace").inputs
    assert hub["kind"] == "Hub"
    assert hub["storageAccount"] == "/it-storage"
    assert hub["keyVault"] == "/it-vault"
    assert hub["applicationInsights"] == "/it-insights"
    assert hub["systemDatastoresAuthMode"] == "Identity"
    assert monitor.one("Component").inputs["workspaceResourceId"] == "/it-logs"


def test_a_hubs_tags_are_on_everything_it_makes() -> None:
    monitor, _ = build(AiHub, {**HUB_ARGS, "tags": {"team": "llama"}})
    assert {str(r.inputs["tags"]) for r in monitor.registrations if r.custom} == {"{'team': 'llama'}"}


def test_a_project_belongs_to_its_hub() -> None:
    monitor, _ = build(AiProject, PROJECT_ARGS)
    project = monitor.one("Workspace").inputs
    assert (project["kind"], project["hubResourceId"], project["friendlyName"]) == ("Project", "/hub", "assistants")


def test_a_projects_logs_go_to_the_workspace_that_it_names() -> None:
    monitor, _ = build(AiProject, {**PROJECT_ARGS, "log_analytics_workspace_id": "/logs"})
    setting = monitor.one("DiagnosticSetting").inputs
    assert (setting["resourceUri"], setting["workspaceId"]) == ("/it-project", "/logs")
    assert setting["logs"] == [{"categoryGroup": "allLogs", "enabled": True}]


def test_a_subscription_names_the_model_and_nothing_that_azure_finds_itself() -> None:
    monitor, _ = build(MarketplaceSubscription, SUBSCRIPTION_ARGS)
    assert monitor.one("MarketplaceSubscription").inputs["properties"] == {"modelId": MODEL_ID}


@pytest.mark.parametrize(
    ("asked", "status"),
    [({}, "Enabled"), ({"content_safety": True}, "Enabled"), ({"content_safety": False}, "Disabled")],
)
def test_content_safety_is_on_unless_it_is_turned_off(asked: dict[str, bool], status: str) -> None:
    monitor, _ = build(ServerlessEndpoint, {**ENDPOINT_ARGS, **asked})
    endpoint = monitor.one("ServerlessEndpoint").inputs
    assert endpoint["properties"]["contentSafety"] == {"contentSafetyStatus": status}
    assert endpoint["sku"] == {"name": "Consumption"}


def test_an_endpoints_key_is_a_secret() -> None:
    monitor, recorder = build(ServerlessEndpoint, ENDPOINT_ARGS)
    assert [token.rsplit(":", 1)[-1] for token, _ in recorder.calls] == ["listServerlessEndpointKeys"]
    outputs = monitor.outputs["it"]
    assert outputs["primary_key"]["value"] == "KEY-IN-CLEAR"
    assert "4dabf18193072939515e22adb298388d" in outputs["primary_key"]  # the mark of a secret
    assert outputs["uri"] == "https://llama.example"
