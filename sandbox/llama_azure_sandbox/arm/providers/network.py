"""Microsoft.Network."""

import uuid
from dataclasses import replace

from llama_azure_core.private_link import subresources
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, PRIVATE_ENDPOINT, SUBNET, VIRTUAL_NETWORK_LINK
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.marks import Mark
from llama_azure_sandbox.arm.private_link import APPROVED, target
from llama_azure_sandbox.arm.providers.cognitive_services.children import require_ready
from llama_azure_sandbox.arm.resource_type import DeleteRequest, PutRequest, ResourceType, unique_id, with_state
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

    def check_delete(self, request: DeleteRequest) -> None:
        for subnet in _subnets(request.world, request.resource):
            _require_unused(request.world, subnet)


class Subnet(ResourceType):
    """A part of a virtual network."""

    shows_system_data = False

    def check_delete(self, request: DeleteRequest) -> None:
        _require_unused(request.world, request.resource)


class PrivateEndpoint(ResourceType):
    """An address in a subnet for another resource. Its connections are approved at once, as for their owner."""

    needs_location = True
    shows_system_data = False

    def check(self, request: PutRequest) -> None:
        super().check(request)
        subnet_id = str((request.properties.get("subnet") or {}).get("id") or "")
        subnet = request.world.store.resource(subnet_id.lower())
        if subnet is None or subnet.type.lower() != SUBNET.lower():
            raise _invalid_reference(request, subnet_id)
        network = request.world.store.resource(str(subnet.parent))
        region = normalise_region(str(request.body["location"]))
        if network is not None and normalise_region(str(network.body["location"])) != region:
            raise ArmError(
                400,
                "InvalidResourceLocation",
                f"The private endpoint {request.id.name} lies in {region}, its subnet {subnet_id} in another region.",
            )
        listed = [
            one
            for kind in _CONNECTIONS
            for one in request.properties.get(kind) or ()
            if isinstance(one, dict) and isinstance(one.get("properties"), dict)
        ]
        if len(listed) != 1:
            raise ArmError(400, "InvalidRequestFormat", f"{request.id.name} has {len(listed)} connections: give one.")
        _require_target(request, listed[0])

    def completed(self, request: PutRequest, body: Json) -> Json:
        """Approve the connections that ask for no approval by hand."""
        approved = [
            {**one, "properties": {"privateLinkServiceConnectionState": APPROVED, **one["properties"]}}
            for one in request.properties.get(_CONNECTIONS[0]) or ()
        ]
        waiting = [
            {**one, "properties": {"privateLinkServiceConnectionState": _PENDING, **one["properties"]}}
            for one in request.properties.get(_CONNECTIONS[1]) or ()
        ]
        properties = {**request.properties, _CONNECTIONS[0]: approved, _CONNECTIONS[1]: waiting}
        return {**body, "properties": {**properties, "customDnsConfigs": []}}


class PrivateDnsZone(ResourceType):
    """A private DNS zone; nothing asks it for names."""

    shows_system_data = False

    def check_delete(self, request: DeleteRequest) -> None:
        links = [
            one
            for one in request.world.store.children(request.resource.key)
            if one.type.lower() == VIRTUAL_NETWORK_LINK.lower()
        ]
        if links:
            raise ArmError(
                409,
                "CannotDeleteResource",
                f"Can not delete resource before nested resources are deleted: {', '.join(one.id for one in links)}.",
            )


_CONNECTIONS = ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")
_PENDING = {"status": "Pending", "description": "Awaiting approval", "actionsRequired": "None"}


def _require_target(request: PutRequest, connection: Json) -> None:
    """Refuse a connection to nothing, or to what its type does not have."""
    wanted = target(connection)
    resource = request.world.store.resource(wanted)
    if resource is None:
        raise _invalid_reference(request, str(connection["properties"].get("privateLinkServiceId")))
    if resource.type == AI_SERVICES_ACCOUNT:
        require_ready(resource, request.world)
    groups = [str(one) for one in connection["properties"].get("groupIds") or ()]
    known = subresources(ResourceId.parse(wanted).type)
    unknown = [one for one in groups if known and one not in known]
    if unknown or not groups:
        raise ArmError(  # the words are this sandbox's
            400,
            "InvalidGroupIds",
            f"The group ids {', '.join(groups) or '(none)'} are not those of {resource.id}: it has {', '.join(known)}.",
        )


def _invalid_reference(request: PutRequest, wanted: str) -> ArmError:
    return ArmError(
        400,
        "InvalidResourceReference",
        f"Resource {wanted} referenced by resource {request.id} was not found. Please make sure that the referenced "
        "resource exists, and that both resources are in the same region.",
    )


def _require_unused(world: World, subnet: StoredResource) -> None:
    users = [
        one.id
        for one in world.store.marked(Mark.LEADS_TO, subnet.key, PRIVATE_ENDPOINT)
        if str((one.body["properties"].get("subnet") or {}).get("id") or "").lower() == subnet.key
    ]
    if users:
        raise ArmError(
            400,
            "InUseSubnetCannotBeDeleted",
            f"Subnet {subnet.name} is in use by {', '.join(users)} and cannot be deleted. In order to delete the "
            "subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.",
        )


def _subnets(world: World, network: StoredResource) -> list[StoredResource]:
    return world.store.children(network.key, SUBNET)


def _shown(subnet: StoredResource) -> Json:
    return {
        "id": subnet.id,
        "name": subnet.name,
        "type": SUBNET,
        **with_state(subnet, "Succeeded").body,
    }
