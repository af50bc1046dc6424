"""The scenarios of the live tier, read from ``scenarios.yaml``."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from llama_azure_core.catalogue import find_model
from llama_azure_core.resource_types import RESOURCE_GROUP, api_version

TAG = "llama-azure-live"
"""On every resource group of a run; its value is the day."""
GROUP_PREFIX = "rg-llama-live-"

# What costs by the hour goes on costing while it is removed.
_REMOVAL_MINUTES = 30

_FILE = Path(__file__).with_name("scenarios.yaml")


@dataclass(frozen=True)
class Cost:
    """Something that costs, or may."""

    name: str
    what: str
    unit: str
    units: float | None = None
    instances: int | None = None
    """What costs by the hour: its amount is as long as a run and its removal may take."""

    def most(self, minutes: float) -> float:
        """Return how many units a run of so many minutes takes at most."""
        return self.units if self.units is not None else (self.instances or 1) * (minutes + _REMOVAL_MINUTES) / 60


@dataclass(frozen=True)
class Step:
    """One request."""

    send: str
    answers: int | str
    body: Any = None
    api: str | None = None
    wait: bool = False
    secret: bool = False
    keep: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    shape: bool = False

    @property
    def expected(self) -> tuple[int, str]:
        """The status and, of a refusal, the error's code; empty where any is right."""
        status, _, code = str(self.answers).partition(" ")
        return int(status), code


@dataclass(frozen=True)
class Scenario:
    """Requests that belong together."""

    name: str
    steps: tuple[Step, ...]
    needs: tuple[str, ...] = ()
    buys: str | None = None


@dataclass(frozen=True)
class Plan:
    """All that a run may do."""

    costs: tuple[Cost, ...]
    purchases: tuple[Cost, ...]
    paths: Mapping[str, str]
    scenarios: tuple[Scenario, ...]


@cache
def load_plan() -> Plan:
    """Return everything that a run may do."""
    content = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    costs, purchases = (
        tuple(Cost(name=name, **row) for name, row in content[kind].items()) for kind in ("costs", "purchases")
    )
    scenarios = tuple(
        Scenario(
            row["name"], tuple(Step(**step) for step in row["steps"]), tuple(row.get("needs", ())), row.get("buys")
        )
        for row in content["scenarios"]
    )
    return Plan(costs, purchases, content["paths"], scenarios)


def values_of_run(subscription: str, tenant: str, run: str, location: str) -> dict[str, Any]:
    """Return what a run fills in for the names in braces."""
    version = find_model("Llama-3.2-1B-Instruct").registry_version
    values: dict[str, Any] = {"subscription": subscription, "tenant": tenant, "run": run, "location": location}
    values |= {"version": version or "1", "tags": {TAG: dt.date.today().isoformat()}}
    for name, path in load_plan().paths.items():
        values[name] = path.format_map(values)
    return values


def fill_in(value: Any, values: Mapping[str, Any]) -> Any:
    """Return a path or a body with its names in braces replaced."""
    if isinstance(value, dict):
        return {key: fill_in(one, values) for key, one in value.items()}
    if isinstance(value, list):
        return [fill_in(one, values) for one in value]
    if not isinstance(value, str):
        return value
    whole = values.get(value[1:-1]) if value.startswith("{") and value.endswith("}") else None
    return whole if isinstance(whole, dict) else value.format_map(values)


def version_for(path: str) -> str:
    """Return the api-version to ask with: that of the innermost type of a path that the facts know."""
    chain = path.rpartition("/providers/")[2].split("/") if "/providers/" in path else []
    for end in range(len(chain), 1, -1):
        try:
            return api_version("/".join((chain[0], *chain[1:end:2])))
        except KeyError:
            continue
    return api_version(RESOURCE_GROUP)
