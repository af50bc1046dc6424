"""Microsoft's newest management clients, each doing what people do with it. Prints what it saw as JSON.

Runs in the clients' own environment; only the sandbox's variables tell it where Azure is.
"""

import datetime as dt
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from azure.ai.ml import MLClient
from azure.ai.ml.entities import (
    ApiKeyConfiguration,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    WorkspaceConnection,
)
from azure.core.exceptions import HttpResponseError
from azure.identity import DefaultAzureCredential
from azure.mgmt.alertsmanagement import AlertsManagementClient
from azure.mgmt.applicationinsights import ApplicationInsightsManagementClient
from azure.mgmt.cognitiveservices import CognitiveServicesManagementClient
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.keyvault import KeyVaultManagementClient
from azure.mgmt.loganalytics import LogAnalyticsManagementClient
from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient
from azure.mgmt.monitor import MonitorManagementClient
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.network import NetworkManagementClient
from azure.mgmt.resource.locks import ManagementLockClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from azure.mgmt.storage import StorageManagementClient
from azure.monitor.querymetrics import MetricsClient

CREDENTIAL = DefaultAzureCredential()
SUBSCRIPTION, URL = os.environ["AZURE_SUBSCRIPTION_ID"], os.environ["SANDBOX_ARM_URL"]
GROUP, REGION = "rg-clients", "eastus2"
MODEL = "azureml://registries/azureml-meta/models/Meta-Llama-3-8B-Instruct"
SCOPES: dict[str, Any] = {"credential_scopes": ["https://management.azure.com/.default"]}


def client(make: Callable[..., Any]) -> Any:
    return make(CREDENTIAL, SUBSCRIPTION, base_url=URL, **SCOPES)


def groups() -> Any:
    resources = client(ResourceManagementClient)
    there = [resources.resource_groups.check_existence(GROUP)]
    resources.resource_groups.create_or_update(GROUP, {"location": REGION, "tags": {"team": "a"}})
    resources.resource_groups.create_or_update(f"{GROUP}-two", {"location": REGION})
    there.append(resources.resource_groups.check_existence(GROUP))
    tagged = [one.name for one in resources.resource_groups.list(filter="tagName eq 'team' and tagValue eq 'a'")]
    return {"there": there, "tagged": tagged, "top": len(list(resources.resource_groups.list(top=1)))}


def no_group() -> Any:
    return client(ResourceManagementClient).resource_groups.begin_delete("rg-nobodys").result()


def subscription() -> Any:
    subscriptions = SubscriptionClient(CREDENTIAL, base_url=URL, **SCOPES)
    regions = {one.name: one.display_name for one in subscriptions.subscriptions.list_locations(SUBSCRIPTION)}
    return {"regions": len(regions), "here": regions[REGION]}


