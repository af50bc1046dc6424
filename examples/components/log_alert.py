"""An alert rule on the rows of a query, asked once a day: a day that is near. The query reads no table."""

import pulumi
from action_group import action_group
from ai_hub import hub
from place import GROUP, LOCATION, TAGS

from llama_azure import LogAlert

LogAlert(
    "model-ends",
    {
        "resource_group_name": GROUP,
        "location": LOCATION,
        "alert_name": "model-ends",
        "workspace_id": hub.log_analytics_workspace_id,
        "query": """datatable(subject: string, ends: datetime) [
    "Llama-3.3-70B-Instruct", datetime(2027-01-31)
]
| where ends <= now() + 60d
| extend TimeGenerated = now()""",
        "frequency": "P1D",
        "split_by": ["subject"],
        "description": "A model that is deployed ends soon.",
        "action_group_ids": [action_group.action_group_id],
        "tags": TAGS,
    },
    pulumi.ResourceOptions(depends_on=[hub]),
)
