"""What changed between two sets of values, what ARM cannot do in place, and such a change done to other values."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from llama_azure_sandbox.provider.types import UNKNOWN, Json, ResourceRow


class ChangeKind(Enum):
    """How a property changed."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Change:
    """One changed property."""

    path: str
    """Where: names joined by dots, list members by their number: ``properties.modelSettings.modelId``, ``a[0].b``."""
    kind: ChangeKind
    replaces: bool
    """Whether the resource has to be deleted and created anew for it."""

    @property
    def name(self) -> str:
        """The top-level property."""
        return re.split(r"[.\[]", self.path, maxsplit=1)[0]


def changes(row: ResourceRow, old: Json, new: Json, old_outputs: Json) -> list[Change]:
    """Return what has to change for inputs ``old`` to become ``new``.

    What the inputs did not say and Azure has just as they say it now replaces nothing.
    """
    fixed = frozenset({*row.path_parameters, *row.replace_on})
    found = []
    for path, kind in _changed("", old, new):
        name = path.split(".", 1)[0]
        if name == path and name in _SAME and _SAME[name](old.get(name), new.get(name)):
            continue
        place = re.sub(r"\[\d+\]", "[]", path)
        replaces = place in fixed or (kind is ChangeKind.UPDATE and any(_covers(outer, place) for outer in fixed))
        if replaces and kind is ChangeKind.ADD and path in new and new[path] == old_outputs.get(path):
            replaces = False
        found.append(Change(path, kind, replaces))
    return found


def _changed(path: str, old: Any, new: Any) -> Iterator[tuple[str, ChangeKind]]:
    if old is None or new is None:
        if old is not None or new is not None:
            yield path, ChangeKind.ADD if old is None else ChangeKind.DELETE
    elif isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            if not name.startswith("__"):
                yield from _changed(f"{path}.{name}" if path else name, old.get(name), new.get(name))
    elif isinstance(old, list) and isinstance(new, list):
        for number in range(max(len(old), len(new))):
            yield from _changed(
                f"{path}[{number}]",
                old[number] if number < len(old) else None,
                new[number] if number < len(new) else None,
            )
    elif old != new:
        yield path, ChangeKind.UPDATE


def with_change(values: Any, old: Any, new: Any) -> Any:
    """Return ``values`` after what happened between ``old`` and ``new`` has happened to them too."""
    if isinstance(values, dict) and isinstance(old, dict) and isinstance(new, dict):
        result = {name: value for name, value in values.items() if new.get(name) is not None or old.get(name) is None}
        for name, value in new.items():
            if value is None or _equal(old.get(name), value):
                continue
            if old.get(name) is None or values.get(name) is None:
                result[name] = value
            else:
                result[name] = with_change(values[name], old[name], value)
        return result
    if isinstance(values, list) and isinstance(old, list) and isinstance(new, list):
        both = min(len(values), len(old))
        return [
            with_change(values[number], old[number], value) if number < both else value
            for number, value in enumerate(new)
        ]
    return values if _equal(old, new) else new


def _equal(one: Any, other: Any) -> bool:
    return next(_changed("", one, other), None) is None


def _covers(outer: str, inner: str) -> bool:
    return inner.startswith((f"{outer}.", f"{outer}["))


def _same_region(one: Any, other: Any) -> bool:
    return _is_text(one, other) and one.replace(" ", "").lower() == other.replace(" ", "").lower()


def _same_case(one: Any, other: Any) -> bool:
    return _is_text(one, other) and one.lower() == other.lower()


def _is_text(*values: Any) -> bool:
    return all(isinstance(value, str) and value != UNKNOWN for value in values)


# Differences of spelling that Azure does not make.
_SAME = {"location": _same_region, "resourceGroupName": _same_case}