def storage() -> Any:
    accounts = client(StorageManagementClient)
    parameters = {"location": REGION, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
    made = accounts.storage_accounts.begin_create(GROUP, "stclients", parameters).result()
    before = {one.key_name: one.value for one in accounts.storage_accounts.list_keys(GROUP, "stclients").keys_property}
    after = {
        one.key_name: one.value
        for one in accounts.storage_accounts.regenerate_key(GROUP, "stclients", {"keyName": "key1"}).keys_property
    }
    blobs = accounts.blob_services.get_service_properties(GROUP, "stclients")
    usage = [(one.name.value, one.current_value) for one in accounts.usages.list_by_location(REGION)]
    return {
        "made": made.name,
        "keys": sorted(before),
        "changed": [name for name in before if before[name] != after[name]],
        "blobs": blobs.name,
        "usage": usage,
    }


def vaults() -> Any:
    made = (
        client(KeyVaultManagementClient)
        .vaults.begin_create_or_update(
            GROUP,
            "kv-clients",
            {
                "location": REGION,
                "properties": {
                    "tenantId": os.environ["AZURE_TENANT_ID"],
                    "sku": {"family": "A", "name": "standard"},
                    "enableRbacAuthorization": True,
                },
            },
        )
        .result()
    )
    return {"made": made.name, "systemData": made.system_data is not None}


def observability() -> Any:
    logs = client(LogAnalyticsManagementClient)
    workspace = logs.workspaces.begin_create_or_update(GROUP, "log-clients", {"location": REGION}).result()
    keys = logs.shared_keys.get_shared_keys(GROUP, "log-clients")
    insights = client(ApplicationInsightsManagementClient).components.create_or_update(
        GROUP, "appi-clients", {"location": REGION, "kind": "web", "properties": {"Application_Type": "web"}}
    )
    return {
        "workspace": workspace.name,
        "keys": keys.primary_shared_key != keys.secondary_shared_key,
        "connection": insights.connection_string.startswith("InstrumentationKey="),
    }


def registry() -> Any:
    registries = client(ContainerRegistryManagementClient).registries
    body = {"location": REGION, "sku": {"name": "Basic"}, "properties": {"adminUserEnabled": True}}
    registries.begin_create(GROUP, "crclients", body).result()
    before = registries.list_credentials(GROUP, "crclients")
    after = registries.regenerate_credential(GROUP, "crclients", {"name": "password"})
    return {
        "username": before.username,
        "changed": [old.value != new.value for old, new in zip(before.passwords, after.passwords, strict=True)],
    }


def ai_services() -> Any:
    accounts = client(CognitiveServicesManagementClient).accounts
    body = {
        "location": REGION,
        "kind": "AIServices",
        "sku": {"name": "S0"},
        "properties": {"customSubDomainName": "ai-clients"},
    }
    made = accounts.begin_create(GROUP, "ai-clients", body).result()
    before, after = (
        accounts.list_keys(GROUP, "ai-clients"),
        accounts.regenerate_key(GROUP, "ai-clients", "Key2"),
    )
    return {
        "endpoint": made.properties.endpoint,
        "endpoints": len(made.properties.endpoints),
        "changed": [before.key1 != after.key1, before.key2 != after.key2],
    }


def network() -> Any:
    networks = client(NetworkManagementClient)
    body: dict[str, Any] = {
        "location": REGION,
        "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            "subnets": [{"name": "one", "properties": {"addressPrefix": "10.0.1.0/24"}}],
        },
    }
    made = networks.virtual_networks.begin_create_or_update(GROUP, "vnet-clients", body).result()
    networks.subnets.begin_create_or_update(
        GROUP, "vnet-clients", "two", {"properties": {"addressPrefix": "10.0.2.0/24"}}
    ).result()
    networks.virtual_networks.begin_create_or_update(
        GROUP, "vnet-clients", {"location": REGION, "properties": {"addressSpace": body["properties"]["addressSpace"]}}
    ).result()
    listed = [one.name for one in networks.subnets.list(GROUP, "vnet-clients")]
    shown = networks.virtual_networks.get(GROUP, "vnet-clients")
    return {
        "made": [one.name for one in made.subnets],
        "listed": listed,
        "shown": [one.address_prefix for one in shown.subnets],
    }


def identity_and_lock() -> Any:
    identity = client(ManagedServiceIdentityClient).user_assigned_identities.create_or_update(
        GROUP, "id-clients", {"location": REGION}
    )
    locks = client(ManagementLockClient).management_locks
    locks.create_or_update_at_resource_group_level(f"{GROUP}-two", "keep", {"properties": {"level": "CanNotDelete"}})
    locks.delete_at_resource_group_level(f"{GROUP}-two", "keep")
    return {"identity": bool(identity.principal_id)}


def workspaces() -> Any:
    machine_learning = client(MachineLearningServicesMgmtClient)
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers"
    resources = client(ResourceManagementClient).resources
    identity = {"type": "SystemAssigned"}
    stands_on = {
        "storageAccount": f"{group}/Microsoft.Storage/storageAccounts/stclients",
        "keyVault": f"{group}/Microsoft.KeyVault/vaults/kv-clients",
        "applicationInsights": f"{group}/Microsoft.Insights/components/appi-clients",
    }
    paths = [f"{group}/Microsoft.MachineLearningServices/workspaces/{name}" for name in ("hub-clients", "proj-clients")]
    bodies = [
        {"location": REGION, "kind": "hub", "identity": identity, "properties": stands_on},
        {"location": REGION, "kind": "project", "identity": identity, "properties": {"hubResourceId": paths[0]}},
    ]
    for path, body in zip(paths, bodies, strict=True):
        resources.begin_create_or_update_by_id(path, body, api_version="2025-12-01").result()
    project = resources.get_by_id(paths[1], api_version="2025-12-01").as_dict()
    keys = machine_learning.workspaces.list_keys(GROUP, "hub-clients")
    machine_learning.workspaces.resync_keys(GROUP, "hub-clients")
    here = ml("hub-clients").workspaces
    here.begin_sync_keys("hub-clients").result()
    # The generated client below azure-ai-ml has what its own surface leaves out.
    generated = here._operation
    return {
        "kind": project["kind"],
        "tenant": project["properties"]["tenantId"] == os.environ["AZURE_TENANT_ID"],
        "inherits": project["properties"]["storageAccount"] == stands_on["storageAccount"],
        "systemData": project["systemData"]["createdAt"][:10],
        "key": bool(keys.user_storage_key),
        "same": here.get_keys("hub-clients").user_storage_key == keys.user_storage_key,
        "notebook": generated.list_notebook_keys(GROUP, "hub-clients").primary_access_key is not None,
        "token": generated.list_notebook_access_token(GROUP, "hub-clients").token_type,
        "storageKey": generated.list_storage_account_keys(GROUP, "hub-clients").user_storage_key
        == keys.user_storage_key,
        "diagnosis": list(here.begin_diagnose("hub-clients").result().storage_account_results or []),
        "sizes": [
            len(machine_learning.virtual_machine_sizes.list(REGION).aml_compute or []),
            len(list(ml("hub-clients").compute.list_sizes(location=REGION))),
        ],
        "quotas": len(list(machine_learning.quotas.list(REGION))),
        "usages": len(list(machine_learning.usages.list(REGION))),
    }


