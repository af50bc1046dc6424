"""A connection of the Foundry resource to a search service, which signs in as whoever asks."""

import pulumi
from foundry_account import ACCOUNT
from model_deployment import deployment
from place import GROUP

from llama_azure import FoundryConnection

connection = FoundryConnection(
    "search",
    {
        "resource_group_name": GROUP,
        "account_name": ACCOUNT,
        "connection_name": "search",
        "category": "CognitiveSearch",
        "target": "https://search-llama.search.windows.net",
        "shared_to_all": True,
    },
    pulumi.ResourceOptions(depends_on=[deployment]),
)
