"""Who is reached by a private endpoint: the way in for callers of what is closed to public networks."""

from llama_azure_core.private_link import dns_zones
from llama_azure_core.resource_ids import ResourceId, name_of
from llama_azure_core.resource_types import PRIVATE_DNS_ZONE_GROUP, PRIVATE_ENDPOINT, VIRTUAL_NETWORK_LINK
from llama_azure_sandbox.arm.marks import Mark
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World

APPROVED = {"status": "Approved", "description": "Auto-Approved", "actionsRequired": "None"}
"""The state of a connection that whoever makes the private endpoint may approve."""


def connections(endpoint: StoredResource) -> list[Json]:
    """Return a private endpoint's connections, those included that somebody else has to approve."""
    properties = endpoint.body["properties"]
    kinds = ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")
    return [one for kind in kinds for one in properties.get(kind) or () if isinstance(one, dict)]


def target(connection: Json) -> str:
    """Return the id of what a connection leads to, in lower case."""
    return str((connection.get("properties") or {}).get("privateLinkServiceId") or "").lower()


def shown_connections(resource: StoredResource, world: World) -> Json:
    """Return the property in which a resource shows who leads to it; nothing where nobody does."""
    found = [
        {
            "id": f"{resource.id}/privateEndpointConnections/{endpoint.name}",
            "name": endpoint.name,
            "properties": {
                "privateEndpoint": {"id": endpoint.id},
                "privateLinkServiceConnectionState": _state(connection),
                "provisioningState": "Succeeded",
            },
        }
        for endpoint in world.store.marked(Mark.LEADS_TO, resource.key, PRIVATE_ENDPOINT)
        for connection in connections(endpoint)
        if target(connection) == resource.key
    ]
    return {"privateEndpointConnections": found} if found else {}


def reached(world: World) -> frozenset[str]:
    """Return the ids, in lower case, of what callers inside a virtual network find: an approved connection leads to it,
    and its names are resolved there."""
    return frozenset(
        target(connection)
        for endpoint in world.store.of_type(PRIVATE_ENDPOINT)
        for connection in connections(endpoint)
        if _state(connection).get("status") == APPROVED["status"]
        if world.settings.private_dns_by_policy or _is_resolved(world, endpoint, connection)
    )


def _state(connection: Json) -> Json:
    state: Json = (connection.get("properties") or {}).get("privateLinkServiceConnectionState") or {}
    return state


def _is_resolved(world: World, endpoint: StoredResource, connection: Json) -> bool:
    """Whether the names of what is reached are written into zones that the endpoint's network is linked with."""
    subnet = str((endpoint.body["properties"].get("subnet") or {}).get("id") or "").lower()
    network = subnet.partition("/subnets/")[0]
    written = {name_of(zone).lower(): zone.lower() for zone in _zones(world, endpoint)}
    wanted = [
        zone
        for subresource in connection["properties"].get("groupIds") or ()
        for zone in _dns_zones(target(connection), str(subresource))
    ]
    return all(zone in written and _is_linked(world, written[zone], network) for zone in wanted)


def _zones(world: World, endpoint: StoredResource) -> list[str]:
    groups = [one for one in world.store.children(endpoint.key) if one.type.lower() == PRIVATE_DNS_ZONE_GROUP.lower()]
    return [
        str((config.get("properties") or {}).get("privateDnsZoneId") or "")
        for group in groups
        for config in group.body["properties"].get("privateDnsZoneConfigs") or ()
    ]


def _is_linked(world: World, zone_id: str, network: str) -> bool:
    if not zone_id.startswith(f"/subscriptions/{SUBSCRIPTION_ID}/".lower()):
        return True  # somebody else's, who is believed
    links = [one for one in world.store.children(zone_id) if one.type.lower() == VIRTUAL_NETWORK_LINK.lower()]
    return any(
        str((one.body["properties"].get("virtualNetwork") or {}).get("id") or "").lower() == network for one in links
    )


def _dns_zones(resource_id: str, subresource: str) -> tuple[str, ...]:
    try:
        return dns_zones(ResourceId.parse(resource_id).type, subresource)
    except (KeyError, ValueError):
        return ()
