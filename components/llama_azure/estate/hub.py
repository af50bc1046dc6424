"""The hub of an estate: the stack's own, one that is there, or another stack's."""

from typing import Any

import pulumi

from llama_azure._hub_network import HubManagedNetwork, HubOutboundRule
from llama_azure.ai_hub import AiHub, AiHubArgs, HubEncryption
from llama_azure.estate.context import Context
from llama_azure.estate.outputs import Estate
from llama_azure.estate.stacks import full_stack_name
from llama_azure_core.naming import NameKind, derive_name
from llama_azure_core.regions import normalise_region
from llama_azure_core.settings.hub import (
    EncryptionSettings,
    HubSettings,
    ManagedNetworkSettings,
    OutboundRuleSettings,
)
from llama_azure_core.settings.names import key_vault_name, storage_account_name


def add_hub(context: Context, estate: Estate) -> pulumi.Input[str]:
    """Declare or find the hub, note it in the outputs, and return its Azure resource id."""
    settings = context.settings.hub
    if settings.name is not None:
        hub_id: pulumi.Input[str] = _own_hub(context, settings.name).hub_id
    elif settings.existing is not None:
        hub_id = settings.existing
    else:
        hub_id = _hub_of_stack(settings.stack or "", context.settings.region)
    estate.hub = {"id": hub_id, "region": context.settings.region}
    return hub_id


def _own_hub(context: Context, name: str) -> AiHub:
    settings = context.settings
    args: AiHubArgs = {
        "resource_group_name": settings.resource_group,
        "location": settings.location,
        "hub_name": name,
        "public_network_access": settings.hub.public_network_access,
        "diagnostics": settings.hub.diagnostics,
        "deletion_protection": settings.deletion_protection,
        "tags": context.tag_inputs(),
    }
    _stand_on(args, settings.hub, name, context.scope)
    if settings.hub.managed_network is not None:
        args["managed_network"] = _network(settings.hub.managed_network)
    if settings.hub.encryption is not None:
        args["encryption"] = _encryption(settings.hub.encryption)
    return AiHub(name, args, context.options)


def _stand_on(args: AiHubArgs, hub: HubSettings, name: str, scope: tuple[str, ...]) -> None:
    """Say of each resource that the hub stands on whether it is there or is to be made, and how it is called."""
    if hub.storage_account is not None:
        args["storage_account_id"] = hub.storage_account
    else:
        args["storage_account_name"] = storage_account_name(name, scope)
    if hub.key_vault is not None:
        args["key_vault_id"] = hub.key_vault
    else:
        args["key_vault_name"] = key_vault_name(name, scope)
    if hub.application_insights is not None:
        args["application_insights_id"] = hub.application_insights
    else:
        args["application_insights_name"] = derive_name(NameKind.APPLICATION_INSIGHTS, "appi", name)
    if hub.log_analytics_workspace is not None:
        args["log_analytics_workspace_id"] = hub.log_analytics_workspace
    elif hub.application_insights is None or hub.diagnostics:
        args["log_analytics_workspace_name"] = derive_name(NameKind.LOG_ANALYTICS_WORKSPACE, "log", name)
    if hub.container_registry is not None:
        args["container_registry_id"] = hub.container_registry


def _network(settings: ManagedNetworkSettings) -> HubManagedNetwork:
    rules = {name: _outbound_rule(rule) for name, rule in settings.outbound_rules.items()}
    return {"isolation_mode": settings.isolation_mode.value, "outbound_rules": rules}


def _outbound_rule(rule: OutboundRuleSettings) -> HubOutboundRule:
    if rule.fqdn is not None:
        return {"fqdn": rule.fqdn}
    return {"private_endpoint_id": rule.private_endpoint or "", "subresource": rule.subresource or ""}


def _encryption(settings: EncryptionSettings) -> HubEncryption:
    encryption: HubEncryption = {"key_vault_id": settings.key_vault, "key_identifier": settings.key_identifier}
    if settings.identity is not None:
        encryption["identity_id"] = settings.identity
    return encryption


def _hub_of_stack(stack: str, region: str) -> pulumi.Output[str]:
    name = full_stack_name(stack)

    def hub_id(hub: Any) -> str:
        if not isinstance(hub, dict) or "id" not in hub:
            raise pulumi.RunError(
                f"llama-azure:hub.stack: the stack {name} exports no hub; deploy it first, or check the name"
            )
        if normalise_region(hub["region"]) != region:
            raise pulumi.RunError(
                f"azure-native:location: {region} is not the region of the hub of stack {name}, {hub['region']}; "
                "a project lies in its hub's region"
            )
        return str(hub["id"])

    return pulumi.StackReference(name).get_output("hub").apply(hub_id)
