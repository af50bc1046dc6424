"""The plan of a private network: where private endpoints lie, and the DNS zones of their names."""

from collections.abc import Mapping
from typing import Any

from llama_azure_core.foundry import account_facts
from llama_azure_core.naming import NameKind
from llama_azure_core.plan.items import Network, Owner, Resource
from llama_azure_core.plan.scope import Scope
from llama_azure_core.private_link import dns_zones
from llama_azure_core.resource_ids import ResourceId, name_of
from llama_azure_core.resource_types import (
    AI_SERVICES_ACCOUNT,
    CONTAINER_REGISTRY,
    KEY_VAULT,
    PRIVATE_DNS_ZONE,
    STORAGE_ACCOUNT,
    VIRTUAL_NETWORK,
    WORKSPACE,
)
from llama_azure_core.settings.network import NetworkSettings
from llama_azure_core.settings.stack import Settings

_PATH = "llama-azure:network"
_SUBNET_NAME = "private-endpoints"


def plan_network(settings: Settings, network: NetworkSettings, scope: Scope) -> Network:
    """Return the plan of a stack's private network."""
    zones = _zones(settings, network, scope)
    made = network.subnet is None
    name = network.virtual_network_name or scope.name(_PATH, NameKind.VIRTUAL_NETWORK, "vnet", scope.group, within=None)
    virtual_network = ResourceId.of(scope.group_id, VIRTUAL_NETWORK, name)
    subnet_id = network.subnet or f"{virtual_network}/subnets/{_SUBNET_NAME}"
    place: dict[str, Any] = {"resource_group_name": scope.group, "location": scope.location, "tags": dict(scope.tags)}
    theirs = [one.id for one in zones.values() if one.owner is Owner.EXISTING]
    return Network(
        path=_PATH,
        logical_name="network",
        owner=Owner.STACK if made else Owner.EXISTING,
        subnet_id=subnet_id,
        zones=zones,
        arguments={
            **place,
            **(_own_network(network, name) if made else {"subnet_id": subnet_id}),
            "private_dns_zone_names": [zone for zone, one in zones.items() if one.owner is Owner.STACK],
            "linked_private_dns_zone_ids": theirs if network.link_existing_zones else [],
        },
    )


def hub_endpoints(network: Network, settings: NetworkSettings) -> dict[str, Any]:
    """Return a hub's arguments for its private endpoints."""
    return {
        "subnet_id": network.subnet_id,
        "private_dns_zone_ids": {name: zone.id for name, zone in network.zones.items()},
        "storage_subresources": [one.value for one in settings.storage_subresources],
    }


def _own_network(network: NetworkSettings, name: str) -> dict[str, Any]:
    return {
        "virtual_network_name": name,
        "address_space": network.address_space,
        "subnet_name": _SUBNET_NAME,
        "subnet_address_prefix": network.subnet_address_prefix or network.address_space,
    }


def _zones(settings: Settings, network: NetworkSettings, scope: Scope) -> Mapping[str, Resource]:
    """Return the zones of everything that gets a private endpoint, by name."""
    if network.dns_by_policy:
        return {}
    there = {name_of(one).casefold(): one for one in network.private_dns_zones}
    found = {}
    for kind, subresource in _reached(settings, network):
        for zone in dns_zones(kind, subresource):
            own = str(ResourceId.of(scope.group_id, PRIVATE_DNS_ZONE, zone))
            owner = Owner.EXISTING if zone in there else Owner.STACK
            found[zone] = Resource(f"{_PATH}.privateDnsZones", PRIVATE_DNS_ZONE, there.get(zone, own), owner)
    return found


def _reached(settings: Settings, network: NetworkSettings) -> list[tuple[str, str]]:
    """Return what gets a private endpoint, by type and sub-resource: what the stack makes; the rest has its own."""
    hub, reached = settings.hub, _of_gateway(settings)
    if settings.makes_foundry_account and (settings.foundry is None or settings.foundry.private_endpoint is None):
        reached.append((AI_SERVICES_ACCOUNT, account_facts().private_link_group))
    if hub is None or hub.name is None:
        return reached
    reached.append((WORKSPACE, "amlworkspace"))
    if hub.storage_account is None:
        reached += [(STORAGE_ACCOUNT, one.value) for one in network.storage_subresources]
    if hub.key_vault is None:
        reached.append((KEY_VAULT, "vault"))
    if hub.container_registry_name is not None:
        reached.append((CONTAINER_REGISTRY, "registry"))
    return reached


def _of_gateway(settings: Settings) -> list[tuple[str, str]]:
    if settings.gateway is None:
        return []
    from llama_azure_core.plan.gateway import gateway_zones  # loaded where there is one

    return gateway_zones(settings.gateway)
