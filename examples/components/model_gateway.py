"""A gateway: one address in front of the Foundry deployment, and a team that may call it with a key of its own."""

import pulumi
from foundry_account import ACCOUNT, account
from model_deployment import deployment
from place import GROUP, LOCATION, SUBSCRIPTION_ID, TAGS
from private_network import NETWORK, ZONES, network

from llama_azure import ModelGateway
from llama_azure_core.naming import NameKind, derive_name

IN_GROUP = f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/{GROUP}/providers"

# LiteLLM's own configuration file: no secret is in it. The gateway signs in with its identity.
CONFIGURATION = deployment.base_url.apply(
    lambda url: (
        f"""\
model_list:
  - model_name: chat
    litellm_params:
      model: azure/chat
      api_base: {url.partition("/openai/")[0]}
      api_version: "2024-10-21"
router_settings:
  redis_host: os.environ/REDIS_HOST
  redis_port: os.environ/REDIS_PORT
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
litellm_settings:
  enable_azure_ad_token_refresh: true
"""
    )
)

gateway = ModelGateway(
    "gateway",
    {
        "resource_group_name": GROUP,
        "location": LOCATION,
        "gateway_name": "gateway",
        "configuration": CONFIGURATION,
        "network": {
            "virtual_network_id": f"{IN_GROUP}/Microsoft.Network/virtualNetworks/{NETWORK}",
            "subnet_name": "gateway",
            "subnet_address_prefix": "10.20.0.64/27",
            "endpoints_subnet_id": network.subnet_id,
            "private_dns_zone_ids": {zone: network.private_dns_zone_ids[zone] for zone in ZONES},
        },
        "database": {"server_name": derive_name(NameKind.POSTGRES_SERVER, "psql", GROUP, scope=(SUBSCRIPTION_ID,))},
        "redis": {"cluster_name": derive_name(NameKind.MANAGED_REDIS, "redis", GROUP, scope=(SUBSCRIPTION_ID,))},
        "key_vault_name": derive_name(NameKind.KEY_VAULT, "kv", "gateway", scope=(SUBSCRIPTION_ID, GROUP)),
        "account_ids": [f"{IN_GROUP}/Microsoft.CognitiveServices/accounts/{ACCOUNT}"],
        "teams": {"search": {"models": ["chat"], "tokens_per_minute": 50_000, "budget": 100}},
        "tags": TAGS,
    },
    pulumi.ResourceOptions(depends_on=[network, account, deployment]),
)
pulumi.export("gatewayUrl", gateway.base_url)
pulumi.export("teamSecrets", gateway.team_secrets)
