"""What all rules judge by: the date, the stack, and who deploys it."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

JUDGED_TODAY = "judged-on-today"
"""The rule that holds a stack to today; where it is in force, everything is judged on today as well."""


class Moment(StrEnum):
    """When the engine asks."""

    PREVIEW = "preview"
    UPDATE = "update"
    STATE = "state"
    """``pulumi policy analyze``: a stack's state, without a program and without a stack's configuration."""


@dataclass(frozen=True, slots=True)
class Deployer:
    """Somebody who must be able to deploy the stack's models."""

    principal_id: str
    may_subscribe: bool = True


@dataclass(frozen=True, slots=True)
class Context:
    """What all rules judge by."""

    on: dt.date
    """The date on which models are judged: the stack's ``llama-azure:asOf``, or today."""
    regions_on: dt.date
    """The date of the region tables: that of ``llama-azure:regionSnapshot``, or ``on``."""
    today: dt.date
    """The calendar day, on which exemptions expire."""
    moment: Moment = Moment.PREVIEW
    stack: str = ""
    deployers: tuple[Deployer, ...] = ()
    """The stack's ``llama-azure:deployers``."""
    problems: tuple[str, ...] = ()
    """What the stack says wrongly of how it is judged."""

    is_local: bool = False
    """Whether the Azure that is meant is on this very machine: then some principals of examples are there."""
    by_configuration: bool = False
    """Whether the pack's configuration chose the dates; otherwise the stack did, or nobody."""

    @property
    def is_todays(self) -> bool:
        """Whether everything is judged on today, or on what the pack's configuration chose."""
        return self.by_configuration or self.on == self.regions_on == self.today
