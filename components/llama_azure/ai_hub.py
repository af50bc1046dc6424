"""The AI hub and the resources every hub stands on."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._answers import part
from llama_azure._arguments import choice
from llama_azure._azure_native import authorization, machinelearningservices
from llama_azure._azure_now import with_what_azure_has
from llama_azure._diagnostics import send_logs
from llama_azure._hub_network import (
    HubManagedNetwork,
    HubPrivateEndpoints,
    add_outbound_rules,
    add_private_endpoints,
    require_usable_network,
)
from llama_azure._hub_resources import HubResources
from llama_azure._options import child_options
from llama_azure_core.azure_enums import IsolationMode
from llama_azure_core.resource_types import CONTAINER_REGISTRY, KEY_VAULT, STORAGE_ACCOUNT, WORKSPACE

_NAME = "AiHub"


class HubEncryption(TypedDict):
    """A key of one's own that encrypts a hub."""

    key_vault_id: pulumi.Input[str]
    """Required. The resource id of the key vault that holds the key; it has purge protection."""
    key_identifier: pulumi.Input[str]
    """Required. The key's URI, with its version."""
    identity_id: NotRequired[pulumi.Input[str]]
    """Optional. The resource id of a user-assigned identity that may use the key. Default: the hub's own identity."""
    resources: NotRequired[bool]
    """Optional. Whether the key also encrypts the storage account and the container registry that the hub makes; they
    follow the key's rotation, the hub keeps its version. It takes `identity_id`. Default: false."""
    identity_client_id: NotRequired[pulumi.Input[str]]
    """Conditional. The client id of that identity; a container registry takes it."""


class AiHubArgs(TypedDict):
    """The inputs of an AiHub.

    Each resource that a hub stands on is either made, by its name, or used as it is, by its id.
    """

    resource_group_name: pulumi.Input[str]
    """Required. The resource group that holds the hub and the resources it stands on."""
    location: pulumi.Input[str]
    """Required. The Azure region; serverless models are offered only to hubs of certain regions."""
    hub_name: pulumi.Input[str]
    """Required. The hub's workspace name: 3 to 33 characters, unique in the resource group."""
    storage_account_name: NotRequired[pulumi.Input[str]]
    """Conditional. The name of the storage account to make: 3 to 24 lower-case letters and digits, unique in Azure.
    Give this or `storage_account_id`."""
    storage_account_id: NotRequired[pulumi.Input[str]]
    """Conditional. The resource id of a storage account that is there. Give this or `storage_account_name`."""
    key_vault_name: NotRequired[pulumi.Input[str]]
    """Conditional. The name of the key vault to make: 3 to 24 letters, digits and hyphens, unique in Azure. Give
    this or `key_vault_id`."""
    key_vault_id: NotRequired[pulumi.Input[str]]
    """Conditional. The resource id of a key vault that is there. Give this or `key_vault_name`."""
    log_analytics_workspace_name: NotRequired[pulumi.Input[str]]
    """Conditional. The name of the Log Analytics workspace to make, unique in the resource group. Give this or
    `log_analytics_workspace_id`, unless Application Insights is there and `diagnostics` is off."""
    log_analytics_workspace_id: NotRequired[pulumi.Input[str]]
    """Conditional. The resource id of a Log Analytics workspace that is there."""
    application_insights_name: NotRequired[pulumi.Input[str]]
    """Conditional. The name of the Application Insights component to make, unique in the resource group. Give this or
    `application_insights_id`."""
    application_insights_id: NotRequired[pulumi.Input[str]]
    """Conditional. The resource id of an Application Insights component that is there. Give this or
    `application_insights_name`."""
    container_registry_name: NotRequired[pulumi.Input[str]]
    """Optional. The name of the container registry to make: 5 to 50 letters and digits, unique in Azure. Default: Azure
    makes one of its own when an image is first built."""
    container_registry_id: NotRequired[pulumi.Input[str]]
    """Optional. The resource id of a container registry that is there."""
    friendly_name: NotRequired[pulumi.Input[str]]
    """Optional. The name that people see. Default: the hub's name."""
    public_network_access: NotRequired[bool]
    """Optional. Whether the hub, its projects and their serverless endpoints are reached from public networks.
    Default: true."""
    resources_public_network_access: NotRequired[bool]
    """Optional. Whether the storage account, the key vault and the container registry that it makes are reached from
    public networks; Azure's own trusted services always reach them. Default: true."""
    allowed_addresses: NotRequired[list[str]]
    """Optional. Public addresses, such as `203.0.113.0/24`, from which what is closed so is reached all the same.
    Default: none."""
    private_endpoints: NotRequired[HubPrivateEndpoints]
    """Optional. Where the private endpoints of the hub lie, and of what it makes to stand on. Default: there are
    none."""
    purge_protection: NotRequired[bool]
    """Optional. Whether nobody can purge the key vault that it makes before its retention ends; it cannot be switched
    off again. Default: false."""
    vault_retention_days: NotRequired[int]
    """Optional. How long a deleted key vault can be had back, 7 to 90 days; it cannot be changed later. Default: 90."""
    blob_retention_days: NotRequired[int]
    """Optional. How long deleted blobs and containers of the storage account that it makes can be had back, 1 to 365
    days. Default: not at all."""
    storage_account_sku: NotRequired[str]
    """Optional. How often the storage account that it makes keeps what is in it, and where: Standard_LRS, Standard_ZRS
    (in three zones of the region), Standard_GRS or Standard_GZRS (in another region too). Default: Standard_LRS."""
    log_retention_days: NotRequired[int]
    """Optional. How long the Log Analytics workspace that it makes keeps logs, 30 to 730 days. Default: 30."""
    locks: NotRequired[bool]
    """Optional. Whether Azure refuses to delete the hub and what it makes to keep data in, until the lock is removed.
    Default: false."""
    managed_network: NotRequired[HubManagedNetwork]
    """Optional. The isolation of the hub's compute. Default: Azure's, which is none."""
    encryption: NotRequired[HubEncryption]
    """Optional. A customer-managed key. To change it replaces the hub. Default: Microsoft's keys."""
    diagnostics: NotRequired[bool]
    """Optional. Whether the hub's logs and metrics go to the Log Analytics workspace. Default: false."""
    resource_diagnostics: NotRequired[bool]
    """Optional. Whether those of the storage account, key vault and container registry that it makes go there, too.
    Default: false."""
    deletion_protection: NotRequired[bool]
    """Optional. Whether Pulumi refuses to delete the hub and what it has made to keep data in. Default: false."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on the hub and on every resource it makes."""


