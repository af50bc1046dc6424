"""Whether a month's costs reach a share of a budget: what is charged so far, or what that would come to."""

import calendar
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.billing.charges import Charge
from llama_azure_sandbox.monitoring.judging import Finding


def budget_findings(budget: StoredResource, charged: Sequence[Charge], today: dt.date) -> list[Finding]:
    """Return the notifications of a budget that are due this month.

    Args:
        budget: of a resource group or the subscription.
        charged: everything that was charged so far; what has no known price counts nothing.
        today: by the sandbox's clock.
    """
    properties = budget.body["properties"]
    scope = budget.id[: budget.id.lower().index("/providers/microsoft.consumption/")]
    spent = sum((one.cost or Decimal(0) for one in charged if _counts(one, scope, today)), Decimal(0))
    days = calendar.monthrange(today.year, today.month)[1]
    found = []
    for name, one in (properties.get("notifications") or {}).items():
        is_forecast = str(one.get("thresholdType")).lower() == "forecasted"
        told = spent / today.day * days if is_forecast else spent
        share = told / Decimal(str(properties["amount"])) * 100
        if one.get("enabled") and spent and share >= Decimal(str(one["threshold"])):
            context: Json = {
                "budgetName": budget.name,
                "thresholdType": one.get("thresholdType"),
                "notificationThreshold": one["threshold"],
                "spendingAmount": float(told),
                "budgetAmount": properties["amount"],
            }
            series = f"{name}|{today:%Y-%m}"
            found.append(Finding(series, scope, context, tuple(one.get("contactGroups") or ())))
    return found


def _counts(charge: Charge, scope: str, today: dt.date) -> bool:
    if (charge.day.year, charge.day.month) != (today.year, today.month):
        return False
    return any(f"{place}/".lower().startswith(f"{scope}/".lower()) for place in (charge.resource, *charge.places))
