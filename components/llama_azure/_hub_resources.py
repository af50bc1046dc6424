"""What a hub stands on: each made by its name, or used as it is by its id."""

# No component and no args are defined here, so annotations may stay unread: reading them would load six modules of
# the SDK into every program that makes any component.
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import pulumi
from pulumi_azure_native import (
    applicationinsights,
    authorization,
    containerregistry,
    keyvault,
    operationalinsights,
    storage,
)

from llama_azure._arguments import Origin, origin
from llama_azure._azure_now import with_what_azure_has
from llama_azure._options import child_options

_COMPONENT = "AiHub"
_LOG_RETENTION_DAYS = 30


@dataclass(frozen=True, slots=True)
class HubResources:
    """The Azure resource ids of what a hub stands on."""

    storage_account_id: pulumi.Input[str]
    key_vault_id: pulumi.Input[str]
    log_analytics_workspace_id: pulumi.Input[str] | None
    application_insights_id: pulumi.Input[str]
    container_registry_id: pulumi.Input[str] | None

    @classmethod
    def of(cls, hub: pulumi.Resource, name: str, args: Mapping[str, Any], *, protect: bool | None) -> Self:
        """Declare what is to be made, as children of ``hub``.

        Raises:
            ValueError: an argument is missing, or contradicts another.
        """
        transforms = [with_what_azure_has(hub)]
        keeps_data = child_options(hub, protect=protect, transforms=transforms)
        keeps_none = child_options(hub, transforms=transforms)
        insights = origin(_COMPONENT, args, "application_insights")
        needs_logs = insights is Origin.CREATED or args.get("diagnostics", False)

        def made(resource: str, *, required: bool = True) -> bool:
            return origin(_COMPONENT, args, resource, required=required) is Origin.CREATED

        logs_id = args.get("log_analytics_workspace_id")
        if made("log_analytics_workspace", required=needs_logs):
            logs_id = _log_analytics_workspace(f"{name}-logs", args, keeps_data).id
        insights_id = args.get("application_insights_id")
        if insights is Origin.CREATED:
            insights_id = _application_insights(f"{name}-insights", args, logs_id, keeps_none).id
        return cls(
            storage_account_id=_storage_account(f"{name}-storage", args, keeps_data).id
            if made("storage_account")
            else args["storage_account_id"],
            key_vault_id=_key_vault(f"{name}-vault", args, hub, keeps_data).id
            if made("key_vault")
            else args["key_vault_id"],
            log_analytics_workspace_id=logs_id,
            application_insights_id=insights_id or "",
            container_registry_id=_container_registry(f"{name}-registry", args, keeps_data).id
            if made("container_registry", required=False)
            else args.get("container_registry_id"),
        )


def _place(args: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "resource_group_name": args["resource_group_name"],
        "location": args["location"],
        "tags": args.get("tags"),
    }


def _storage_account(name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions) -> storage.StorageAccount:
    return storage.StorageAccount(
        name,
        **_place(args),
        account_name=args["storage_account_name"],
        kind=storage.Kind.STORAGE_V2,
        sku=storage.SkuArgs(name=storage.SkuName.STANDARD_LRS),
        allow_blob_public_access=False,
        allow_shared_key_access=False,
        enable_https_traffic_only=True,
        minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
        opts=opts,
    )


def _key_vault(
    name: str, args: Mapping[str, Any], hub: pulumi.Resource, opts: pulumi.ResourceOptions
) -> keyvault.Vault:
    client = authorization.get_client_config_output(opts=pulumi.InvokeOutputOptions(parent=hub))
    return keyvault.Vault(
        name,
        **_place(args),
        vault_name=args["key_vault_name"],
        properties=keyvault.VaultPropertiesArgs(
            tenant_id=client.tenant_id,
            sku=keyvault.SkuArgs(family=keyvault.SkuFamily.A, name=keyvault.SkuName.STANDARD),
            enable_rbac_authorization=True,
            enable_soft_delete=True,
        ),
        opts=opts,
    )


def _log_analytics_workspace(
    name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> operationalinsights.Workspace:
    return operationalinsights.Workspace(
        name,
        **_place(args),
        workspace_name=args["log_analytics_workspace_name"],
        sku=operationalinsights.WorkspaceSkuArgs(name=operationalinsights.WorkspaceSkuNameEnum.PER_GB2018),
        retention_in_days=_LOG_RETENTION_DAYS,
        opts=opts,
    )


def _application_insights(
    name: str, args: Mapping[str, Any], logs_id: pulumi.Input[str] | None, opts: pulumi.ResourceOptions
) -> applicationinsights.Component:
    return applicationinsights.Component(
        name,
        **_place(args),
        resource_name_=args["application_insights_name"],
        kind="web",
        application_type=applicationinsights.ApplicationType.WEB,
        ingestion_mode=applicationinsights.IngestionMode.LOG_ANALYTICS,
        workspace_resource_id=logs_id,
        opts=opts,
    )


def _container_registry(name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions) -> containerregistry.Registry:
    return containerregistry.Registry(
        name,
        **_place(args),
        registry_name=args["container_registry_name"],
        sku=containerregistry.SkuArgs(name=containerregistry.SkuName.STANDARD),
        admin_user_enabled=False,
        opts=opts,
    )
