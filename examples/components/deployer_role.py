"""A group may deploy in the project, and subscribe it to new offers."""

import pulumi
from ai_project import PROJECT, in_project
from place import GROUP, SUBSCRIPTION_ID

from llama_azure import DeployerRole

deployers = DeployerRole(
    "deployers",
    {
        "subscription_id": SUBSCRIPTION_ID,
        "resource_group_name": GROUP,
        "project_names": [PROJECT],
        "deployers": {
            "team": {
                "principal_id": pulumi.Config().require("deployer"),
                "principal_type": "Group",
                "may_subscribe": True,
            }
        },
        "managed_compute": True,
    },
    in_project,
)
