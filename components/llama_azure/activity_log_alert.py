"""An alert rule on events of Azure's activity log."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._arguments import ArgumentError
from llama_azure._azure_native import monitor
from llama_azure._options import child_options

_NAME = "ActivityLogAlert"


class ActivityLogAlertArgs(TypedDict):
    """The inputs of an ActivityLogAlert."""

    resource_group_name: pulumi.Input[str]
    """Required. The resource group that holds the rule."""
    alert_name: pulumi.Input[str]
    """Required. The rule's name, unique in the resource group."""
    scope: pulumi.Input[str]
    """Required. The Azure id of what the events are about, or of what holds it: a resource group, say."""
    category: str
    """Required. The events' category, such as Administrative or ResourceHealth."""
    status: NotRequired[str]
    """Optional. The events' status, such as Failed or Succeeded. Default: any."""
    any_of: NotRequired[dict[str, list[str]]]
    """Optional. By field of an event, such as `operationName`: the values of which it has one. Default: any."""
    contains_any: NotRequired[dict[str, list[str]]]
    """Optional. By field of an event: the texts of which it holds one. Default: any."""
    description: NotRequired[pulumi.Input[str]]
    """Optional. What whoever is told reads."""
    action_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Optional. The Azure resource ids of action groups. Default: none; alerts then only stand in the portal."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on the rule."""


class ActivityLogAlert(pulumi.ComponentResource):
    """A rule that fires on each event of the activity log that it describes; such an alert does not end by itself."""

    alert_id: pulumi.Output[str]
    """The rule's Azure resource id."""

    def __init__(self, name: str, args: ActivityLogAlertArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        for which in ("any_of", "contains_any"):
            if not all(args.get(which, {}).values()):  # type: ignore[attr-defined]
                raise ArgumentError(_NAME, which, "a field without values would let nothing through; leave it out")
        leaf = monitor.AlertRuleAnyOfOrLeafConditionArgs
        status = args.get("status")
        rule = monitor.ActivityLogAlert(
            f"{name}-rule",
            resource_group_name=args["resource_group_name"],
            activity_log_alert_name=args["alert_name"],
            location="global",
            description=args.get("description"),
            enabled=True,
            scopes=[args["scope"]],
            condition=monitor.AlertRuleAllOfConditionArgs(
                all_of=[
                    leaf(field="category", equals=args["category"]),
                    *([] if status is None else [leaf(field="status", equals=status)]),
                    *(
                        leaf(any_of=[monitor.AlertRuleLeafConditionArgs(field=field, equals=value) for value in values])
                        for field, values in args.get("any_of", {}).items()
                    ),
                    *(leaf(field=field, contains_any=values) for field, values in args.get("contains_any", {}).items()),
                ]
            ),
            actions=monitor.ActionListArgs(
                action_groups=[monitor.ActionGroupArgs(action_group_id=one) for one in args.get("action_group_ids", [])]
            ),
            tags=args.get("tags"),
            opts=child_options(self),
        )
        self.alert_id = rule.id
        self.register_outputs({"alert_id": self.alert_id})
