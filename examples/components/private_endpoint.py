"""An address in the virtual network for the hub's key vault. A hub makes it by itself with `private_endpoints`."""

from ai_hub import hub
from place import GROUP, LOCATION, TAGS
from private_network import network

from llama_azure import PrivateEndpoint

ZONE = "privatelink.vaultcore.azure.net"

PrivateEndpoint(
    "vault",
    {
        "resource_group_name": GROUP,
        "location": LOCATION,
        "private_endpoint_name": "pe-llama-examples-vault",
        "resource_id": hub.key_vault_id,
        "subresource": "vault",
        "subnet_id": network.subnet_id,
        "private_dns_zone_ids": {ZONE: network.private_dns_zone_ids[ZONE]},
        "tags": TAGS,
    },
)
