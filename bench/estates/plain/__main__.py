"""The estate of the bench as a program of pulumi-azure-native alone."""

import os

import pulumi
from pulumi_azure_native import (
    applicationinsights,
    keyvault,
    machinelearningservices,
    operationalinsights,
    resources,
    storage,
)

NAME, PROJECTS, TENANT = os.environ["BENCH_NAME"], int(os.environ["BENCH_PROJECTS"]), os.environ["ARM_TENANT_ID"]
MODELS = ("Meta-Llama-3-8B-Instruct", "Meta-Llama-3-70B-Instruct")
LOCATION = "eastus2"
IDENTITY = machinelearningservices.ManagedServiceIdentityArgs(
    type=machinelearningservices.ManagedServiceIdentityType.SYSTEM_ASSIGNED
)
SKU = machinelearningservices.SkuArgs(name="Basic", tier=machinelearningservices.SkuTier.BASIC)

group = resources.ResourceGroup("group", resource_group_name=f"rg-{NAME}", location=LOCATION)
account = storage.StorageAccount(
    "storage",
    resource_group_name=group.name,
    location=LOCATION,
    account_name=f"st{NAME.replace('-', '')}",
    kind=storage.Kind.STORAGE_V2,
    sku=storage.SkuArgs(name=storage.SkuName.STANDARD_LRS),
    allow_blob_public_access=False,
    minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
    enable_https_traffic_only=True,
)
vault = keyvault.Vault(
    "vault",
    resource_group_name=group.name,
    location=LOCATION,
    vault_name=f"kv-{NAME}",
    properties=keyvault.VaultPropertiesArgs(
        tenant_id=TENANT,
        sku=keyvault.SkuArgs(family=keyvault.SkuFamily.A, name=keyvault.SkuName.STANDARD),
        enable_rbac_authorization=True,
    ),
)
logs = operationalinsights.Workspace(
    "logs", resource_group_name=group.name, location=LOCATION, workspace_name=f"log-{NAME}"
)
insights = applicationinsights.Component(
    "insights",
    resource_group_name=group.name,
    location=LOCATION,
    resource_name_=f"appi-{NAME}",
    kind="web",
    application_type=applicationinsights.ApplicationType.WEB,
    ingestion_mode=applicationinsights.IngestionMode.LOG_ANALYTICS,
    workspace_resource_id=logs.id,
)
hub = machinelearningservices.Workspace(
    "hub",
    resource_group_name=group.name,
    location=LOCATION,
    workspace_name=f"hub-{NAME}",
    friendly_name=f"hub-{NAME}",
    kind="Hub",
    sku=SKU,
    identity=IDENTITY,
    storage_account=account.id,
    key_vault=vault.id,
    application_insights=insights.id,
)

uris, keys = {}, {}
for number in range(PROJECTS):
    project = machinelearningservices.Workspace(
        f"project-{number}",
        resource_group_name=group.name,
        location=LOCATION,
        workspace_name=f"{NAME}-{number}",
        friendly_name=f"{NAME}-{number}",
        kind="Project",
        sku=SKU,
        identity=IDENTITY,
        hub_resource_id=hub.id,
    )
    for at, model in enumerate(MODELS):
        model_id = f"azureml://registries/azureml-meta/models/{model}"
        subscription = machinelearningservices.MarketplaceSubscription(
            f"subscription-{number}-{at}",
            resource_group_name=group.name,
            workspace_name=project.name,
            name=model,
            properties=machinelearningservices.MarketplaceSubscriptionPropertiesArgs(model_id=model_id),
        )
        endpoint = machinelearningservices.ServerlessEndpoint(
            f"endpoint-{number}-{at}",
            resource_group_name=group.name,
            location=LOCATION,
            workspace_name=project.name,
            name=f"{NAME}-{number}-{at}",
            sku=machinelearningservices.SkuArgs(name="Consumption"),
            properties=machinelearningservices.ServerlessEndpointPropertiesArgs(
                auth_mode=machinelearningservices.ServerlessInferenceEndpointAuthMode.KEY,
                content_safety=machinelearningservices.ContentSafetyArgs(
                    content_safety_status=machinelearningservices.ContentSafetyStatus.ENABLED
                ),
                model_settings=machinelearningservices.ModelSettingsArgs(model_id=model_id),
            ),
            opts=pulumi.ResourceOptions(depends_on=[subscription]),
        )
        name = f"{NAME}-{number}-{at}"
        uris[name] = endpoint.properties.inference_endpoint.uri
        keys[name] = machinelearningservices.list_serverless_endpoint_keys_output(
            resource_group_name=group.name, workspace_name=project.name, name=endpoint.name
        ).primary_key

pulumi.export("endpoints", uris)
pulumi.export("endpointKeys", pulumi.Output.secret(keys))