def ml(workspace: str = "proj-clients") -> MLClient:
    return MLClient(CREDENTIAL, SUBSCRIPTION, GROUP, workspace)


def connections() -> Any:
    made = []
    for name, connection in {
        "serverless": WorkspaceConnection(
            name="serverless",
            type="serverless",
            target="https://example.com",
            credentials=ApiKeyConfiguration(key="hidden"),
        ),
        "custom": WorkspaceConnection(
            name="custom", type="custom", target="https://example.org", credentials=ApiKeyConfiguration(key="hidden")
        ),
    }.items():
        made.append(ml("hub-clients").connections.create_or_update(connection).name == name)
    return made


def datastores() -> Any:
    stores = ml("hub-clients").datastores
    return {"default": stores.get_default().name, "all": sorted(one.name for one in stores.list())}


def registry_of_models() -> Any:
    models = MLClient(CREDENTIAL, registry_name="azureml-meta").models
    latest = models.get("Meta-Llama-3-8B-Instruct", label="latest")
    return {
        "latest": [latest.name, latest.version],
        "versions": sorted((one.version for one in models.list(name="Meta-Llama-3-8B-Instruct")), key=int),
        "one": models.get("Meta-Llama-3-8B-Instruct", version="1").version,
        "all": len(list(models.list())),
    }


def no_registry() -> Any:
    return MLClient(CREDENTIAL, registry_name="azureml-nobody")


def endpoint() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "endpoint.json"
        file.write_text(json.dumps({"input_data": {"input_string": [{"role": "user", "content": "Hi"}]}}))
        here = ml()
        made = here.online_endpoints.begin_create_or_update(
            ManagedOnlineEndpoint(name="clients-chat", auth_mode="key")
        ).result()
        here.online_deployments.begin_create_or_update(
            ManagedOnlineDeployment(
                name="blue",
                endpoint_name="clients-chat",
                model=f"{MODEL}/versions/1",
                instance_type="Standard_NC24ads_A100_v4",
                instance_count=1,
            )
        ).result()
        made.traffic = {"blue": 100}
        here.online_endpoints.begin_create_or_update(made).result()
        before = here.online_endpoints.get_keys("clients-chat")
        here.online_endpoints.begin_regenerate_keys("clients-chat", key_type="primary").result()
        after = here.online_endpoints.get_keys("clients-chat")
        here.online_endpoints.invoke("clients-chat", request_file=str(file))
        logs = here.online_deployments.get_logs("blue", "clients-chat", lines=20)
    shown = here.online_endpoints.get("clients-chat")
    monitor = client(MonitorManagementClient)
    definitions = [one.name.value for one in monitor.metric_definitions.list(shown.id)]
    metrics = monitor.metrics.list(
        shown.id, metricnames="RequestsPerMinute,OutputTokens", aggregation="Total", interval="PT1H"
    )
    totals = {
        one.name.value: sum(point.total or 0 for series in one.timeseries for point in series.data)
        for one in metrics.value
    }
    return {
        "changed": [before.primary_key != after.primary_key, before.secondary_key != after.secondary_key],
        "logs": logs.splitlines()[0],
        "definitions": definitions,
        "requests": totals["RequestsPerMinute"],
        "tokens": totals["OutputTokens"] > 0,
    }


def autoscale(minimum: str = "1", maximum: str = "2", target: str = "clients-chat/deployments/blue") -> Any:
    workspace = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.MachineLearningServices"
    profile = {"name": "always", "capacity": {"minimum": minimum, "maximum": maximum, "default": minimum}, "rules": []}
    made = client(MonitorManagementClient).autoscale_settings.create_or_update(
        GROUP,
        "grow",
        {
            "location": REGION,
            "properties": {
                "enabled": True,
                "profiles": [profile],
                "targetResourceUri": f"{workspace}/workspaces/proj-clients/onlineEndpoints/{target}",
            },
        },
    )
    return {"made": made.name}


def autoscale_upside_down() -> Any:
    return autoscale("5", "2")


def autoscale_of_nobody() -> Any:
    return autoscale(target="nobody/deployments/blue")


