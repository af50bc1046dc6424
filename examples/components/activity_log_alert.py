"""An alert rule: a deployment in the resource group that could not be made or changed."""

from action_group import action_group
from place import GROUP, TAGS, group, in_group

from llama_azure import ActivityLogAlert

ActivityLogAlert(
    "deployment-failed",
    {
        "resource_group_name": GROUP,
        "alert_name": "deployment-failed",
        "scope": group.id,
        "category": "Administrative",
        "status": "Failed",
        "any_of": {
            "operationName": [
                "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/write",
                "Microsoft.CognitiveServices/accounts/deployments/write",
            ]
        },
        "description": "A deployment could not be made or changed.",
        "action_group_ids": [action_group.action_group_id],
        "tags": TAGS,
    },
    in_group,
)
