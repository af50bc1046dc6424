"""The resource types that the sandbox knows more of than their names: one module per resource provider."""

from llama_azure_core import resource_types as types
from sandbox.arm.messages import ArmAnswer, ArmRequest
from sandbox.arm.providers.container_registry import Registry
from sandbox.arm.providers.insights import AutoscaleSetting, Component
from sandbox.arm.providers.key_vault import Vault, answer_vaults
from sandbox.arm.providers.key_vault_objects import VaultKey, VaultSecret
from sandbox.arm.providers.machine_learning_services import (
    Connection,
    MarketplaceSubscription,
    OnlineDeployment,
    OnlineEndpoint,
    OutboundRule,
    ServerlessEndpoint,
    Workspace,
    answer_usages,
)
from sandbox.arm.providers.managed_identity import FederatedIdentityCredential, UserAssignedIdentity
from sandbox.arm.providers.operational_insights import LogAnalyticsWorkspace
from sandbox.arm.providers.resources import ResourceGroup
from sandbox.arm.providers.storage import StorageAccount, answer_storage
from sandbox.arm.resource_type import ResourceType
from sandbox.arm.world import World

_KNOWN: tuple[ResourceType, ...] = (
    ResourceGroup(types.RESOURCE_GROUP),
    StorageAccount(types.STORAGE_ACCOUNT),
    Vault(types.KEY_VAULT),
    LogAnalyticsWorkspace(types.LOG_ANALYTICS_WORKSPACE),
    VaultKey(f"{types.KEY_VAULT}/keys"),
    VaultSecret(f"{types.KEY_VAULT}/secrets"),
    Component(types.APPLICATION_INSIGHTS),
    AutoscaleSetting(types.AUTOSCALE_SETTING),
    Registry(types.CONTAINER_REGISTRY),
    OutboundRule(types.OUTBOUND_RULE),
    UserAssignedIdentity(types.USER_ASSIGNED_IDENTITY),
    FederatedIdentityCredential(types.FEDERATED_CREDENTIAL),
    Workspace(types.WORKSPACE),
    MarketplaceSubscription(types.MARKETPLACE_SUBSCRIPTION),
    ServerlessEndpoint(types.SERVERLESS_ENDPOINT),
    OnlineEndpoint(types.ONLINE_ENDPOINT),
    Connection(types.CONNECTION),
    OnlineDeployment(types.ONLINE_DEPLOYMENT),
)
_BY_NAME = {known.name.lower(): known for known in _KNOWN}


def resource_type(name: str) -> ResourceType:
    """Return how to treat a type, whatever its case; an unknown one is kept as it comes."""
    return _BY_NAME.get(name.lower()) or ResourceType(name)


def all_types() -> tuple[ResourceType, ...]:
    """Return the types that have a module."""
    return _KNOWN


def answer_provider_requests(world: World, request: ArmRequest) -> ArmAnswer | None:
    """Answer a request that a provider takes at the subscription; ``None`` if it is about something else."""
    for answer_request in (answer_storage, answer_vaults, answer_usages):
        answer = answer_request(world, request)
        if answer is not None:
            return answer
    return None
