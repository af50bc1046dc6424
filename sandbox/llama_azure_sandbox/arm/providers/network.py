"""Microsoft.Network."""

import uuid
from dataclasses import replace

from llama_azure_core.resource_types import SUBNET
from llama_azure_sandbox.arm.resource_type import PutRequest, ResourceType, unique_id, with_state
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World


class VirtualNetwork(ResourceType):
    """A virtual network; its subnets are resources of their own, also those that come with it."""

    needs_location = True
    shows_system_data = False

    def completed(self, request: PutRequest, body: Json) -> Json:
        """Leave the subnets to their own resources."""
        properties = {name: value for name, value in request.properties.items() if name != "subnets"}
        return {**body, "properties": properties}

    def written(self, request: PutRequest, resource: StoredResource) -> None:
        """Make, change and remove subnets as the network lists them; a network that lists none keeps those it has."""
        listed = request.properties.get("subnets")
        if not isinstance(listed, list):
            return
        wanted = {str(one.get("name")): one for one in listed if isinstance(one, dict)}
        store = request.world.store
        for name, subnet in wanted.items():
            path = f"{resource.id}/subnets/{name}"
            existing = store.resource(path.lower())
            new = StoredResource(path.lower(), path, SUBNET, resource.key, str(uuid.uuid4()), {}, {})
            properties = {"properties": {**(subnet.get("properties") or {}), "provisioningState": "Succeeded"}}
            store.save(replace(existing or new, body=properties))
        for old in _subnets(request.world, resource):
            if old.name not in wanted:
                store.remove(old.key)

    def present(self, resource: StoredResource, world: World) -> Json:
        shown = super().present(resource, world)
        subnets = [_shown(subnet) for subnet in _subnets(world, resource)]
        guid = unique_id(resource, "network")
        return {**shown, "properties": {**shown["properties"], "subnets": subnets, "resourceGuid": guid}}


class Subnet(ResourceType):
    """A part of a virtual network."""

    shows_system_data = False


def _subnets(world: World, network: StoredResource) -> list[StoredResource]:
    return [one for one in world.store.children(network.key) if one.type.lower() == SUBNET.lower()]


def _shown(subnet: StoredResource) -> Json:
    return {
        "id": subnet.id,
        "name": subnet.name,
        "type": SUBNET,
        **with_state(subnet, "Succeeded").body,
    }
