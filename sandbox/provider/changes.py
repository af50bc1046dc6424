"""What changed between two sets of inputs, and whether ARM can do it in place."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sandbox.provider.types import Json, ResourceRow

_ABSENT = object()


class ChangeKind(Enum):
    """How a property changed."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Change:
    """One changed property."""

    path: str
    """Where: names joined by dots, such as ``properties.modelSettings.modelId``."""
    kind: ChangeKind
    replaces: bool
    """Whether the resource has to be deleted and created anew for it."""


def changes(row: ResourceRow, old: Json, new: Json) -> list[Change]:
    """Return what has to change for inputs ``old`` to become ``new``; a list is one value."""
    fixed = (*row.path_parameters, *row.replace_on)
    return [
        Change(path, kind, any(_covers(name, path) or _covers(path, name) for name in fixed))
        for path, kind in _changed("", old, new)
    ]


def _changed(path: str, old: Any, new: Any) -> Iterator[tuple[str, ChangeKind]]:
    if old is _ABSENT:
        yield path, ChangeKind.ADD
    elif new is _ABSENT:
        yield path, ChangeKind.DELETE
    elif isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            inner = f"{path}.{name}" if path else name
            yield from _changed(inner, old.get(name, _ABSENT), new.get(name, _ABSENT))
    elif old != new:
        yield path, ChangeKind.UPDATE


def _covers(outer: str, inner: str) -> bool:
    return inner == outer or inner.startswith(f"{outer}.")
