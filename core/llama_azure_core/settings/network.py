"""The virtual network from which callers reach what is closed to public networks."""

import ipaddress
from typing import Self

from pydantic import Field, model_validator

from llama_azure_core.azure_enums import StorageSubresource
from llama_azure_core.frozen import Frozen
from llama_azure_core.resource_ids import ResourceId as ParsedId
from llama_azure_core.resource_types import PRIVATE_DNS_ZONE, SUBNET
from llama_azure_core.settings._section import AddressRange, ResourceId, VirtualNetworkName


class NetworkSettings(Frozen):
    """A subnet with private endpoints, made by this stack or there already, and the DNS zones of their names.

    Give `addressSpace`, and the stack makes a virtual network; or `subnet`, one that is there.
    """

    subnet: ResourceId | None = None
    """Conditional. The resource id of a subnet that is there, in the stack's region; the stack puts private endpoints
    into it and changes nothing else."""
    virtual_network_name: VirtualNetworkName | None = None
    """Optional. The name of the virtual network that the stack makes. Default: derived."""
    address_space: AddressRange | None = None
    """Conditional. The addresses of the virtual network that the stack makes, such as `10.20.0.0/24`."""
    subnet_address_prefix: AddressRange | None = None
    """Optional. The addresses of its subnet for private endpoints. Default: all of them."""
    private_dns_zones: tuple[ResourceId, ...] = ()
    """Optional. The resource ids of private DNS zones that are there, in the stack's subscription. A zone of a name
    that is not among them is made. Default: none."""
    link_existing_zones: bool = False
    """Optional. Whether the stack links those of `privateDnsZones` with the virtual network. Default: false; whoever
    owns a zone links it."""
    dns_by_policy: bool = False
    """Optional. Whether an Azure Policy of the landing zone gives private endpoints their DNS records; the stack then
    makes neither zones nor records. Default: false."""
    storage_subresources: tuple[StorageSubresource, ...] = Field(
        default=(StorageSubresource.BLOB, StorageSubresource.FILE), min_length=1
    )
    """Optional. What of the storage account is reached: blob, file, queue, table, dfs. Default: blob and file, which is
    what a hub's datastores are; parallel jobs take queue and table too."""

    @model_validator(mode="after")
    def _made_or_there(self) -> Self:
        if (self.subnet is None) == (self.address_space is None):
            raise ValueError("give either addressSpace, to have a virtual network made, or subnet, one that is there")
        if self.subnet is not None:
            self._check_existing(self.subnet)
        elif self.address_space is not None and self.subnet_address_prefix is not None:
            whole, part = ipaddress.ip_network(self.address_space), ipaddress.ip_network(self.subnet_address_prefix)
            if whole.version != part.version or not part.subnet_of(whole):  # type: ignore[arg-type]
                raise ValueError(f"subnetAddressPrefix {part} does not lie in addressSpace {whole}")
        return self

    def _check_existing(self, subnet: str) -> None:
        if ParsedId.parse(subnet).type.casefold() != SUBNET.casefold():
            raise ValueError(
                f"subnet {subnet} is not the id of a subnet: it ends in /virtualNetworks/<name>/subnets/<name>"
            )
        given = sorted(self.model_fields_set & {"virtual_network_name", "subnet_address_prefix"})
        if given:
            keys = " and ".join(str(type(self).model_fields[key].alias) for key in given)
            raise ValueError(f"{keys} cannot be set on a subnet that is there; remove it, or remove subnet")

    @model_validator(mode="after")
    def _one_way_of_dns(self) -> Self:
        if self.dns_by_policy and (self.private_dns_zones or self.link_existing_zones):
            raise ValueError("dnsByPolicy leaves DNS to the landing zone: remove privateDnsZones and linkExistingZones")
        if self.link_existing_zones and not self.private_dns_zones:
            raise ValueError("linkExistingZones links privateDnsZones, of which there are none; remove it")
        for zone in self.private_dns_zones:
            if ParsedId.parse(zone).type.casefold() != PRIVATE_DNS_ZONE.casefold():
                raise ValueError(f"privateDnsZones: {zone} is not the id of a private DNS zone")
        return self
