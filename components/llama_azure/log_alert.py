"""An alert rule on the rows of a query."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._arguments import severity
from llama_azure._azure_native import monitor
from llama_azure._options import child_options

_NAME = "LogAlert"


class LogAlertArgs(TypedDict):
    """The inputs of a LogAlert."""

    resource_group_name: pulumi.Input[str]
    """Required. The resource group that holds the rule."""
    location: pulumi.Input[str]
    """Required. The Azure region; it is the workspace's."""
    alert_name: pulumi.Input[str]
    """Required. The rule's name, unique in the resource group."""
    workspace_id: pulumi.Input[str]
    """Required. The Azure resource id of the Log Analytics workspace that is asked."""
    query: pulumi.Input[str]
    """Required. A query in the Kusto Query Language; each row of its answer counts."""
    frequency: NotRequired[str]
    """Optional. How often it is asked, and of how long a time, as an ISO 8601 duration such as PT15M.
    Default: PT15M."""
    split_by: NotRequired[list[str]]
    """Optional. Columns whose values each have an alert of their own. Default: none; one alert for all rows."""
    severity: NotRequired[int]
    """Optional. 0 critical, 1 error, 2 warning, 3 informational, 4 verbose. Default: 2."""
    description: NotRequired[pulumi.Input[str]]
    """Optional. What whoever is told reads."""
    action_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Optional. The Azure resource ids of action groups. Default: none; alerts then only stand in the portal."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on the rule."""


class LogAlert(pulumi.ComponentResource):
    """A rule that fires while a query has rows, and ends its alert when it has none."""

    alert_id: pulumi.Output[str]
    """The rule's Azure resource id."""

    def __init__(self, name: str, args: LogAlertArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        frequency = args.get("frequency", "PT15M")
        rule = monitor.ScheduledQueryRule(
            f"{name}-rule",
            resource_group_name=args["resource_group_name"],
            rule_name=args["alert_name"],
            location=args["location"],
            kind=monitor.Kind.LOG_ALERT,
            display_name=args["alert_name"],
            description=args.get("description"),
            severity=severity(_NAME, args),
            enabled=True,
            auto_mitigate=True,
            scopes=[args["workspace_id"]],
            evaluation_frequency=frequency,
            window_size=frequency,
            criteria=monitor.ScheduledQueryRuleCriteriaArgs(
                all_of=[
                    monitor.ConditionArgs(
                        query=args["query"],
                        time_aggregation=monitor.TimeAggregation.COUNT,
                        # The SDK's word for it, `gt`, is another API's.
                        operator="GreaterThan",
                        threshold=0,
                        dimensions=[
                            monitor.DimensionArgs(name=one, operator=monitor.DimensionOperator.INCLUDE, values=["*"])
                            for one in args.get("split_by", [])
                        ],
                        failing_periods=monitor.ConditionFailingPeriodsArgs(
                            number_of_evaluation_periods=1, min_failing_periods_to_alert=1
                        ),
                    )
                ]
            ),
            actions=monitor.ActionsArgs(action_groups=args.get("action_group_ids", [])),
            tags=args.get("tags"),
            opts=child_options(self),
        )
        self.alert_id = rule.id
        self.register_outputs({"alert_id": self.alert_id})
