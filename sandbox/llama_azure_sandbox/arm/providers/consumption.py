"""Microsoft.Consumption."""

import datetime as dt

from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.resource_type import PutRequest, ResourceType

_MOST_NOTIFICATIONS = 5  # source S132
_MOST_PERCENT = 1000


class Budget(ResourceType):
    """A budget, which tells the action groups of its notifications. The words of refusals are the sandbox's."""

    shows_system_data = False

    def check(self, request: PutRequest) -> None:
        super().check(request)
        amount = request.properties.get("amount")
        if not isinstance(amount, int | float) or amount <= 0:
            raise _refused(f"The amount {amount!r} of the budget is not above 0.")
        start = str((request.properties.get("timePeriod") or {}).get("startDate") or "")
        if not _is_first_of_a_month(start):
            raise _refused(f"The start date {start!r} of the budget is not the first day of a month.")
        notifications = request.properties.get("notifications") or {}
        if len(notifications) > _MOST_NOTIFICATIONS:
            raise _refused(f"The budget has {len(notifications)} notifications, of {_MOST_NOTIFICATIONS} that it may.")
        for name, one in notifications.items():
            threshold = one.get("threshold") if isinstance(one, dict) else None
            if not isinstance(threshold, int | float) or not 0 <= threshold <= _MOST_PERCENT:
                raise _refused(f"The threshold {threshold!r} of {name} is not from 0 to {_MOST_PERCENT} percent.")


def _is_first_of_a_month(moment: str) -> bool:
    try:
        return dt.date.fromisoformat(moment[:10]).day == 1
    except ValueError:
        return False


def _refused(message: str) -> ArmError:
    return ArmError(400, "BadRequest", message)
