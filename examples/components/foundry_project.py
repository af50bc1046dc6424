"""A project of the Foundry resource: where people use the deployments of its account."""

import pulumi
from foundry_account import ACCOUNT, account
from place import GROUP, LOCATION, TAGS

from llama_azure import FoundryProject

project = FoundryProject(
    "foundry-project",
    {
        "resource_group_name": GROUP,
        "location": LOCATION,
        "account_name": ACCOUNT,
        "project_name": "assistants",
        "tags": TAGS,
    },
    pulumi.ResourceOptions(depends_on=[account]),
)