class AiHub(pulumi.ComponentResource):
    """An AI hub with its storage account, key vault and monitoring, each made or adopted.

    A storage account that it makes accepts no shared keys and no anonymous access: the hub's datastores
    sign in with the identity of whoever uses them. A key vault that it makes authorises by Azure RBAC.
    Outbound rules of a managed network are resources of their own, made one after the other: Azure refuses
    them together with the hub and beside each other.
    """

    hub_id: pulumi.Output[str]
    """The hub's Azure resource id."""
    hub_name: pulumi.Output[str]
    """The hub's workspace name."""
    location: pulumi.Output[str]
    """The hub's Azure region."""
    principal_id: pulumi.Output[str]
    """The object id of the hub's system-assigned identity; empty where it has one that users assigned."""
    storage_account_id: pulumi.Output[str]
    """The storage account's Azure resource id."""
    key_vault_id: pulumi.Output[str]
    """The key vault's Azure resource id."""
    log_analytics_workspace_id: pulumi.Output[str]
    """The Log Analytics workspace's Azure resource id; empty where there is none."""
    application_insights_id: pulumi.Output[str]
    """The Application Insights component's Azure resource id."""
    container_registry_id: pulumi.Output[str]
    """The container registry's Azure resource id; empty where none was given or made."""

    def __init__(self, name: str, args: AiHubArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        protect = True if args.get("deletion_protection", False) else None
        resources = HubResources.of(self, name, args, protect=protect)
        network = args.get("managed_network")
        if network is not None:
            require_usable_network(network)
        is_public = args.get("public_network_access", True)
        access = machinelearningservices.PublicNetworkAccessType

        hub = machinelearningservices.Workspace(
            f"{name}-hub",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            workspace_name=args["hub_name"],
            kind="Hub",
            sku=machinelearningservices.SkuArgs(name="Basic", tier=machinelearningservices.SkuTier.BASIC),
            identity=_identity(args.get("encryption")),
            friendly_name=args.get("friendly_name", args["hub_name"]),
            storage_account=resources.storage_account_id,
            key_vault=resources.key_vault_id,
            application_insights=resources.application_insights_id,
            container_registry=resources.container_registry_id,
            public_network_access=access.ENABLED if is_public else access.DISABLED,
            managed_network=None if network is None else _managed_network(network),
            provision_network_now=True if network is not None and network.get("provision_now", False) else None,
            encryption=_encryption(args.get("encryption")),
            system_datastores_auth_mode=machinelearningservices.SystemDatastoresAuthMode.IDENTITY,
            tags=args.get("tags"),
            opts=child_options(
                self,
                protect=protect,
                ignore_changes=_filled_in_by_azure(args),
                transforms=[with_what_azure_has(self)],
            ),
        )
        if network is not None:
            add_outbound_rules(self, name, args["resource_group_name"], hub, network, resources.made_ids)
        made = resources.made_ids
        if args.get("private_endpoints") is not None:
            reached = {
                WORKSPACE: ("hub", hub.id),
                STORAGE_ACCOUNT: ("storage", made.get("storage")),
                KEY_VAULT: ("vault", made.get("vault")),
                CONTAINER_REGISTRY: ("registry", made.get("registry")),
            }
            add_private_endpoints(self, name, args, reached)
        if args.get("diagnostics", False):
            send_logs(self, f"{name}-diagnostics", hub.id, resources.log_analytics_workspace_id)
        if args.get("resource_diagnostics", False):
            for what, resource_id in resources.logged_ids.items():
                send_logs(self, f"{name}-{what}-diagnostics", resource_id, resources.log_analytics_workspace_id)
        if args.get("locks", False):
            for what, resource_id in {"hub": hub.id, **made}.items():
                _lock(self, f"{name}-{what}-lock", resource_id)

        self.hub_id = hub.id
        self.hub_name = hub.name
        self.location = hub.location.apply(lambda location: location or "")
        self.principal_id = hub.identity.apply(lambda identity: part(identity, "principal_id") or "")
        self.storage_account_id = pulumi.Output.from_input(resources.storage_account_id)
        self.key_vault_id = pulumi.Output.from_input(resources.key_vault_id)
        self.log_analytics_workspace_id = pulumi.Output.from_input(resources.log_analytics_workspace_id or "")
        self.application_insights_id = pulumi.Output.from_input(resources.application_insights_id)
        self.container_registry_id = pulumi.Output.from_input(resources.container_registry_id or "")
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
                "container_registry_id": self.container_registry_id,
            }
        )


