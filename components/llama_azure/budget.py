"""What a scope of Azure may cost before somebody is told."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._arguments import ArgumentError, whole
from llama_azure._azure_native import consumption
from llama_azure._options import child_options

_NAME = "Budget"
_MOST_PERCENT = 1000  # source S132


class BudgetArgs(TypedDict):
    """The inputs of a Budget."""

    scope: pulumi.Input[str]
    """Required. The Azure id of what is watched: a resource group, say."""
    budget_name: pulumi.Input[str]
    """Required. The budget's name: 1 to 63 letters, digits, hyphens and underscores, unique in the scope."""
    amount: pulumi.Input[float]
    """Required. What a month may cost, in the billing account's currency."""
    start_date: pulumi.Input[str]
    """Required. The first day of the first month, such as 2026-11-01. It counts when the budget is made: a budget keeps
    its start."""
    contact_emails: NotRequired[list[str]]
    """Conditional. Who is told, by address. Give this, `contact_roles` or `action_group_ids`."""
    contact_roles: NotRequired[list[str]]
    """Conditional. Who is told, by their role at the scope, such as Owner. Give this, `contact_emails` or
    `action_group_ids`."""
    action_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Conditional. The Azure resource ids of action groups that are told. Give this, `contact_emails` or
    `contact_roles`."""
    alert_percents: NotRequired[list[int]]
    """Optional. At which percents of the amount, four at most, somebody is told of what was spent. Default: 80 and
    100."""
    forecast_percent: NotRequired[int]
    """Optional. At which percent of the amount somebody is told of what the month is likely to cost. Default: 100."""


class Budget(pulumi.ComponentResource):
    """A monthly budget of a resource group or a subscription. It tells, and stops nothing.

    Costs of Marketplace offers are among those of a resource group; Azure counts them some hours late.
    """

    budget_id: pulumi.Output[str]
    """The budget's Azure resource id."""

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        if not any(args.get(one) for one in ("contact_emails", "contact_roles", "action_group_ids")):
            raise ArgumentError(
                _NAME,
                "contact_emails",
                "nobody would be told: give contact_emails, contact_roles or action_group_ids",
            )
        percents = args.get("alert_percents", [80, 100])
        forecast = whole(_NAME, args, "forecast_percent", 100, least=1, most=_MOST_PERCENT)
        kinds = consumption.ThresholdType
        budget = consumption.Budget(
            f"{name}-budget",
            scope=args["scope"],
            budget_name=args["budget_name"],
            category=consumption.CategoryType.COST,
            time_grain=consumption.TimeGrainType.MONTHLY,
            amount=args["amount"],
            time_period=consumption.BudgetTimePeriodArgs(
                start_date=pulumi.Output.concat(args["start_date"], "T00:00:00Z")
            ),
            notifications={
                **{f"actual-{int(one)}": _notification(args, int(one), kinds.ACTUAL) for one in percents},
                f"forecast-{forecast}": _notification(args, forecast, kinds.FORECASTED),
            },
            opts=child_options(self, ignore_changes=["timePeriod"]),
        )
        self.budget_id = budget.id
        self.register_outputs({"budget_id": self.budget_id})


# In quotes, for reading the annotations would load the SDK's module into every program that makes any component.
def _notification(args: BudgetArgs, percent: int, kind: "consumption.ThresholdType") -> "consumption.NotificationArgs":
    return consumption.NotificationArgs(
        enabled=True,
        operator=consumption.OperatorType.GREATER_THAN_OR_EQUAL_TO,
        threshold=percent,
        threshold_type=kind,
        contact_emails=args.get("contact_emails", []),
        contact_roles=args.get("contact_roles", []),
        contact_groups=args.get("action_group_ids"),
    )
