"""A private endpoint: an address in a subnet under which a resource of Azure is reached."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi

from llama_azure._azure_native import network
from llama_azure._options import child_options


class PrivateEndpointArgs(TypedDict):
    """The inputs of a PrivateEndpoint."""

    resource_group_name: pulumi.Input[str]
    """Required. The resource group that holds the private endpoint."""
    location: pulumi.Input[str]
    """Required. The Azure region; it is the virtual network's."""
    private_endpoint_name: pulumi.Input[str]
    """Required. The private endpoint's name: 2 to 64 characters, unique in the resource group."""
    resource_id: pulumi.Input[str]
    """Required. The Azure resource id of what is reached."""
    subresource: pulumi.Input[str]
    """Required. What of it is reached, such as amlworkspace of a hub, blob of a storage account, vault of a key vault,
    registry of a container registry or account of a Foundry account."""
    subnet_id: pulumi.Input[str]
    """Required. The Azure resource id of the subnet that the address is of."""
    private_dns_zone_ids: NotRequired[dict[str, pulumi.Input[str]]]
    """Optional. By name: the Azure resource ids of the private DNS zones that the address is written into. Default:
    none; somebody else, such as an Azure Policy of the landing zone, then has to."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on the private endpoint."""


class PrivateEndpoint(pulumi.ComponentResource):
    """An address in a subnet for a resource of Azure, and the records of its names.

    Azure approves the connection at once where whoever makes it may approve it on the resource.
    """

    private_endpoint_id: pulumi.Output[str]
    """The private endpoint's Azure resource id."""

    def __init__(self, name: str, args: PrivateEndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llama-azure:index:PrivateEndpoint", name, {}, opts)
        endpoint = declare_private_endpoint(self, f"{name}-endpoint", f"{name}-zones", args)
        self.private_endpoint_id = endpoint.id
        self.register_outputs({"private_endpoint_id": self.private_endpoint_id})


def declare_private_endpoint(
    parent: pulumi.Resource,
    name: str,
    zones_name: str,
    args: PrivateEndpointArgs,
    *,
    depends_on: Sequence[pulumi.Resource] = (),
) -> "network.PrivateEndpoint":
    """Declare a private endpoint below a component, and under ``zones_name`` what writes its address into zones."""
    endpoint = network.PrivateEndpoint(
        name,
        resource_group_name=args["resource_group_name"],
        location=args["location"],
        private_endpoint_name=args["private_endpoint_name"],
        subnet=network.SubnetArgs(id=args["subnet_id"]),
        private_link_service_connections=[
            network.PrivateLinkServiceConnectionArgs(
                name=args["private_endpoint_name"],
                private_link_service_id=args["resource_id"],
                group_ids=[args["subresource"]],
            )
        ],
        tags=args.get("tags"),
        opts=child_options(
            parent,
            depends_on=list(depends_on),
            # Azure writes the addresses, and whoever approves the connection its state.
            ignore_changes=[
                "customDnsConfigs",
                "privateLinkServiceConnections[0].privateLinkServiceConnectionState",
            ],
        ),
    )
    zones = args.get("private_dns_zone_ids", {})
    if zones:
        network.PrivateDnsZoneGroup(
            zones_name,
            resource_group_name=args["resource_group_name"],
            private_endpoint_name=endpoint.name,
            private_dns_zone_group_name="default",
            private_dns_zone_configs=[
                network.PrivateDnsZoneConfigArgs(name=zone.replace(".", "-"), private_dns_zone_id=zone_id)
                for zone, zone_id in zones.items()
            ],
            opts=child_options(parent),
        )
    return endpoint
