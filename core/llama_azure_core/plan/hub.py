"""The plan of a hub: the stack's own, an existing one, or another stack's."""

from typing import Any

from llama_azure_core.naming import NameKind
from llama_azure_core.plan._arguments import arguments
from llama_azure_core.plan.items import Hub, Network, Owner, Resource
from llama_azure_core.plan.network import hub_endpoints
from llama_azure_core.plan.scope import Scope
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import (
    APPLICATION_INSIGHTS,
    CONTAINER_REGISTRY,
    KEY_VAULT,
    LOG_ANALYTICS_WORKSPACE,
    STORAGE_ACCOUNT,
)
from llama_azure_core.settings.hub import HubSettings
from llama_azure_core.settings.stack import Settings

_TYPES = {
    "storage_account": STORAGE_ACCOUNT,
    "key_vault": KEY_VAULT,
    "application_insights": APPLICATION_INSIGHTS,
    "log_analytics_workspace": LOG_ANALYTICS_WORKSPACE,
    "container_registry": CONTAINER_REGISTRY,
}


def plan_hub(settings: Settings, scope: Scope, other: Hub | None, network: Network | None) -> Hub:
    """Return the plan of a stack's hub.

    Args:
        settings: the stack's.
        scope: the stack's.
        other: the plan of the hub of the stack which owns it, where it is known.
        network: where its private endpoints lie.
    """
    hub = settings.hub
    if hub is None:
        return Hub(Owner.NOBODY, None)
    if hub.existing is not None:
        return Hub(Owner.EXISTING, hub.existing)
    if hub.name is None:
        problem = "its file was not read" if other is None else other.problem
        if other is not None and other.owner is Owner.OTHER_STACK:
            problem = "that stack takes its hub from yet another one"
        return Hub(Owner.OTHER_STACK, None if other is None else other.id, hub.stack, problem)
    wanted = {**settings.defaults.hub, **arguments(hub, "name", "existing", "stack")}
    keeps_logs = any(wanted.get(key) for key in ("diagnostics", "resource_diagnostics"))
    made = _names(hub, hub.name, scope, keeps_logs=keeps_logs)
    return Hub(
        Owner.STACK,
        scope.workspace_id(hub.name),
        stands_on=_stands_on(hub, made, scope),
        arguments={
            "resource_group_name": scope.group,
            "location": settings.location,
            "hub_name": hub.name,
            "deletion_protection": settings.deletion_protection,
            "tags": dict(scope.tags),
            **wanted,
            **{f"{key}_name": name for key, name in made.items()},
            **(
                {}
                if network is None or settings.network is None
                else {"private_endpoints": hub_endpoints(network, settings.network)}
            ),
        },
    )


def _names(hub: HubSettings, name: str, scope: Scope, *, keeps_logs: bool) -> dict[str, str]:
    """Return the names of what the stack makes for the hub to stand on."""
    path = "llama-azure:hub"
    made = {}
    if hub.storage_account is None:
        made["storage_account"] = scope.name(path, NameKind.STORAGE_ACCOUNT, "st", name)
    if hub.key_vault is None:
        made["key_vault"] = hub.key_vault_name or scope.name(path, NameKind.KEY_VAULT, "kv", name)
    if hub.application_insights is None:
        made["application_insights"] = scope.name(path, NameKind.APPLICATION_INSIGHTS, "appi", name, within=None)
    if hub.log_analytics_workspace is None and (hub.application_insights is None or keeps_logs):
        made["log_analytics_workspace"] = scope.name(path, NameKind.LOG_ANALYTICS_WORKSPACE, "log", name, within=None)
    if hub.container_registry_name is not None:
        made["container_registry"] = hub.container_registry_name
    return made


def _stands_on(hub: HubSettings, made: dict[str, str], scope: Scope) -> tuple[Resource, ...]:
    found = []
    for key, resource_type in _TYPES.items():
        existing: Any = getattr(hub, key)
        path = f"llama-azure:hub.{type(hub).model_fields[key].alias}"
        if existing is not None:
            found.append(Resource(path, resource_type, existing, Owner.EXISTING))
        elif key in made:
            resource_id = str(ResourceId.of(scope.group_id, resource_type, made[key]))
            found.append(Resource(path, resource_type, resource_id, Owner.STACK))
    return tuple(found)
