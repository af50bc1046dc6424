"""What the sandbox believes: its date, its address, its pace, and who its one customer is."""

import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import pydantic
import yaml

from llama_azure_sandbox.arm.customer import CLIENT_ID, PRINCIPAL_ID, SUBSCRIPTION_ID, TENANT_ID, Latency
from llama_azure_sandbox.arm.store import Store
from llama_azure_sandbox.arm.world_settings import WorldSettings

__all__ = ["CLIENT_ID", "PRINCIPAL_ID", "SUBSCRIPTION_ID", "TENANT_ID", "Latency", "World", "seconds_by_type"]

_SETTINGS = "world"
_DAY = 86400

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class World:
    """Everything that an answer depends on beside the request."""

    store: Store
    start_date: dt.date
    """The date that the sandbox was told to believe."""
    base_url: str
    """Where the sandbox is reached, such as ``https://127.0.0.1:10443``; no slash at the end."""
    latency: Latency
    machine_clock: Callable[[], float] = time.time
    ahead: float = field(init=False)
    """Seconds from the machine's clock to what is written down, without what the clock was advanced."""

    def __post_init__(self) -> None:
        self.store.clock = self.now
        start = dt.datetime.combine(self.start_date, dt.time(), dt.UTC).timestamp()
        # Of the machine's day on which the sandbox began: at the next midnight its time goes on, and not back by a day.
        object.__setattr__(self, "ahead", start - self.machine_clock() // _DAY * _DAY)

    @property
    def settings(self) -> WorldSettings:
        """What can be changed while the sandbox runs."""
        kept = self.store.setting(_SETTINGS) or {}
        try:
            return WorldSettings.model_validate(kept)
        except pydantic.ValidationError as error:  # an older or newer sandbox, or an import, had other ones
            wrong = {str(one["loc"][0]) for one in error.errors() if one["loc"]}
            _warn_of(", ".join(sorted(wrong)))
            left = {name: value for name, value in kept.items() if name not in wrong} if isinstance(kept, dict) else {}
            return WorldSettings.model_validate(left)

    def change_settings(self, changes: Mapping[str, Any]) -> WorldSettings:
        """Change some settings, by their names in JSON, for this server and those after it.

        Raises:
            pydantic.ValidationError: there is no such setting, or it takes no such value.
        """
        with self.store.transaction():
            kept = {**(self.store.setting(_SETTINGS) or {}), **changes}
            settings = WorldSettings.model_validate(kept)
            self.store.keep_setting(_SETTINGS, settings.model_dump(by_alias=True, mode="json", exclude_defaults=True))
        return settings

    def advance_clock(self, seconds: float) -> WorldSettings:
        """Let time pass: operations become due, dates come nearer. ``seconds`` is not negative."""
        return self.change_settings({"clockOffsetSeconds": self.settings.clock_offset_seconds + seconds})

    def now(self) -> float:
        """Return the time by the sandbox's clock, in seconds since the epoch."""
        return self.machine_clock() + self.settings.clock_offset_seconds

    def roles_as_of(self) -> float:
        """Return the moment whose role assignments count now: later ones are not known everywhere yet."""
        return self.now() - self.settings.role_assignment_delay_seconds

    @property
    def as_of(self) -> dt.date:
        """The date on which models and regions are judged: the sandbox's start date and what its clock was advanced."""
        return self.start_date + dt.timedelta(seconds=self.settings.clock_offset_seconds)

    def moment(self) -> float:
        """Return the time that the sandbox writes down, in seconds since the epoch: of its date, by the machine's day.

        ``now`` counts on from the machine's clock, so that operations become due; what is shown to people lies on the
        sandbox's own date, and after midnight on the next.
        """
        return self.now() + self.ahead

    def seconds_for(self, resource_type: str) -> float:
        """Return how long an operation on a type takes, in seconds."""
        profile = seconds_by_type(self.latency)
        return float(profile.get(resource_type, profile["default"]))


@cache
def _warn_of(settings: str) -> None:
    """Tell once of settings that are not taken."""
    _log.warning("settings of the world that are not as they can be count as not set: %s", settings)


@cache
def seconds_by_type(latency: Latency) -> Mapping[str, float]:
    """Return how long an operation takes by resource type, in seconds, and on any other as ``default``."""
    text = files(__package__).joinpath("latency.yaml").read_text(encoding="utf-8")
    profile: Mapping[str, float] = yaml.safe_load(text)[latency.value]
    return profile
