"""A virtual network for private endpoints, and the DNS zone of key vaults."""

from place import GROUP, LOCATION, TAGS, in_group

from llama_azure import PrivateNetwork

network = PrivateNetwork(
    "network",
    {
        "resource_group_name": GROUP,
        "location": LOCATION,
        "virtual_network_name": "vnet-llama-examples",
        "address_space": "10.20.0.0/24",
        "private_dns_zone_names": ["privatelink.vaultcore.azure.net"],
        "tags": TAGS,
    },
    in_group,
)
