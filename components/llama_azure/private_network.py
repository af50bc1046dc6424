"""A subnet for private endpoints, and the private DNS zones of their names."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._arguments import ArgumentError
from llama_azure._azure_native import network, privatedns
from llama_azure._options import child_options
from llama_azure_core.resource_ids import ResourceId, name_of

_NAME = "PrivateNetwork"
_GLOBAL = "global"
"""Where private DNS zones and their links lie."""


class PrivateNetworkArgs(TypedDict):
    """The inputs of a PrivateNetwork.

    The virtual network is either made, by its name, or used as it is, by the id of a subnet in it.
    """

    resource_group_name: pulumi.Input[str]
    """Required. The resource group that holds what is made."""
    location: pulumi.Input[str]
    """Required. The Azure region of the virtual network; private endpoints lie in it, too."""
    virtual_network_name: NotRequired[str]
    """Conditional. The name of the virtual network to make: 2 to 64 characters, unique in the resource group. Give this
    or `subnet_id`."""
    address_space: NotRequired[str]
    """Conditional. The addresses of the virtual network to make, such as `10.20.0.0/24`."""
    subnet_name: NotRequired[str]
    """Optional. The name of the subnet in it. Default: private-endpoints."""
    subnet_address_prefix: NotRequired[str]
    """Optional. The addresses of the subnet. Default: all of the virtual network's."""
    subnet_id: NotRequired[str]
    """Conditional. The resource id of a subnet that is there; it is not changed. Give this or
    `virtual_network_name`."""
    private_dns_zone_names: NotRequired[list[str]]
    """Optional. The private DNS zones to make and to link with the virtual network, such as
    `privatelink.vaultcore.azure.net`. Default: none."""
    linked_private_dns_zone_ids: NotRequired[list[str]]
    """Optional. The resource ids of private DNS zones that are there and get a link with the virtual network. They lie
    in the subscription of the azure-native provider. Default: none."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on everything that is made and takes some."""


class PrivateNetwork(pulumi.ComponentResource):
    """Where private endpoints lie: a subnet of a virtual network, made or adopted, with private DNS zones linked to it.

    Whoever stands in the virtual network, or in one that is peered with it, finds what has a private endpoint there
    under the name that it has for everybody.
    """

    virtual_network_id: pulumi.Output[str]
    """The virtual network's Azure resource id."""
    subnet_id: pulumi.Output[str]
    """The subnet's Azure resource id."""
    private_dns_zone_ids: pulumi.Output[dict[str, str]]
    """By name: the Azure resource ids of the zones that are made or linked."""

    def __init__(self, name: str, args: PrivateNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        adopted, virtual_network_name = args.get("subnet_id"), args.get("virtual_network_name")
        if (adopted is None) == (virtual_network_name is None):
            found = "neither" if adopted is None else "both"
            raise ArgumentError(
                _NAME,
                "virtual_network_name",
                f"give virtual_network_name, to have one made, or subnet_id, to use one that is there (found {found})",
            )
        virtual_network_id: pulumi.Output[str]
        if adopted is not None:
            virtual_network_id = pulumi.Output.from_input(str(ResourceId.parse(adopted).parent))
            subnet_id = pulumi.Output.from_input(adopted)
        else:
            virtual_network_id, subnet_id = self._virtual_network(name, str(virtual_network_name), args)
        zones = {zone: self._zone(name, zone, args) for zone in args.get("private_dns_zone_names", [])}
        for zone in zones:
            self._link(name, zone, args["resource_group_name"], virtual_network_id, args, zones[zone])
        linked = {name_of(one): one for one in args.get("linked_private_dns_zone_ids", [])}
        for zone, zone_id in linked.items():
            group = ResourceId.parse(zone_id).resource_group or ""
            self._link(name, zone, group, virtual_network_id, args)

        self.virtual_network_id = virtual_network_id
        self.subnet_id = subnet_id
        self.private_dns_zone_ids = pulumi.Output.all(**zones, **linked)
        self.register_outputs(
            {
                "virtual_network_id": self.virtual_network_id,
                "subnet_id": self.subnet_id,
                "private_dns_zone_ids": self.private_dns_zone_ids,
            }
        )

    def _virtual_network(
        self, name: str, virtual_network_name: str, args: PrivateNetworkArgs
    ) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        addresses = args.get("address_space")
        if addresses is None:
            raise ArgumentError(_NAME, "address_space", "give address_space, the addresses of the virtual network")
        made = network.VirtualNetwork(
            f"{name}-network",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            virtual_network_name=virtual_network_name,
            address_space=network.AddressSpaceArgs(address_prefixes=[addresses]),
            tags=args.get("tags"),
            # Subnets are resources of their own, and other people's may come to ours.
            opts=child_options(self, ignore_changes=["subnets", "virtualNetworkPeerings"]),
        )
        subnet = network.Subnet(
            f"{name}-subnet",
            resource_group_name=args["resource_group_name"],
            virtual_network_name=made.name,
            subnet_name=args.get("subnet_name", "private-endpoints"),
            address_prefix=args.get("subnet_address_prefix", addresses),
            # Private endpoints call nobody, and Azure's way out for machines without one of their own is going away.
            default_outbound_access=False,
            opts=child_options(self),
        )
        return made.id, subnet.id

    def _zone(self, name: str, zone: str, args: PrivateNetworkArgs) -> pulumi.Output[str]:
        """Declare a zone and return its id."""
        return privatedns.PrivateZone(
            f"{name}-zone-{zone}",
            resource_group_name=args["resource_group_name"],
            location=_GLOBAL,
            private_zone_name=zone,
            tags=args.get("tags"),
            opts=child_options(self),
        ).id

    def _link(
        self,
        name: str,
        zone: str,
        resource_group_name: pulumi.Input[str],
        virtual_network_id: pulumi.Output[str],
        args: PrivateNetworkArgs,
        zone_id: pulumi.Output[str] | None = None,
    ) -> None:
        # Of a zone that is made here the link takes the name from its id, and so comes after it and goes before it.
        zone_name: pulumi.Input[str] = zone if zone_id is None else zone_id.apply(lambda _: zone)
        privatedns.VirtualNetworkLink(
            f"{name}-link-{zone}",
            resource_group_name=resource_group_name,
            private_zone_name=zone_name,
            virtual_network_link_name=virtual_network_id.apply(name_of),
            location=_GLOBAL,
            registration_enabled=False,
            virtual_network=privatedns.SubResourceArgs(id=virtual_network_id),
            tags=args.get("tags"),
            opts=child_options(self),
        )
