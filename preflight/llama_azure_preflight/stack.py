"""The stack that preflight asks about: its plan, what it owns already, and the dates on which it is judged."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llama_azure_core.plan import Plan
from llama_azure_core.regions import normalise_region
from llama_azure_preflight.errors import PreflightError


@dataclass(frozen=True, slots=True)
class Owned:
    """A resource of Azure in a stack's state."""

    id: str
    region: str
    """The ARM name; empty for what lies in no region."""
    is_kept: bool
    """Whether it stays in Azure when the stack no longer has it."""


@dataclass(frozen=True)
class Stack:
    """What is asked about."""

    plan: Plan
    dates: tuple[dt.date, ...]
    """The dates on which models are judged: the plan's own, and in a cloud of Azure's own today as well."""
    region_dates: tuple[dt.date, ...]
    """The dates of the region tables, likewise."""
    owned: Mapping[str, Owned] | None = None
    """What the stack owns, by its id in lower case; ``None`` where no state was given."""
    is_destroyed: bool = False
    """Whether the stack is to be destroyed instead of deployed."""
    principals: Mapping[str, str] = field(default_factory=dict)
    """By its place in the settings: why a principal is nobody in this cloud; empty where it may be somebody."""
    date_problem: str | None = None
    """Why the stack cannot be deployed with the date that it chose; ``None`` where it can."""

    def owns(self, resource_id: str, *, by_name: bool) -> bool:
        """Whether a resource is the stack's own: by its state if that was given, otherwise ``by_name``."""
        return by_name if self.owned is None else resource_id.casefold() in self.owned


def read_state(path: Path) -> Mapping[str, Owned]:
    """Return the Azure resources that a stack owns, by their ids in lower case.

    ``path`` holds what ``pulumi stack export`` wrote; nothing but ids, regions and what becomes of them is looked at.

    Raises:
        PreflightError: it is no such file.
    """
    try:
        resources = json.loads(path.read_text(encoding="utf-8"))["deployment"].get("resources") or []
        mine = [one for one in resources if str(one.get("id", "")).startswith("/") and not one.get("external")]
        return {str(one["id"]).casefold(): _owned(one) for one in mine}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise PreflightError(
            f"{path} is not a state: write it with `pulumi stack export --stack NAME --file {path}`"
        ) from None


def _owned(resource: Mapping[str, Any]) -> Owned:
    place = (resource.get("outputs") or {}).get("location")
    return Owned(
        str(resource["id"]),
        normalise_region(place) if isinstance(place, str) else "",
        bool(resource.get("retainOnDelete")),
    )
