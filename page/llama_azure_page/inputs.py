"""What the page of a stack is made of: each part given, or :class:`NotKnown` with the reason."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from llama_azure_core.plan import Plan
from llama_azure_page.document import Change, NotKnown
from llama_azure_report import Report
from llama_azure_report.events import error_of, read_events, type_and_name

Json = Mapping[str, Any]

_OPERATIONS = {"create": Change.CREATE, "replace": Change.REPLACE, "delete": Change.DELETE}
# A replacement is reported three times: as a whole, and as its two halves.
_UNCHANGED = frozenset({"same", "read", "refresh", "create-replacement", "delete-replaced"})
_COMPONENT = "llama-azure:index:"


@dataclass(frozen=True, slots=True)
class Changed:
    """A resource that the engine would change."""

    change: Change
    type: str
    name: str
    component: str = ""
    """The component that it is, or belongs to, such as ``AiHub``; empty for what is in none."""
    is_component: bool = False
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What the engine said that it would do."""

    changed: tuple[Changed, ...]
    errors: tuple[str, ...] = ()
    when: dt.datetime | None = None
    told: tuple[Json, ...] = field(default=(), repr=False)
    """The metadata of the engine's events of resources, also of those that stay: what costs are told from."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A report, and when it was made."""

    report: Report
    when: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Meter:
    """What an endpoint answered in the last minute."""

    requests: int
    tokens: int


@dataclass(frozen=True, slots=True)
class StackInputs:
    """One stack. Nothing in it is a secret."""

    plan: Plan
    resources: Sequence[Json] | NotKnown = field(
        default_factory=lambda: NotKnown(not_known="the stack's state was not read")
    )
    """The resources in the stack's state, as ``pulumi stack export`` has them."""
    endpoints: Json | NotKnown = field(default_factory=lambda: NotKnown(not_known="the stack's outputs were not read"))
    """The stack's output ``endpoints``."""
    preview: Preview | NotKnown = field(default_factory=lambda: NotKnown(not_known="no preview was run"))
    guardrails: Judged | NotKnown = field(default_factory=lambda: NotKnown(not_known="the guardrails were not asked"))
    preflight: Judged | NotKnown = field(default_factory=lambda: NotKnown(not_known="preflight was not asked"))
    meters: Mapping[str, Meter] | NotKnown = field(
        default_factory=lambda: NotKnown(not_known="the meters were not read")
    )
    """By the id of an endpoint in lower case; one that is not there answered nothing."""
    quotas: Mapping[str, tuple[float, float]] | NotKnown = field(
        default_factory=lambda: NotKnown(not_known="Azure was not asked for the subscription's usage")
    )
    """By counter or quota family: what the subscription uses, and its limit."""
    traffic: Mapping[str, Mapping[str, int]] | NotKnown = field(
        default_factory=lambda: NotKnown(not_known="Azure was not asked for the traffic")
    )
    """By the id of an online endpoint in lower case: shares in percent, by deployment."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stack whose file or plan cannot be read."""

    stack: str
    problem: str
    on: dt.date


def read_preview(lines: Iterable[str], when: dt.datetime | None = None) -> Preview:
    """Return what the engine's events tell of a preview, one event a line; other lines are passed over."""
    told, errors = [], []
    for event in read_events(lines):
        if "resourcePreEvent" in event:
            told.append(event["resourcePreEvent"]["metadata"])
        elif error := error_of(event):
            errors.append(error)
    return preview_of(told, errors, when)


def preview_of(told: Iterable[Json], errors: Iterable[str] = (), when: dt.datetime | None = None) -> Preview:
    """Return a preview by the metadata of the engine's events of resources, and by its errors."""
    every = tuple(told)
    changed = tuple(_changed(one) for one in every if one["op"] not in _UNCHANGED)
    return Preview(changed, tuple(errors), when, every)


def _changed(metadata: Json) -> Changed:
    urn = str(metadata["urn"])
    resource_type, name = type_and_name(urn)
    component = component_of(urn)
    paths = metadata.get("detailedDiff") or dict.fromkeys(metadata.get("diffs") or ())
    return Changed(
        _OPERATIONS.get(metadata["op"], Change.UPDATE),
        resource_type,
        name,
        component,
        resource_type == f"{_COMPONENT}{component}",
        tuple(sorted(paths)),
    )


def component_of(urn: str) -> str:
    """Return the component of this package that a URN's resource is, or belongs to; empty for none."""
    parts = urn.split("::", 3)
    types = parts[2].split("$") if len(parts) == 4 else []
    return next((one.removeprefix(_COMPONENT) for one in types if one.startswith(_COMPONENT)), "")
