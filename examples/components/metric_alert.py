"""An alert rule: calls of the online endpoint that are answered with an error of the service."""

import pulumi
from action_group import action_group
from online_endpoint import ENDPOINT, endpoint
from place import GROUP, TAGS

from llama_azure import MetricAlert

MetricAlert(
    "completions-errors",
    {
        "resource_group_name": GROUP,
        "alert_name": f"{ENDPOINT}-errors",
        "resource_id": endpoint.endpoint_id,
        "resource_type": "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
        "metric_name": "RequestsPerMinute",
        "aggregation": "Average",
        "operator": "GreaterThanOrEqual",
        "threshold": 1,
        "dimensions": {"statusCode": ["424", "500", "503"]},
        "severity": 1,
        "description": "Calls of completions are answered with an error of the service.",
        "action_group_ids": [action_group.action_group_id],
        "tags": TAGS,
    },
    pulumi.ResourceOptions(depends_on=[endpoint]),
)
