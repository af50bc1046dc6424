"""Letting the number of a deployment's instances follow its load."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._arguments import whole
from llama_azure._azure_native import machinelearningservices, monitor
from llama_azure_core.limits import limits

_METRIC = "GpuUtilizationPercentage"  # source S71


class DeploymentAutoscale(TypedDict):
    """How the number of a deployment's instances follows its load."""

    minimum: int
    """Required. The fewest instances."""
    maximum: int
    """Required. The most instances: up to 50. All of them, and the upgrade reserve, must fit into the quota."""
    scale_out_percent: NotRequired[int]
    """Optional. The use of the GPUs, on average over 5 minutes, above which an instance is added. Default: 70."""
    scale_in_percent: NotRequired[int]
    """Optional. The use of the GPUs below which an instance is taken away. Default: 25."""


def autoscale_setting(
    name: str,
    autoscale: DeploymentAutoscale,
    deployment: machinelearningservices.OnlineDeployment,
    *,
    resource_group_name: pulumi.Input[str],
    location: pulumi.Input[str],
    setting_name: pulumi.Input[str],
    tags: pulumi.Input[dict[str, pulumi.Input[str]]] | None,
    opts: pulumi.ResourceOptions,
) -> "monitor.AutoscaleSetting":  # quoted: reading it would load the module into every program
    """Declare an Azure Monitor autoscale setting on a deployment.

    Raises:
        ValueError: the numbers contradict each other.
    """
    place = "OnlineDeployment: autoscale"
    limit = limits()["instancesPerDeployment"]
    fewest = whole(place, autoscale, "minimum", 1, least=1, most=limit)
    most = whole(place, autoscale, "maximum", 1, least=fewest, most=limit)
    busy = whole(place, autoscale, "scale_out_percent", 70, least=1, most=100)
    idle = whole(place, autoscale, "scale_in_percent", 25, least=0, most=busy - 1)
    return monitor.AutoscaleSetting(
        name,
        resource_group_name=resource_group_name,
        location=location,
        autoscale_setting_name=setting_name,
        target_resource_uri=deployment.id,
        enabled=True,
        profiles=[
            monitor.AutoscaleProfileArgs(
                name="by the use of the GPUs",
                capacity=monitor.ScaleCapacityArgs(minimum=str(fewest), maximum=str(most), default=str(fewest)),
                rules=[
                    _rule(
                        deployment, monitor.ComparisonOperationType.GREATER_THAN, busy, monitor.ScaleDirection.INCREASE
                    ),
                    _rule(deployment, monitor.ComparisonOperationType.LESS_THAN, idle, monitor.ScaleDirection.DECREASE),
                ],
            )
        ],
        tags=tags,
        opts=opts,
    )


def _rule(
    deployment: machinelearningservices.OnlineDeployment,
    operator: "monitor.ComparisonOperationType",
    percent: int,
    direction: "monitor.ScaleDirection",
) -> "monitor.ScaleRuleArgs":
    return monitor.ScaleRuleArgs(
        metric_trigger=monitor.MetricTriggerArgs(
            metric_name=_METRIC,
            metric_resource_uri=deployment.id,
            operator=operator,
            threshold=percent,
            statistic=monitor.MetricStatisticType.AVERAGE,
            time_aggregation=monitor.TimeAggregationType.AVERAGE,
            time_grain="PT1M",
            time_window="PT5M",
        ),
        scale_action=monitor.ScaleActionArgs(
            direction=direction, type=monitor.ScaleType.CHANGE_COUNT, value="1", cooldown="PT10M"
        ),
    )
