"""The plan of a workbook: the figures that the alert rules look at, drawn with Azure Monitor's own means."""

import json
import uuid
from typing import Any

from llama_azure_core.monitoring import AlertRule, Metric, alert_facts, metrics_of
from llama_azure_core.plan.items import Workbook
from llama_azure_core.plan.stack import Plan
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, ONLINE_ENDPOINT, WORKBOOK

# The root of the GUIDs that Azure wants as names of workbooks; it never changes.
_NAMES = uuid.UUID("4c8f0e2b-63a4-5d0e-9a0f-6d7a0b1c2e55")
_AN_HOUR = 3_600_000
_AGGREGATIONS = {"Total": 1, "Minimum": 2, "Maximum": 3, "Average": 4}
"""The numbers that workbooks have for them."""
_TITLES = {
    ONLINE_ENDPOINT: "Online endpoints",
    AI_SERVICES_ACCOUNT: "Foundry deployments",
}
_SHOWN = {
    ONLINE_ENDPOINT: (
        ("Requests by status code", "RequestsPerMinute", "statusCode"),
        ("Time to answer, 95th percentile", alert_facts(AlertRule.LATENCY).metrics[ONLINE_ENDPOINT], "deployment"),
    ),
    AI_SERVICES_ACCOUNT: (
        ("Requests by status code", "ModelRequests", "StatusCode"),
        (
            "Time to the last byte",
            alert_facts(AlertRule.LATENCY).metrics[AI_SERVICES_ACCOUNT],
            "ModelDeploymentName",
        ),
        ("Tokens", alert_facts(AlertRule.TOKENS).metrics[AI_SERVICES_ACCOUNT], "ModelDeploymentName"),
    ),
}
"""By resource type: title, metric, and the dimension that splits it."""


def plan_workbook(made: Plan, resource_ids: dict[str, list[str]]) -> Workbook:
    """Return the plan of a stack's workbook.

    Args:
        made: the plan of what it shows.
        resource_ids: by resource type: what has metrics.
    """
    name = str(uuid.uuid5(_NAMES, f"{made.group_id.casefold()}/{made.stack}"))
    title = f"Llama: {made.stack or made.group}"
    return Workbook(
        logical_name="alerts-workbook",
        id=str(ResourceId.of(made.group_id, WORKBOOK, name)),
        depends_on=(made.group_id,),
        arguments={
            "resource_group_name": made.group,
            "location": made.location,
            "workbook_name": name,
            "display_name": title,
            "content": json.dumps(_content(title, resource_ids)),
            "tags": dict(made.tags),
        },
    )


def _content(title: str, resource_ids: dict[str, list[str]]) -> dict[str, Any]:
    """Return a workbook as Azure stores it."""
    told = "the same figures as the alert rules look at" if resource_ids else "nothing here has metrics"
    items: list[dict[str, Any]] = [_text(f"# {title}\n\nRequests, times and tokens: {told}.")]
    for kind, ids in resource_ids.items():
        items.append(_text(f"## {_TITLES[kind]}"))
        for heading, metric, dimension in _SHOWN[kind]:
            items.append(_chart(heading, kind, ids, metrics_of(kind)[metric], dimension))
    for at, item in enumerate(items):
        item["name"] = f"item-{at}"
    return {
        "version": "Notebook/1.0",
        "items": items,
        "fallbackResourceIds": ["Azure Monitor"],
        "$schema": "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json",
    }


def _text(markdown: str) -> dict[str, Any]:
    return {"type": 1, "content": {"json": markdown}}


def _chart(heading: str, kind: str, ids: list[str], metric: Metric, dimension: str) -> dict[str, Any]:
    namespace = kind.casefold()
    return {
        "type": 10,
        "content": {
            "chartId": f"chart-{metric.name}-{dimension}",
            "version": "MetricsItem/2.0",
            "size": 0,
            "chartType": 2,
            "resourceType": namespace,
            "metricScope": 0,
            "resourceIds": ids,
            "timeContext": {"durationMs": _AN_HOUR},
            "metrics": [
                {
                    "namespace": namespace,
                    "metric": f"{namespace}-{metric.category}-{metric.name}",
                    "aggregation": _AGGREGATIONS[metric.aggregations[0]],
                    "splitBy": [dimension],
                }
            ],
            "title": heading,
        },
    }
