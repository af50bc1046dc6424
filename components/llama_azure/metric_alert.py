"""An alert rule on a metric of Azure Monitor."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._arguments import ArgumentError, severity
from llama_azure._azure_native import monitor
from llama_azure._options import child_options
from llama_azure_core._facts import load_facts

_NAME = "MetricAlert"


class MetricAlertArgs(TypedDict):
    """The inputs of a MetricAlert."""

    resource_group_name: pulumi.Input[str]
    """Required. The resource group that holds the rule."""
    alert_name: pulumi.Input[str]
    """Required. The rule's name, unique in the resource group."""
    resource_id: pulumi.Input[str]
    """Required. The Azure resource id of what has the metric: an online endpoint, or a Foundry resource."""
    resource_type: str
    """Required. Its type, such as `Microsoft.CognitiveServices/accounts`."""
    metric_name: str
    """Required. The metric, as the REST API spells it, such as `ModelRequests`."""
    aggregation: str
    """Required. Average, Count, Maximum, Minimum or Total, of five minutes."""
    operator: str
    """Required. GreaterThan, GreaterThanOrEqual, LessThan or LessThanOrEqual."""
    threshold: pulumi.Input[float]
    """Required. What it is compared with."""
    dimensions: NotRequired[dict[str, list[str]]]
    """Optional. By dimension: the values that count, each looked at alone. Default: all, together."""
    severity: NotRequired[int]
    """Optional. 0 critical, 1 error, 2 warning, 3 informational, 4 verbose. Default: 2."""
    description: NotRequired[pulumi.Input[str]]
    """Optional. What whoever is told reads."""
    action_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Optional. The Azure resource ids of action groups. Default: none; alerts then only stand in the portal."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on the rule."""


class MetricAlert(pulumi.ComponentResource):
    """A rule that looks at a metric each minute, over the last five, and ends its alert when it holds no longer."""

    alert_id: pulumi.Output[str]
    """The rule's Azure resource id."""

    def __init__(self, name: str, args: MetricAlertArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        if args.get("dimensions") is not None and not all(args["dimensions"].values()):
            raise ArgumentError(
                _NAME, "dimensions", "a dimension without values would let nothing through; leave it out"
            )
        windows = load_facts("metrics")["windows"]
        rule = monitor.MetricAlert(
            f"{name}-rule",
            resource_group_name=args["resource_group_name"],
            rule_name=args["alert_name"],
            location="global",
            description=args.get("description"),
            severity=severity(_NAME, args),
            enabled=True,
            auto_mitigate=True,
            scopes=[args["resource_id"]],
            target_resource_type=args["resource_type"],
            evaluation_frequency=windows["evaluationFrequency"],
            window_size=windows["windowSize"],
            criteria=monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
                odata_type="Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
                all_of=[
                    monitor.MetricCriteriaArgs(
                        criterion_type="StaticThresholdCriterion",
                        name="value",
                        metric_namespace=args["resource_type"],
                        metric_name=args["metric_name"],
                        time_aggregation=args["aggregation"],
                        operator=args["operator"],
                        threshold=args["threshold"],
                        dimensions=[
                            monitor.MetricDimensionArgs(name=one, operator="Include", values=values)
                            for one, values in args.get("dimensions", {}).items()
                        ],
                    )
                ],
            ),
            actions=[monitor.MetricAlertActionArgs(action_group_id=one) for one in args.get("action_group_ids", [])],
            tags=args.get("tags"),
            opts=child_options(self),
        )
        self.alert_id = rule.id
        self.register_outputs({"alert_id": self.alert_id})
