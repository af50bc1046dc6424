"""The stack that preflight asks about: its plan, what it owns already, and the dates on which it is judged."""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from llama_azure_core.plan import Plan
from llama_azure_preflight.errors import PreflightError


@dataclass(frozen=True)
class Stack:
    """What is asked about."""

    plan: Plan
    dates: tuple[dt.date, ...]
    """The dates on which models are judged: the plan's own, and in a cloud of Azure's own today as well."""
    region_dates: tuple[dt.date, ...]
    """The dates of the region tables, likewise."""
    owned: frozenset[str] | None = None
    """The ids of what the stack owns, in lower case; ``None`` where no state was given."""
    date_problem: str | None = None
    """Why the stack cannot be deployed with the date that it chose; ``None`` where it can."""

    def owns(self, resource_id: str, *, by_name: bool) -> bool:
        """Whether a resource is the stack's own: by its state if that was given, otherwise ``by_name``."""
        return by_name if self.owned is None else resource_id.casefold() in self.owned


def read_state(path: Path) -> frozenset[str]:
    """Return the ids of the Azure resources that a stack owns, in lower case.

    ``path`` holds what ``pulumi stack export`` wrote; nothing but ids is looked at.

    Raises:
        PreflightError: it is no such file.
    """
    try:
        resources = json.loads(path.read_text(encoding="utf-8"))["deployment"].get("resources") or []
        return frozenset(str(one["id"]).casefold() for one in resources if str(one.get("id", "")).startswith("/"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise PreflightError(
            f"{path} is not a state: write it with `pulumi stack export --stack NAME --file {path}`"
        ) from None
