"""The plan of what stands in front of a stack's endpoints: a gateway of its own, or an API Management service."""

from typing import Any

from llama_azure_core.catalogue import BackEnd
from llama_azure_core.gateway import gateway_facts
from llama_azure_core.naming import NameKind
from llama_azure_core.plan._arguments import arguments
from llama_azure_core.plan.items import ApiManagement, Endpoint, FoundryAccount, Gateway, Hub, Network, Owner, Resource
from llama_azure_core.plan.scope import Scope
from llama_azure_core.private_link import dns_zones
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import (
    CONTAINER_APP,
    KEY_VAULT,
    LOG_ANALYTICS_WORKSPACE,
    MANAGED_REDIS,
    POSTGRES_SERVER,
)
from llama_azure_core.settings.gateway import ApiManagementSettings, GatewaySettings
from llama_azure_core.settings.stack import Settings

GATEWAY_PATH, API_MANAGEMENT_PATH = "llama-azure:gateway", "llama-azure:apiManagement"
_SUBNET = "gateway"
_STORES = {
    "database": (POSTGRES_SERVER, NameKind.POSTGRES_SERVER, "psql", "postgres"),
    "redis": (MANAGED_REDIS, NameKind.MANAGED_REDIS, "redis", "redis"),
}


def plan_gateway(
    settings: Settings,
    wanted: GatewaySettings,
    scope: Scope,
    network: Network,
    hub: Hub,
    foundry: FoundryAccount | None,
) -> Gateway:
    """Return the plan of a gateway."""
    # Of the group's name so much that the whole has 26 characters: the job is called as the gateway, and a word longer.
    derived = scope.name(f"{GATEWAY_PATH}.name", NameKind.CONTAINER_APP, "gw", scope.group[:16])
    name = wanted.name or derived
    stores = {key: _store(key, settings, wanted, scope) for key in _STORES}
    vault = _vault(wanted, scope)
    reached = [(vault, "vault")] + [(stores[key], _group(key)) for key in _STORES]
    zones = {
        zone: network.zones[zone].id
        for one, group in reached
        if one.owner is Owner.STACK
        for zone in dns_zones(one.type, group)
        if zone in network.zones
    }
    accounts = () if foundry is None else (foundry.id,)
    return Gateway(
        path=GATEWAY_PATH,
        logical_name="gateway",
        id=str(ResourceId.of(scope.group_id, CONTAINER_APP, name)),
        access=wanted.access,
        stands_on=(vault, *stores.values()),
        teams=tuple(wanted.teams),
        depends_on=(scope.group_id, network.subnet_id, *accounts),
        arguments={
            "resource_group_name": scope.group,
            "location": scope.location,
            "gateway_name": name,
            "access": wanted.access.value,
            **({} if wanted.sign_in is None else {"sign_in": arguments(wanted.sign_in)}),
            **({} if wanted.image is None else {"image": wanted.image}),
            "network": {
                **_subnet(wanted, network),
                "endpoints_subnet_id": network.subnet_id,
                "private_dns_zone_ids": zones,
                "environment_dns": not (settings.network is not None and settings.network.dns_by_policy),
            },
            "database": _database(settings, wanted, stores["database"]),
            "redis": _redis(wanted, stores["redis"]),
            **({"key_vault_id": vault.id} if vault.owner is Owner.EXISTING else {"key_vault_name": vault.name}),
            "replicas": {**arguments(wanted.replicas), "memory": f"{wanted.replicas.cpu * 2:g}Gi"},
            "zone_redundant": wanted.zone_redundant,
            "account_ids": list(accounts),
            "teams": {team: arguments(one) for team, one in wanted.teams.items()},
            "deletion_protection": settings.deletion_protection,
            "tags": dict(scope.tags),
            **_logs(wanted, hub),
        },
    )


