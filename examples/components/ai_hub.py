"""A hub that makes what it stands on, closed to public networks, with its logs kept."""

from place import GROUP, LOCATION, SUBSCRIPTION_ID, TAGS, in_group

from llama_azure import AiHub
from llama_azure_core.naming import NameKind, derive_name

# Storage accounts and key vaults share their names with all of Azure: a suffix made of the place tells them apart.
scope = (SUBSCRIPTION_ID, GROUP)

hub = AiHub(
    "hub",
    {
        "resource_group_name": GROUP,
        "location": LOCATION,
        "hub_name": "hub-llama-examples",
        "storage_account_name": derive_name(NameKind.STORAGE_ACCOUNT, "st", "llama", scope=scope),
        "key_vault_name": derive_name(NameKind.KEY_VAULT, "kv", "llama", scope=scope),
        "log_analytics_workspace_name": "log-llama-examples",
        "application_insights_name": "appi-llama-examples",
        "public_network_access": False,
        "diagnostics": True,
        "tags": TAGS,
    },
    in_group,
)
