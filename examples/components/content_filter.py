"""A content filter that is stricter than Microsoft's, with words of one's own."""

import pulumi
from foundry_account import ACCOUNT
from foundry_project import project
from place import GROUP

from llama_azure import ContentFilter

strict = ContentFilter(
    "strict",
    {
        "resource_group_name": GROUP,
        "account_name": ACCOUNT,
        "filter_name": "strict",
        "categories": {
            "Hate": {"Prompt": {"severity": "Low"}, "Completion": {"severity": "Low"}},
            "Jailbreak": {"Prompt": {}},
        },
        "blocklists": {"codenames": {"words": ["Project Heron"], "sides": ["Completion"]}},
    },
    # Azure writes one child of an account at a time.
    pulumi.ResourceOptions(depends_on=[project]),
)
