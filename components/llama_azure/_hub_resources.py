"""What a hub stands on: each made by its name, or used as it is by its id."""

# No component and no args are defined here, so annotations may stay unread: reading them would load six modules of
# the SDK into every program that makes any component.
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import pulumi

from llama_azure._arguments import Origin, choice, origin
from llama_azure._azure_native import (
    applicationinsights,
    authorization,
    containerregistry,
    keyvault,
    operationalinsights,
    storage,
)
from llama_azure._azure_now import with_what_azure_has
from llama_azure._options import child_options
from llama_azure_core.azure_enums import StorageSku

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
    made_ids: Mapping[str, pulumi.Input[str]]
    """Of what is made and keeps data, or lets callers in, by a word for names."""
    logged_ids: Mapping[str, pulumi.Input[str]]
    """Of what is made and has logs, by a word for names."""

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
        keeps_logs = args.get("diagnostics", False) or args.get("resource_diagnostics", False)
        needs_logs = insights is Origin.CREATED or keeps_logs

        def made(resource: str, *, required: bool = True) -> bool:
            return origin(_COMPONENT, args, resource, required=required) is Origin.CREATED

        logs_id = args.get("log_analytics_workspace_id")
        if made("log_analytics_workspace", required=needs_logs):
            logs_id = _log_analytics_workspace(f"{name}-logs", args, keeps_data).id
        insights_id = args.get("application_insights_id")
        if insights is Origin.CREATED:
            insights_id = _application_insights(f"{name}-insights", args, logs_id, keeps_none).id
        made_ids: dict[str, pulumi.Input[str]] = {}
        logged_ids: dict[str, pulumi.Input[str]] = {}
        if made("storage_account"):
            account = _storage_account(f"{name}-storage", args, keeps_data)
            made_ids["storage"] = account.id
            # The services of an account have logs, the account itself has none.
            logged_ids |= {one: account.id.apply(_service(one)) for one in ("blob", "file")}
            if args.get("blob_retention_days") is not None:
                _blob_retention(f"{name}-storage-blobs", args, account, child_options(hub))
        if made("key_vault"):
            made_ids["vault"] = logged_ids["vault"] = _key_vault(f"{name}-vault", args, hub, keeps_data).id
        if made("container_registry", required=False):
            registry = _container_registry(f"{name}-registry", args, keeps_data)
            made_ids["registry"] = logged_ids["registry"] = registry.id
        return cls(
            storage_account_id=made_ids.get("storage", args.get("storage_account_id", "")),
            key_vault_id=made_ids.get("vault", args.get("key_vault_id", "")),
            log_analytics_workspace_id=logs_id,
            application_insights_id=insights_id or "",
            container_registry_id=made_ids.get("registry", args.get("container_registry_id")),
            made_ids=made_ids,
            logged_ids=logged_ids,
        )


def _service(kind: str) -> Callable[[str], str]:
    return lambda account_id: f"{account_id}/{kind}Services/default"


def _place(args: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "resource_group_name": args["resource_group_name"],
        "location": args["location"],
        "tags": args.get("tags"),
    }


def _access(args: Mapping[str, Any]) -> tuple[str, list[str]] | None:
    """Return how public networks are kept out, and the addresses that come in; ``None`` where all do."""
    if args.get("resources_public_network_access", True):
        return None
    addresses = list(args.get("allowed_addresses") or ())
    # A firewall lets addresses in only where public access is not switched off altogether.
    return ("Enabled" if addresses else "Disabled"), addresses


def _storage_account(name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions) -> storage.StorageAccount:
    closed, encryption = _access(args), args.get("encryption") or {}
    key = encryption.get("resources", False)
    return storage.StorageAccount(
        name,
        **_place(args),
        account_name=args["storage_account_name"],
        kind=storage.Kind.STORAGE_V2,
        sku=storage.SkuArgs(name=choice(_COMPONENT, args, "storage_account_sku", StorageSku.LOCALLY_REDUNDANT).value),
        allow_blob_public_access=False,
        allow_shared_key_access=False,
        allow_cross_tenant_replication=None if closed is None else False,
        enable_https_traffic_only=True,
        minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
        public_network_access=None if closed is None else closed[0],
        network_rule_set=None
        if closed is None
        else storage.NetworkRuleSetArgs(
            default_action=storage.DefaultAction.DENY,
            bypass=storage.Bypass.AZURE_SERVICES,
            ip_rules=[storage.IPRuleArgs(i_p_address_or_range=one) for one in closed[1]],
        ),
        identity=storage.IdentityArgs(
            type=storage.IdentityType.USER_ASSIGNED, user_assigned_identities=[encryption["identity_id"]]
        )
        if key
        else None,
        encryption=storage.EncryptionArgs(
            key_source=storage.KeySource.MICROSOFT_KEYVAULT,
            encryption_identity=storage.EncryptionIdentityArgs(
                encryption_user_assigned_identity=encryption["identity_id"]
            ),
            key_vault_properties=storage.KeyVaultPropertiesArgs(**_key(encryption["key_identifier"])),
        )
        if key
        else None,
        opts=opts,
    )


