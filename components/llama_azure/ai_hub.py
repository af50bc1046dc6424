"""The AI hub and the resources every hub stands on."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_azure_native import (
    applicationinsights,
    authorization,
    keyvault,
    machinelearningservices,
    operationalinsights,
    storage,
)

from llama_azure._options import child_options

_LOG_RETENTION_DAYS = 30


class AiHubArgs(TypedDict):
    """The inputs of an AiHub."""

    resource_group_name: pulumi.Input[str]
    """Required. The resource group that holds the hub and the resources it stands on."""
    location: pulumi.Input[str]
    """Required. The Azure region; serverless models are offered only to hubs of certain regions."""
    hub_name: pulumi.Input[str]
    """Required. The hub's workspace name: 3 to 33 characters, unique in the resource group."""
    storage_account_name: pulumi.Input[str]
    """Required. The storage account's name: 3 to 24 lower-case letters and digits, unique in Azure."""
    key_vault_name: pulumi.Input[str]
    """Required. The key vault's name: 3 to 24 letters, digits and hyphens, unique in Azure."""
    log_analytics_workspace_name: pulumi.Input[str]
    """Required. The Log Analytics workspace's name, unique in the resource group."""
    application_insights_name: pulumi.Input[str]
    """Required. The Application Insights component's name, unique in the resource group."""
    friendly_name: NotRequired[pulumi.Input[str]]
    """Optional. The name that people see. Default: the hub's name."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on the hub and on every resource it stands on."""


class AiHub(pulumi.ComponentResource):
    """An AI hub with its storage account, key vault, Log Analytics workspace and Application Insights.

    The storage account accepts no shared keys and no anonymous access: the hub's datastores
    sign in with the identity of whoever uses them. The key vault authorises by Azure RBAC.
    """

    hub_id: pulumi.Output[str]
    """The hub's Azure resource id."""
    hub_name: pulumi.Output[str]
    """The hub's workspace name."""
    location: pulumi.Output[str]
    """The hub's Azure region."""
    principal_id: pulumi.Output[str]
    """The object id of the hub's system-assigned identity."""
    storage_account_id: pulumi.Output[str]
    """The storage account's Azure resource id."""
    key_vault_id: pulumi.Output[str]
    """The key vault's Azure resource id."""
    log_analytics_workspace_id: pulumi.Output[str]
    """The Log Analytics workspace's Azure resource id."""
    application_insights_id: pulumi.Output[str]
    """The Application Insights component's Azure resource id."""

    def __init__(self, name: str, args: AiHubArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llama-azure:index:AiHub", name, {}, opts)
        tags = args.get("tags")

        account = storage.StorageAccount(
            f"{name}-storage",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            account_name=args["storage_account_name"],
            kind=storage.Kind.STORAGE_V2,
            sku=storage.SkuArgs(name=storage.SkuName.STANDARD_LRS),
            allow_blob_public_access=False,
            allow_shared_key_access=False,
            enable_https_traffic_only=True,
            minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
            tags=tags,
            opts=child_options(self),
        )
        client = authorization.get_client_config_output(opts=pulumi.InvokeOutputOptions(parent=self))
        vault = keyvault.Vault(
            f"{name}-vault",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            vault_name=args["key_vault_name"],
            properties=keyvault.VaultPropertiesArgs(
                tenant_id=client.tenant_id,
                sku=keyvault.SkuArgs(family=keyvault.SkuFamily.A, name=keyvault.SkuName.STANDARD),
                enable_rbac_authorization=True,
                enable_soft_delete=True,
            ),
            tags=tags,
            opts=child_options(self),
        )
        logs = operationalinsights.Workspace(
            f"{name}-logs",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            workspace_name=args["log_analytics_workspace_name"],
            sku=operationalinsights.WorkspaceSkuArgs(name=operationalinsights.WorkspaceSkuNameEnum.PER_GB2018),
            retention_in_days=_LOG_RETENTION_DAYS,
            tags=tags,
            opts=child_options(self),
        )
        insights = applicationinsights.Component(
            f"{name}-insights",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            resource_name_=args["application_insights_name"],
            kind="web",
            application_type=applicationinsights.ApplicationType.WEB,
            ingestion_mode=applicationinsights.IngestionMode.LOG_ANALYTICS,
            workspace_resource_id=logs.id,
            tags=tags,
            opts=child_options(self),
        )
        hub = machinelearningservices.Workspace(
            f"{name}-hub",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            workspace_name=args["hub_name"],
            kind="Hub",
            sku=machinelearningservices.SkuArgs(name="Basic", tier=machinelearningservices.SkuTier.BASIC),
            identity=machinelearningservices.ManagedServiceIdentityArgs(
                type=machinelearningservices.ManagedServiceIdentityType.SYSTEM_ASSIGNED
            ),
            friendly_name=args.get("friendly_name", args["hub_name"]),
            storage_account=account.id,
            key_vault=vault.id,
            application_insights=insights.id,
            system_datastores_auth_mode=machinelearningservices.SystemDatastoresAuthMode.IDENTITY,
            tags=tags,
            opts=child_options(self),
        )

        self.hub_id = hub.id
        self.hub_name = hub.name
        self.location = hub.location.apply(lambda location: location or "")
        self.principal_id = hub.identity.apply(lambda identity: identity.principal_id if identity else "")
        self.storage_account_id = account.id
        self.key_vault_id = vault.id
        self.log_analytics_workspace_id = logs.id
        self.application_insights_id = insights.id
        self.register_outputs(
            {
                "hub_id": self.hub_id,
                "hub_name": self.hub_name,
                "location": self.location,
                "principal_id": self.principal_id,
                "storage_account_id": self.storage_account_id,
                "key_vault_id": self.key_vault_id,
                "log_analytics_workspace_id": self.log_analytics_workspace_id,
                "application_insights_id": self.application_insights_id,
            }
        )