def gateway_zones(wanted: GatewaySettings) -> list[tuple[str, str]]:
    """Return what of a gateway gets a private endpoint, by type and sub-resource: what the stack makes for it."""
    made = [] if wanted.key_vault is not None else [(KEY_VAULT, "vault")]
    for key, (kind, *_) in _STORES.items():
        if getattr(wanted, key).existing is None:
            made.append((kind, _group(key)))
    return made


def _group(key: str) -> str:
    return str(gateway_facts(_STORES[key][3])["privateLinkGroup"])


def _store(key: str, settings: Settings, wanted: GatewaySettings, scope: Scope) -> Resource:
    kind, name_kind, word, _ = _STORES[key]
    section: Any = getattr(wanted, key)
    path = f"{GATEWAY_PATH}.{key}"
    if section.existing is not None:
        return Resource(f"{path}.existing", kind, section.existing, Owner.EXISTING)
    name = section.name or scope.name(path, name_kind, word, settings.resource_group)
    return Resource(path, kind, str(ResourceId.of(scope.group_id, kind, name)), Owner.STACK)


def _vault(wanted: GatewaySettings, scope: Scope) -> Resource:
    path = f"{GATEWAY_PATH}.keyVault"
    if wanted.key_vault is not None:
        return Resource(path, KEY_VAULT, wanted.key_vault, Owner.EXISTING)
    name = scope.name(path, NameKind.KEY_VAULT, "kv", "gateway", within=("gateway",))
    return Resource(path, KEY_VAULT, str(ResourceId.of(scope.group_id, KEY_VAULT, name)), Owner.STACK)


def _subnet(wanted: GatewaySettings, network: Network) -> dict[str, Any]:
    if wanted.subnet is not None:
        return {"subnet_id": wanted.subnet}
    return {
        "virtual_network_id": network.virtual_network_id,
        "subnet_name": _SUBNET,
        "subnet_address_prefix": wanted.subnet_address_prefix,
    }


def _database(settings: Settings, wanted: GatewaySettings, store: Resource) -> dict[str, Any]:
    section = wanted.database
    if store.owner is Owner.EXISTING:
        return {"server_id": store.id, **arguments(section, "name", "existing", "storage_gb", "backup_retention_days")}
    return {
        "server_name": store.name,
        **settings.defaults.gateway_database,
        **arguments(section, "name", "existing"),
    }


def _redis(wanted: GatewaySettings, store: Resource) -> dict[str, Any]:
    if store.owner is Owner.EXISTING:
        return {"cluster_id": store.id}
    return {"cluster_name": store.name, **arguments(wanted.redis, "name", "existing")}


def _logs(wanted: GatewaySettings, hub: Hub) -> dict[str, str]:
    """Return where logs go: where the settings say, or to the workspace of the stack's own hub."""
    if wanted.log_analytics_workspace is not None:
        return {"log_analytics_workspace_id": wanted.log_analytics_workspace}
    if not hub.arguments.get("diagnostics"):
        return {}
    workspace = next((one.id for one in hub.stands_on if one.type == LOG_ANALYTICS_WORKSPACE), None)
    return {} if workspace is None else {"log_analytics_workspace_id": workspace}


def plan_api_management(
    wanted: ApiManagementSettings, foundry: FoundryAccount | None, endpoints: tuple[Endpoint, ...]
) -> ApiManagement:
    """Return the plan of an API in front of the stack's Foundry deployments, pooled by model."""
    pools: dict[str, list[Endpoint]] = {}
    for one in endpoints:
        if one.back_end is BackEnd.FOUNDRY and one.model is not None:
            pools.setdefault(one.model.name, []).append(one)
    return ApiManagement(
        path=API_MANAGEMENT_PATH,
        logical_name="api-management",
        service_id=wanted.service,
        models={model: tuple(members) for model, members in pools.items()},
        depends_on=() if foundry is None else (foundry.id, *(one.id for members in pools.values() for one in members)),
        arguments={
            "service_id": wanted.service,
            "account_ids": [] if foundry is None else [foundry.id],
            **arguments(wanted, "service"),
        },
    )
