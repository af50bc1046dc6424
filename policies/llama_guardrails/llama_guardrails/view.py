"""A resource as the rules see it. This is the one place that knows of unknown values.

While a stack is previewed many values are not known yet. Reading one raises :class:`Undecided` with its
path, so that no rule can take it for a value, and a rule that could not decide says so.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final

_STEP: Final = re.compile(r"([^.\[\]]+)(?=[.\[]|$)|\[(\d+)\]")

REDACTED = "[secret]"
"""What ``pulumi policy analyze`` puts in the place of secrets that it cannot decrypt."""


class Unknown:
    """The type of :data:`UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
"""Stands for a value that a preview does not know yet."""


class Undecided(Exception):  # noqa: N818 - not an error: the value will be there at the update
    """The value that decides is not known, or not one that the rule can read."""

    def __init__(self, path: str, *, redacted: bool = False, reason: str = "") -> None:
        super().__init__(path)
        self.path = path
        self.reason = reason
        """Why it cannot be decided, where that is not that the value comes with the deployment."""
        self.redacted = redacted
        """Whether it is a secret that could not be decrypted."""


class NotApplicable(Exception):  # noqa: N818 - not an error: the rule has nothing to say
    """The rule does not concern this resource."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a stack."""

    type: str
    """The type without an API version: ``azure-native:storage:StorageAccount``."""
    urn: str
    name: str
    """The name in the Pulumi program."""
    properties: Mapping[str, Any] = field(default_factory=dict)
    """The inputs; of a resource that this stack only reads, what Azure shows of it."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """What Azure shows of it; empty until the end of a run."""
    secrets: frozenset[str] = frozenset()
    """The texts among the inputs that are secrets, so that no message repeats one."""
    secret_paths: frozenset[str] = frozenset()
    """The paths of the inputs that are secrets."""
    protect: bool = False
    parent: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    versioned_type: str = ""
    """The type as the program gave it."""
    operation: str = ""
    """What the engine does to it, as the engine spells it; only the report knows, and only of what is there."""
    azure_name: str = ""
    """Its name in Azure, where ``operation`` is known."""
    contents: tuple[str, ...] = ()
    """The names of what lies in it in Azure, where ``operation`` is known."""

    def get(self, path: str) -> Any:
        """Return the input at a path such as ``properties.traffic`` or ``profiles[0].capacity``, or ``None``.

        Raises:
            Undecided: it, or what holds it, is not known yet.
        """
        return _walk(self.properties, path)

    def output(self, path: str) -> Any:
        """Return what Azure shows at a path, or ``None``; what is not known counts as not shown."""
        try:
            return _walk(self.outputs, path)
        except Undecided:
            return None

    def text(self, path: str) -> str | None:
        """Return the text at a path, or ``None`` where there is none."""
        value = self.get(path)
        return value if isinstance(value, str) else None

    def number(self, path: str) -> int | None:
        """Return the whole number at a path, or ``None``. Over the wire all numbers are floats."""
        value = self.get(path)
        return (
            int(value) if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) else None
        )

    def says(self, path: str, *words: str) -> bool:
        """Whether the text at a path is one of these words, whatever the case: Azure compares its enumerations so."""
        value = self.text(path)
        return value is not None and value.casefold() in {word.casefold() for word in words}

    def is_secret(self, path: str) -> bool:
        """Whether the input at a path, or what holds it, is a Pulumi secret: that is known before its value."""
        steps = path.split(".")
        if any(".".join(steps[:count]) in self.secret_paths for count in range(1, len(steps) + 1)):
            return True
        try:
            _walk(self.properties, path)
        except Undecided as unknown:
            return unknown.redacted
        return False

    def whole(self, path: str) -> Any:
        """Return the mapping or list at a path with everything in it known.

        Raises:
            Undecided: something in it is not known yet.
        """
        value = self.get(path)
        _all_known(value, path)
        return value


def _walk(value: Any, path: str) -> Any:
    walked = ""
    for key, index in _STEP.findall(path):
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
            walked += f"[{index}]"
        else:
            value = value.get(key) if isinstance(value, Mapping) else None
            walked = f"{walked}.{key}" if walked else key
        if value is UNKNOWN or value == REDACTED:
            raise Undecided(walked, redacted=value is not UNKNOWN)
    return value


def _all_known(value: Any, path: str) -> None:
    if value is UNKNOWN or value == REDACTED:
        raise Undecided(path)
    if isinstance(value, Mapping):
        for key, item in value.items():
            _all_known(item, f"{path}.{key}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, item in enumerate(value):
            _all_known(item, f"{path}[{index}]")


def members(listed: object) -> Iterator[tuple[int, Any]]:
    """Yield the objects of a list with their places, those that are not known yet too; what is none is passed over."""
    for place, one in enumerate(listed if isinstance(listed, Sequence) and not isinstance(listed, str) else ()):
        if one is UNKNOWN or isinstance(one, Mapping):
            yield place, one