def _key(identifier: pulumi.Input[str]) -> dict[str, pulumi.Output[str]]:
    """Return the vault and the name of a key, without its version: so the newest one is used."""
    parts = pulumi.Output.from_input(identifier).apply(lambda uri: uri.rstrip("/").split("/"))
    return {"key_vault_uri": parts.apply(lambda one: "/".join(one[:3])), "key_name": parts.apply(lambda one: one[4])}


def _blob_retention(
    name: str, args: Mapping[str, Any], account: storage.StorageAccount, opts: pulumi.ResourceOptions
) -> None:
    kept = storage.DeleteRetentionPolicyArgs(enabled=True, days=int(args["blob_retention_days"]))
    storage.BlobServiceProperties(
        name,
        resource_group_name=args["resource_group_name"],
        account_name=account.name,
        blob_services_name="default",
        delete_retention_policy=kept,
        container_delete_retention_policy=kept,
        opts=opts,
    )


def _key_vault(
    name: str, args: Mapping[str, Any], hub: pulumi.Resource, opts: pulumi.ResourceOptions
) -> keyvault.Vault:
    client = authorization.get_client_config_output(opts=pulumi.InvokeOutputOptions(parent=hub))
    closed = _access(args)
    days = args.get("vault_retention_days")
    return keyvault.Vault(
        name,
        **_place(args),
        vault_name=args["key_vault_name"],
        properties=keyvault.VaultPropertiesArgs(
            tenant_id=client.tenant_id,
            sku=keyvault.SkuArgs(family=keyvault.SkuFamily.A, name=keyvault.SkuName.STANDARD),
            enable_rbac_authorization=True,
            enable_soft_delete=True,
            # Azure takes no false here, and never gives up a true.
            enable_purge_protection=True if args.get("purge_protection", False) else None,
            soft_delete_retention_in_days=None if days is None else int(days),
            public_network_access=None if closed is None else closed[0],
            network_acls=None
            if closed is None
            else keyvault.NetworkRuleSetArgs(
                default_action=keyvault.NetworkRuleAction.DENY,
                bypass=keyvault.NetworkRuleBypassOptions.AZURE_SERVICES,
                ip_rules=[keyvault.IPRuleArgs(value=one) for one in closed[1]],
            ),
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
        retention_in_days=int(args.get("log_retention_days", _LOG_RETENTION_DAYS)),
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


def _as_map(identity_id: str) -> dict[str, Any]:
    return {identity_id: {}}


def _container_registry(name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions) -> containerregistry.Registry:
    closed, encryption = _access(args), args.get("encryption") or {}
    key = encryption.get("resources", False)
    # Only the Premium tier can be closed, takes private endpoints and keys of one's own.
    is_premium = closed is not None or args.get("private_endpoints") is not None or key
    names = containerregistry.SkuName
    return containerregistry.Registry(
        name,
        **_place(args),
        registry_name=args["container_registry_name"],
        sku=containerregistry.SkuArgs(name=names.PREMIUM if is_premium else names.STANDARD),
        admin_user_enabled=False,
        public_network_access=None if closed is None else closed[0],
        network_rule_set=None
        if closed is None
        else containerregistry.NetworkRuleSetArgs(
            default_action=containerregistry.DefaultAction.DENY,
            ip_rules=[containerregistry.IPRuleArgs(i_p_address_or_range=one) for one in closed[1]],
        ),
        identity=containerregistry.IdentityPropertiesArgs(
            type=containerregistry.ResourceIdentityType.USER_ASSIGNED,
            # This type alone still wants a map, with nothing for each identity.
            user_assigned_identities=pulumi.Output.from_input(encryption["identity_id"]).apply(_as_map),
        )
        if key
        else None,
        encryption=containerregistry.EncryptionPropertyArgs(
            status=containerregistry.EncryptionStatus.ENABLED,
            key_vault_properties=containerregistry.KeyVaultPropertiesArgs(
                identity=encryption.get("identity_client_id"),
                key_identifier=pulumi.Output.all(**_key(encryption["key_identifier"])).apply(
                    lambda one: f"{one['key_vault_uri']}/keys/{one['key_name']}"
                ),
            ),
        )
        if key
        else None,
        opts=opts,
    )
