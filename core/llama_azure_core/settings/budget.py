"""What the stack's resource group may cost before somebody is told."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from llama_azure_core.frozen import Frozen
from llama_azure_core.settings._section import Date

Percent = Annotated[int, Field(ge=1, le=1000)]


class BudgetSettings(Frozen):
    """A budget of the resource group that the stack makes. It tells, and stops nothing."""

    amount: Annotated[float, Field(gt=0)]
    """Required. What a month may cost, in the billing account's currency."""
    name: Annotated[str, Field(pattern="^[a-zA-Z0-9_-]{1,63}$")] | None = None
    """Optional. The budget's name, unique in the resource group. Default: derived from the group's."""
    start_date: Date | None = None
    """Optional. The first day of the first month. It counts when the budget is made, and not later. Default: the first
    day of that month."""
    contact_emails: tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")], ...] = ()
    """Optional. Who is told, by address. Default: only `contactRoles`."""
    contact_roles: tuple[str, ...] = ("Owner",)
    """Optional. Who is told, by their role at the resource group. Default: Owner."""
    alert_percents: tuple[Percent, ...] = Field(default=(80, 100), max_length=4)
    """Optional. At which percents of the amount somebody is told of what was spent. Default: 80 and 100."""
    forecast_percent: Percent = 100
    """Optional. At which percent of the amount somebody is told of what the month is likely to cost. Default: 100."""

    @model_validator(mode="after")
    def _somebody_is_told(self) -> Self:
        if not self.contact_emails and not self.contact_roles:
            raise ValueError("nobody would be told: give contactEmails or contactRoles")
        if self.start_date is not None and self.start_date.day != 1:
            raise ValueError(f"startDate {self.start_date} is not the first day of a month, which Azure asks for")
        return self
