"""What the sandbox believes: its date, its address, its pace, and who its one customer is."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from sandbox.arm.store import Store

SUBSCRIPTION_ID = "5a2d6b0c-0000-4000-8000-11a3a0000001"
TENANT_ID = "7e2a41d0-0000-4000-8000-11a3a0000002"
PRINCIPAL_ID = "c0ffee00-0000-4000-8000-11a3a0000003"
CLIENT_ID = "ab5e1157-0000-4000-8000-11a3a0000004"


class Latency(StrEnum):
    """How long operations take; the figures lie in ``latency.yaml``."""

    NONE = "none"
    FAST = "fast"
    UNHURRIED = "unhurried"
    REALISTIC = "realistic"


@dataclass(frozen=True, slots=True)
class World:
    """Everything that an answer depends on beside the request."""

    store: Store
    as_of: dt.date
    """The date on which models and regions are judged."""
    base_url: str
    """Where the sandbox is reached, such as ``https://127.0.0.1:10443``; no slash at the end."""
    latency: Latency

    def seconds_for(self, resource_type: str) -> float:
        """Return how long an operation on a type takes, in seconds."""
        profile = _latency_profiles()[self.latency.value]
        return float(profile.get(resource_type, profile["default"]))


@cache
def _latency_profiles() -> Mapping[str, Mapping[str, Any]]:
    text = files(__package__).joinpath("latency.yaml").read_text(encoding="utf-8")
    profiles: Mapping[str, Mapping[str, Any]] = yaml.safe_load(text)
    return profiles
