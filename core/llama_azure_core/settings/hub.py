"""The AI hub of a stack: one that the stack makes, one that is there, or another stack's."""

from typing import Self

from pydantic import Field, model_validator

from llama_azure_core.azure_enums import IsolationMode, StorageSku
from llama_azure_core.frozen import Frozen
from llama_azure_core.settings._section import (
    ContainerRegistryName,
    KeyVaultName,
    ObjectId,
    PublicAddresses,
    ResourceId,
    WorkspaceName,
)


class OutboundRuleSettings(Frozen):
    """One way out of a managed network: a host name, or a private endpoint to a resource."""

    fqdn: str | None = None
    """Conditional. A host name such as `packages.example.com`; this or `privateEndpoint`."""
    private_endpoint: ResourceId | None = None
    """Conditional. The resource id that a private endpoint leads to; this or `fqdn`."""
    subresource: str | None = None
    """Conditional. With `privateEndpoint`: what of the resource is reached, such as `blob`."""

    @model_validator(mode="after")
    def _one_destination(self) -> Self:
        if (self.fqdn is None) == (self.private_endpoint is None):
            raise ValueError("an outbound rule has one destination: give either fqdn or privateEndpoint")
        if (self.private_endpoint is None) != (self.subresource is None):
            raise ValueError("privateEndpoint and subresource go together: give both, or neither")
        return self


class ManagedNetworkSettings(Frozen):
    """The network that Azure manages for the hub's compute."""

    isolation_mode: IsolationMode
    """Required. Disabled, AllowInternetOutbound or AllowOnlyApprovedOutbound."""
    outbound_rules: dict[str, OutboundRuleSettings] = Field(default_factory=dict)
    """Optional. By rule name: what may be reached beside what Azure needs."""
    provision_now: bool = False
    """Optional. Whether Azure makes the network together with the hub, which takes minutes, and not with the first
    compute. Default: false."""
    approve_connections: bool = False
    """Optional. Whether the hub may approve the private endpoints that Azure makes in this network, to what the stack
    makes for it and to the resources of `outboundRules`: its identity gets a role there. Default: false; their owners
    approve them, or have granted it."""

    @model_validator(mode="after")
    def _rules_have_a_network(self) -> Self:
        if self.outbound_rules and self.isolation_mode is IsolationMode.DISABLED:
            raise ValueError("outboundRules need a network: set isolationMode to another mode than Disabled")
        if self.provision_now and self.isolation_mode is IsolationMode.DISABLED:
            raise ValueError("provisionNow needs a network: set isolationMode to another mode than Disabled")
        if self.approve_connections and self.isolation_mode is IsolationMode.DISABLED:
            raise ValueError("approveConnections needs a network: set isolationMode to another mode than Disabled")
        return self


class EncryptionSettings(Frozen):
    """A key of one's own that encrypts the hub, and what it stands on."""

    key_vault: ResourceId
    """Required. The resource id of the key vault that holds the key."""
    key_identifier: str
    """Required. The key's URI, with its version."""
    identity: ResourceId | None = None
    """Optional. A user-assigned identity that may use the key. Default: the hub's own."""
    resources: bool = False
    """Optional. Whether the key also encrypts the storage account and the container registry that the stack makes. They
    follow the key's rotation, the hub keeps its version. It takes `identity`. Default: false."""
    identity_client_id: ObjectId | None = None
    """Conditional. The client id of `identity`; a container registry takes it."""

    @model_validator(mode="after")
    def _resources_have_an_identity(self) -> Self:
        if self.resources and self.identity is None:
            raise ValueError("resources are made before the hub has an identity of its own: give identity")
        return self


