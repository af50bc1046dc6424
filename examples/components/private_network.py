"""A virtual network for private endpoints, with room for a gateway, and the DNS zones of what is reached there."""

from place import GROUP, LOCATION, TAGS, in_group

from llama_azure import PrivateNetwork

ZONES = [
    "privatelink.vaultcore.azure.net",
    "privatelink.postgres.database.azure.com",
    "privatelink.redis.azure.net",
]
NETWORK = "vnet-llama-examples"

network = PrivateNetwork(
    "network",
    {
        "resource_group_name": GROUP,
        "location": LOCATION,
        "virtual_network_name": NETWORK,
        "address_space": "10.20.0.0/24",
        "subnet_address_prefix": "10.20.0.0/26",
        "private_dns_zone_names": ZONES,
        "tags": TAGS,
    },
    in_group,
)
