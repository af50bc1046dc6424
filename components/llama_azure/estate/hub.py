"""The hub of an estate: the stack's own, one that is there, or another stack's."""

from typing import Any

import pulumi

from llama_azure.ai_hub import AiHub
from llama_azure.estate.context import Context
from llama_azure.estate.outputs import Estate
from llama_azure_core.naming import NameKind, derive_name
from llama_azure_core.regions import normalise_region


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
    scope = context.scope
    return AiHub(
        name,
        {
            "resource_group_name": context.settings.resource_group,
            "location": context.settings.location,
            "hub_name": name,
            "storage_account_name": derive_name(NameKind.STORAGE_ACCOUNT, "st", name, scope=scope),
            "key_vault_name": derive_name(NameKind.KEY_VAULT, "kv", name, scope=scope),
            "log_analytics_workspace_name": derive_name(NameKind.LOG_ANALYTICS_WORKSPACE, "log", name),
            "application_insights_name": derive_name(NameKind.APPLICATION_INSIGHTS, "appi", name),
            "tags": context.tag_inputs(),
        },
        pulumi.ResourceOptions(depends_on=[context.group]),
    )


def _hub_of_stack(stack: str, region: str) -> pulumi.Output[str]:
    name = stack if "/" in stack else f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}"

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