class HubSettings(Frozen):
    """The AI hub. Give exactly one of `name` (made by this stack), `existing` and `stack`."""

    name: WorkspaceName | None = None
    """Conditional. The name of the hub that the stack makes: 3 to 33 characters, unique in its resource group."""
    existing: ResourceId | None = None
    """Conditional. The resource id of a hub that is there; the stack never changes or deletes it."""
    stack: str | None = None
    """Conditional. A stack that owns the hub: `platform` in this project, or `organization/project/platform`."""
    storage_account: ResourceId | None = None
    """Optional. A storage account that is there. Default: the stack makes one."""
    key_vault: ResourceId | None = None
    """Optional. A key vault that is there. Default: the stack makes one."""
    key_vault_name: KeyVaultName | None = None
    """Optional. The name of the key vault that the stack makes: 3 to 24 characters, unique in Azure. A deleted vault
    keeps its name until it is purged, one with purge protection until its retention ends: give another name where the
    derived one is held so. Another name for a vault that is there replaces the hub. Default: derived."""
    application_insights: ResourceId | None = None
    """Optional. An Application Insights component that is there. Default: the stack makes one, with its workspace."""
    log_analytics_workspace: ResourceId | None = None
    """Optional. A Log Analytics workspace that is there. Default: the stack makes one."""
    container_registry: ResourceId | None = None
    """Optional. A container registry that is there. Default: none."""
    container_registry_name: ContainerRegistryName | None = None
    """Optional. The name of a container registry for the stack to make, unique in Azure. Default: none."""
    friendly_name: str | None = None
    """Optional. The name that people see. Default: the hub's name."""
    public_network_access: bool | None = None
    """Optional. Whether the hub is reached from public networks. Default: true, with the profile `protected` false."""
    resources_public_network_access: bool | None = None
    """Optional. Whether the storage account, the key vault and the container registry that the stack makes are reached
    from public networks. Default: true, with the profile `protected` false."""
    allowed_addresses: tuple[PublicAddresses, ...] = ()
    """Optional. Public addresses that reach what `resourcesPublicNetworkAccess: false` closes all the same, such as
    `203.0.113.0/24`. Default: none."""
    managed_network: ManagedNetworkSettings | None = None
    """Optional. The isolation of the hub's compute. Default: Azure's, which is none; with the profile `protected`
    AllowOnlyApprovedOutbound."""
    purge_protection: bool | None = None
    """Optional. Whether nobody can purge the key vault that the stack makes before its retention ends; it cannot be
    switched off again. Default: false, with the profile `protected` true."""
    vault_retention_days: int | None = Field(default=None, ge=7, le=90)
    """Optional. How long a deleted key vault and what was in it can be had back; it cannot be changed later. Default:
    Azure's, 90."""
    blob_retention_days: int | None = Field(default=None, ge=1, le=365)
    """Optional. How long deleted blobs and containers of the storage account that the stack makes can be had back.
    Default: not at all, with the profile `protected` 30."""
    storage_account_sku: StorageSku | None = None
    """Optional. How often the storage account that the stack makes keeps what is in it, and where: Standard_LRS,
    Standard_ZRS (in three zones of the region, where it has them), Standard_GRS or Standard_GZRS (in another region
    too). Default: Standard_LRS."""
    log_retention_days: int | None = Field(default=None, ge=30, le=730)
    """Optional. How long the Log Analytics workspace that the stack makes keeps logs. Default: 30, with the profile
    `protected` 90."""
    locks: bool = False
    """Optional. Whether Azure refuses to delete the hub and what it has made to keep data in, whoever asks, until the
    lock is removed. To make and to remove one takes Owner or User Access Administrator. Default: false."""
    encryption: EncryptionSettings | None = None
    """Optional. A customer-managed key. Default: Microsoft's keys."""
    diagnostics: bool | None = None
    """Optional. Whether the hub's logs go to the Log Analytics workspace. Default: false, with the profile `protected`
    true."""
    resource_diagnostics: bool | None = None
    """Optional. Whether those of the storage account, key vault and registry that the stack makes, and of its projects,
    go there, too. Default: false, with the profile `protected` true."""

    @model_validator(mode="after")
    def _one_registry(self) -> Self:
        if self.container_registry is not None and self.container_registry_name is not None:
            raise ValueError("give either containerRegistry, one that is there, or containerRegistryName, a new one")
        return self

    @model_validator(mode="after")
    def _one_vault(self) -> Self:
        if self.key_vault is not None and self.key_vault_name is not None:
            raise ValueError("give either keyVault, one that is there, or keyVaultName, a new one")
        return self

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        given = [key for key in ("name", "existing", "stack") if getattr(self, key) is not None]
        if len(given) != 1:
            said = " and ".join(given) or "none of them"
            raise ValueError(f"give exactly one of name, existing and stack (found {said})")
        only_for_own = self.model_fields_set - {"name", "existing", "stack"}
        if self.name is None and only_for_own:
            keys = ", ".join(sorted(type(self).model_fields[key].alias or key for key in only_for_own))
            raise ValueError(
                f"{keys} cannot be set on a hub that this stack does not make; remove them, or give a name"
            )
        return self