def _alert(metric: str) -> Any:
    monitor, scope = client(MonitorManagementClient), f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    endpoint = (
        f"{scope}/providers/Microsoft.MachineLearningServices/workspaces/proj-clients/onlineEndpoints/clients-chat"
    )
    receiver = {"name": "on-call", "emailAddress": "on-call@example.com", "useCommonAlertSchema": True}
    group = monitor.action_groups.create_or_update(
        GROUP,
        "on-call",
        {
            "location": "global",
            "properties": {"groupShortName": "llama", "enabled": True, "emailReceivers": [receiver]},
        },
    )
    criterion = {
        "criterionType": "StaticThresholdCriterion",
        "name": "value",
        "metricName": metric,
        "timeAggregation": "Average",
        "operator": "GreaterThan",
        "threshold": 100,
        "dimensions": [{"name": "statusCode", "operator": "Include", "values": ["429"]}],
    }
    made = monitor.metric_alerts.create_or_update(
        GROUP,
        "busy",
        {
            "location": "global",
            "properties": {
                "severity": 3,
                "enabled": True,
                "scopes": [endpoint],
                "evaluationFrequency": "PT1M",
                "windowSize": "PT5M",
                "criteria": {
                    "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
                    "allOf": [criterion],
                },
                "actions": [{"actionGroupId": group.id}],
            },
        },
    )
    listed = {one.name: one for one in monitor.metric_alerts.list_by_resource_group(GROUP)}
    apart = monitor.metrics.list(
        endpoint,
        metricnames="RequestsPerMinute",
        aggregation="Total",
        interval="PT1H",
        filter="statusCode eq '*' and deployment eq 'blue'",
    )
    definition = next(one for one in monitor.metric_definitions.list(endpoint) if one.name.value == "RequestsPerMinute")
    return {
        "made": made.name,
        "listed": [listed["busy"].severity, listed["busy"].actions[0].action_group_id == group.id],
        "criterion": listed["busy"].criteria.all_of[0].metric_name,
        "dimensions": [one.value for one in definition.dimensions],
        "by_status": {
            next(one.value for one in series.metadatavalues if one.name.value == "statuscode"): sum(
                point.total or 0 for point in series.data
            )
            for series in apart.value[0].timeseries
        },
        "told": [one.email_address for one in monitor.action_groups.get(GROUP, "on-call").email_receivers],
        "batch": _batch(endpoint, dt.datetime.fromisoformat(apart.timespan.split("/")[1])),
        "fired": [one.name for one in client(AlertsManagementClient).alerts.get_all()],
    }


def _batch(endpoint: str, now: dt.datetime) -> list[float]:
    """Return what the client of metrics' data plane reads, which has an address and an audience of its own on Azure."""
    with MetricsClient(URL, CREDENTIAL) as metrics:
        (found,) = metrics.query_resources(
            resource_ids=[endpoint],
            metric_namespace="Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
            metric_names=["RequestsPerMinute"],
            timespan=(now - dt.timedelta(hours=2), now + dt.timedelta(hours=1)),
            granularity=dt.timedelta(hours=1),
            aggregations=["Total"],
            filter="statusCode eq '200'",
        )
    (series,) = found.metrics[0].timeseries
    return [sum(point.total or 0 for point in series.data)]


def alert() -> Any:
    return _alert("RequestsPerMinute")


def alert_on_no_metric() -> Any:
    return _alert("Requests")


def what_happened() -> Any:
    events = client(MonitorManagementClient).activity_logs.list(
        filter=f"eventTimestamp ge '2024-01-01T00:00:00Z' and resourceGroupName eq '{GROUP}'"
    )
    return sorted({one.operation_name.value for one in events if one.status.value == "Succeeded"})


def exported() -> Any:
    resources = client(ResourceManagementClient)
    answer = resources.resource_groups.begin_export_template(GROUP, {"resources": ["*"]}).result()
    return sorted({one["type"] for one in answer.template["resources"]})


STEPS = (
    groups,
    no_group,
    subscription,
    storage,
    vaults,
    observability,
    registry,
    ai_services,
    network,
    identity_and_lock,
    workspaces,
    connections,
    datastores,
    registry_of_models,
    no_registry,
    endpoint,
    autoscale,
    autoscale_upside_down,
    autoscale_of_nobody,
    alert,
    alert_on_no_metric,
    what_happened,
    exported,
)


def main() -> None:
    seen: dict[str, Any] = {}
    for step in STEPS:
        try:
            seen[step.__name__] = step()
        except HttpResponseError as error:
            seen[step.__name__] = {"refused": [error.status_code, error.error.code if error.error else str(error)]}
        except Exception as error:  # noqa: BLE001 - one client's mishap is told, and the others go on
            seen[step.__name__] = {"raised": f"{type(error).__name__}: {error}"[:400]}
    print("\n" + json.dumps(seen, default=str))


if __name__ == "__main__":
    main()
