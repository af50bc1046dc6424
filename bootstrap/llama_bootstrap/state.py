"""Where state lies, and the keys that its secrets are encrypted with."""

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import keyvault, resources, storage

from llama_azure_core.naming import NameKind, derive_name
from llama_bootstrap.settings import Settings
from llama_bootstrap.subscription import Subscription

_KEEP_DAYS = 30
_VAULT_KEEP_DAYS = 90
_SHARED_KEY = "state"


@dataclass(frozen=True, slots=True)
class State:
    """The place of all stacks' state."""

    container_ids: dict[str, pulumi.Output[str]]
    """By stack: the Azure id of its container."""
    key_ids: dict[str, pulumi.Output[str]]
    """By stack: the Azure id of the key of its secrets."""
    shared_key_id: pulumi.Output[str] | None
    """The Azure id of the key that was one for all stacks, while it is in use."""
    backend_url: str
    """What PULUMI_BACKEND_URL is to be; the steps put a stack's name in for ``{stack}``."""
    secrets_provider: str
    """What a stack's secrets provider is to be; its name stands where ``{stack}`` does."""


def add_state(settings: Settings, subscription: Subscription, group: resources.ResourceGroup) -> State:
    """Declare a storage account with a container per stack, and a key vault with a key per stack.

    A writer of one environment must neither write the state of another nor read its secrets: so each has a container
    and a key of its own. Every version of a state is kept for a month, and so is what is deleted.

    Versions before made one key for all. Where it is there it stays declared: versions of a state from then
    are encrypted with it for as long as they are kept.
    """
    scope = (subscription.id, settings.resource_group)
    account_name = derive_name(NameKind.STORAGE_ACCOUNT, "st", "pulumi", scope=scope)
    vault_name = derive_name(NameKind.KEY_VAULT, "kv", "pulumi", scope=scope)
    account = _account(settings, group, account_name)
    containers = {stack: _container(group, account, stack) for stack in settings.environments}
    vault = _vault(settings, subscription, group, vault_name)
    keys = {
        stack: _key(settings, group, vault, f"state-{stack}-key", f"state-{stack}") for stack in settings.environments
    }
    shared: pulumi.Output[str] | None = None
    if subscription.has_key(settings.resource_group, vault_name, _SHARED_KEY):
        key_id = _key(settings, group, vault, "state-key", _SHARED_KEY).id
        shared = key_id if settings.stacks_use_shared_key else None
    return State(
        {stack: container.id for stack, container in containers.items()},
        {stack: key.id for stack, key in keys.items()},
        shared,
        f"azblob://state-{{stack}}?storage_account={account_name}",
        f"azurekeyvault://{vault_name}.vault.azure.net/keys/state-{{stack}}",
    )


def _account(settings: Settings, group: resources.ResourceGroup, name: str) -> storage.StorageAccount:
    account = storage.StorageAccount(
        "state",
        resource_group_name=group.name,
        account_name=name,
        location=settings.location,
        tags=settings.tags,
        kind=storage.Kind.STORAGE_V2,
        sku=storage.SkuArgs(name=storage.SkuName.STANDARD_ZRS),
        minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
        enable_https_traffic_only=True,
        allow_shared_key_access=False,
        default_to_o_auth_authentication=True,
        allow_blob_public_access=False,
        allow_cross_tenant_replication=False,
        opts=pulumi.ResourceOptions(protect=settings.protect),
    )
    storage.BlobServiceProperties(
        "state-versions",
        resource_group_name=group.name,
        account_name=account.name,
        blob_services_name="default",
        is_versioning_enabled=True,
        delete_retention_policy=storage.DeleteRetentionPolicyArgs(enabled=True, days=_KEEP_DAYS),
        container_delete_retention_policy=storage.DeleteRetentionPolicyArgs(enabled=True, days=_KEEP_DAYS),
    )
    return account


def _container(group: resources.ResourceGroup, account: storage.StorageAccount, stack: str) -> storage.BlobContainer:
    return storage.BlobContainer(
        f"state-{stack}",
        resource_group_name=group.name,
        account_name=account.name,
        container_name=f"state-{stack}",
        public_access=storage.PublicAccess.NONE,
    )


def _vault(
    settings: Settings, subscription: Subscription, group: resources.ResourceGroup, vault_name: str
) -> keyvault.Vault:
    return keyvault.Vault(
        "state-vault",
        resource_group_name=group.name,
        vault_name=vault_name,
        location=settings.location,
        tags=settings.tags,
        properties=keyvault.VaultPropertiesArgs(
            tenant_id=subscription.tenant_id,
            sku=keyvault.SkuArgs(family=keyvault.SkuFamily.A, name=keyvault.SkuName.STANDARD),
            enable_rbac_authorization=True,
            enable_soft_delete=True,
            soft_delete_retention_in_days=_VAULT_KEEP_DAYS,
            # Without its key no secret of a state can be read: neither may be gone for good before its time.
            enable_purge_protection=True,
        ),
        opts=pulumi.ResourceOptions(protect=settings.protect),
    )


def _key(
    settings: Settings, group: resources.ResourceGroup, vault: keyvault.Vault, logical_name: str, name: str
) -> keyvault.Key:
    return keyvault.Key(
        logical_name,
        resource_group_name=group.name,
        vault_name=vault.name,
        key_name=name,
        properties=keyvault.KeyPropertiesArgs(kty=keyvault.JsonWebKeyType.RSA, key_size=3072),
        opts=pulumi.ResourceOptions(protect=settings.protect),
    )