def _filled_in_by_azure(args: AiHubArgs) -> list[str]:
    """Return what Azure writes into a hub later, where the arguments do not: to take it for drift would undo it."""
    filled_in = ["associatedWorkspaces"]
    if args.get("container_registry_name") is None and args.get("container_registry_id") is None:
        filled_in.append("containerRegistry")  # made when an image is first built
    if args.get("managed_network") is not None:
        filled_in.append("managedNetwork.outboundRules")  # each is a resource of its own
    return filled_in


def _identity(encryption: HubEncryption | None) -> machinelearningservices.ManagedServiceIdentityArgs:
    kinds = machinelearningservices.ManagedServiceIdentityType
    identity_id = None if encryption is None else encryption.get("identity_id")
    if identity_id is None:
        return machinelearningservices.ManagedServiceIdentityArgs(type=kinds.SYSTEM_ASSIGNED)
    return machinelearningservices.ManagedServiceIdentityArgs(
        type=kinds.SYSTEM_ASSIGNED_USER_ASSIGNED, user_assigned_identities=[identity_id]
    )


def _encryption(encryption: HubEncryption | None) -> machinelearningservices.EncryptionPropertyArgs | None:
    if encryption is None:
        return None
    identity_id = encryption.get("identity_id")
    return machinelearningservices.EncryptionPropertyArgs(
        status=machinelearningservices.EncryptionStatus.ENABLED,
        key_vault_properties=machinelearningservices.KeyVaultPropertiesArgs(
            key_vault_arm_id=encryption["key_vault_id"], key_identifier=encryption["key_identifier"]
        ),
        identity=None
        if identity_id is None
        else machinelearningservices.IdentityForCmkArgs(user_assigned_identity=identity_id),
    )


def _managed_network(network: HubManagedNetwork) -> machinelearningservices.ManagedNetworkSettingsArgs:
    mode = choice(f"{_NAME}: managed_network", network, "isolation_mode", IsolationMode.DISABLED)
    return machinelearningservices.ManagedNetworkSettingsArgs(isolation_mode=mode.value)


def _lock(component: pulumi.Resource, name: str, resource_id: pulumi.Input[str]) -> None:
    authorization.ManagementLockByScope(
        name,
        scope=resource_id,
        lock_name="keep",
        level=authorization.LockLevel.CAN_NOT_DELETE,
        notes="Deleted with the stack that made it, or by an owner.",
        opts=child_options(component),
    )
