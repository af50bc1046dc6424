"""What all rules judge by: the date, the stack, and who deploys it."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


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
