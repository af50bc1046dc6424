"""Reading a stack's file as the Pulumi engine reads it, with the place and the spelling of every value.

The engine's YAML is not PyYAML's: to it ``22:30`` and ``on`` are texts, ``0451`` and ``1e3`` are numbers, and
``2024-07-01`` is a moment that it hands on as ``2024-07-01 00:00:00 +0000 UTC``. Whoever reads a stack's file reads it
here, so that all judge the same values. What was seen of Pulumi 3.259 is held by ``tests/engine/test_stack_text.py``.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from pydantic import SecretStr

Path = tuple[str | int, ...]
"""From the configuration to a value: keys of mappings and places in lists."""

_MOST_BYTES = 1024 * 1024
_MOST_VALUES = 50_000
_DEEPEST = 50
_WRITTEN_LENGTH = 40
# The C parser reads the same language an order of magnitude faster; PyYAML is built without it on some platforms.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE, _FALSE = frozenset({"true", "True", "TRUE"}), frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?(0b[01]+|0o?[0-7]+|0x[0-9a-fA-F]+|0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]|\s+)(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d+)?)(.*))?")


class StackTextError(ValueError):
    """A stack's file cannot be read; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Written:
    """How a value stands in the file."""

    line: int
    text: str
    """A scalar as it was written, quotes left out, cut where it is long; empty for a mapping or a list."""


@dataclass(frozen=True)
class StackText:
    """What a stack's file holds."""

    name: str
    """For messages, such as ``stacks/Pulumi.dev.yaml``."""
    config: Mapping[str, Any]
    """By full key: values as the engine reads them. In the place of what is encrypted stands an empty
    :class:`pydantic.SecretStr`."""
    written: Mapping[Path, Written]
    """By the path below ``config``: how a value, or a key, was written."""
    problems: Mapping[Path, str]
    """By path: what no reader should guess at, such as a key that is a number."""
    document: Mapping[str, Any] = field(default_factory=dict)
    """The whole file."""

    def line(self, place: str) -> int:
        """Return the line of a value whose place is spelled as in messages; 0 where it does not stand in the file."""
        return next((one.line for path, one in self.written.items() if spelled(path) == place), 0)

    @property
    def secrets(self) -> tuple[Path, ...]:
        """The paths of what is encrypted."""
        return tuple(path for path, value in _leaves((), self.config) if isinstance(value, SecretStr))


def spelled(path: Path) -> str:
    """Spell a value's place as a person writes it: ``llama-azure:projects.chat.serverless[0].model``."""
    head, *rest = path
    return str(head) + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in rest)


def read_stack_text(text: str, name: str, project: str) -> StackText:
    """Read the text of a stack's file.

    Args:
        text: the file's content.
        name: the file, for messages.
        project: the name of the Pulumi project, to which keys without a namespace belong.

    Raises:
        StackTextError: it is not YAML, or is not a stack's file.
    """
    if len(text) > _MOST_BYTES:
        raise StackTextError(f"{name} holds more than a stack's settings could: {len(text)} characters")
    reader = _Reader(name)
    root = reader.document(text)
    if root is None:
        return StackText(name, {}, {}, {})
    if not isinstance(root, _Mapping):
        raise StackTextError(f"{name} is not a mapping with a `config` in it")
    section = next((value for key, value in root.all_entries() if key.text == "config"), None)
    if section is None or (isinstance(section, _Scalar) and section.value is None):
        return StackText(name, {}, {}, {}, document=_plain_document(reader, root))
    if not isinstance(section, _Mapping):
        raise StackTextError(f"{name} (line {section.line}): config is not a mapping of settings")
    config: dict[str, Any] = {}
    for key, value in section.all_entries():
        if not isinstance(key.value, str) or key.value.count(":") > 1 or not key.value:
            raise StackTextError(
                f"{name} (line {key.line}): {key.shown} is not a key of a configuration; write namespace:name"
            )
        full = key.value if ":" in key.value else f"{project}:{key.value}"
        found = reader.value((full,), value)
        config[full] = "" if found is None else found  # as the engine hands it on
        reader.written[(full,)] = Written(key.line, value.shown if isinstance(value, _Scalar) else "")
    return StackText(name, config, reader.written, reader.problems, document=_plain_document(reader, root))


def _plain_document(reader: "_Reader", root: "_Mapping") -> dict[str, Any]:
    """Return the whole file as plain values; ciphertexts stay as they are."""
    return {str(key.text): reader.plain(value) for key, value in root.all_entries()}


@dataclass(slots=True)
class _Scalar:
    line: int
    text: str
    value: Any

    @property
    def shown(self) -> str:
        short = self.text if len(self.text) <= _WRITTEN_LENGTH else f"{self.text[:_WRITTEN_LENGTH]}…"
        return " ".join(short.split())


@dataclass(slots=True)
class _Mapping:
    line: int
    entries: list[tuple[_Scalar, "_Node"]] = field(default_factory=list)
    merged: list[tuple[_Scalar, "_Node"]] = field(default_factory=list)
    """What ``<<`` takes from other mappings; what stands here itself counts before it."""

    def all_entries(self) -> list[tuple[_Scalar, "_Node"]]:
        """Return every key once, with its value."""
        found = {key.text: (key, value) for key, value in reversed(self.merged)}
        return list((found | {key.text: (key, value) for key, value in self.entries}).values())


@dataclass(slots=True)
class _List:
    line: int
    items: list["_Node"] = field(default_factory=list)


_Node = _Scalar | _Mapping | _List


class _Builder:
    """Makes nodes of a parser's events, without recursion: nothing in a file decides how deep this goes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[tuple[_Mapping | _List, str | None]] = []
        """The mappings and lists that are not at their end, each with its anchor."""
        self._keys: list[_Scalar | None] = []
        """By open mapping: the key that waits for its value."""
        self._anchors: dict[str, _Node | None] = {}
        self.root: _Node | None = None

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        line = 0 if event.start_mark is None else event.start_mark.line + 1
        match event:
            case yaml.ScalarEvent():
                scalar = _Scalar(line, event.value, self._resolved(event, line))
                if event.anchor:
                    self._anchors[event.anchor] = scalar
                self._place(scalar, line)
            case yaml.AliasEvent():
                self._place(self._alias(event.anchor, line), line)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                if len(self._open) >= _DEEPEST:
                    raise failure(self._name, line, f"it is nested more than {_DEEPEST} deep")
                if event.anchor:
                    self._anchors[event.anchor] = None
                node = _Mapping(line) if isinstance(event, yaml.MappingStartEvent) else _List(line)
                self._open.append((node, event.anchor))
                self._keys.append(None)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                ended, anchor = self._open.pop()
                self._keys.pop()
                if anchor:
                    self._anchors[anchor] = ended
                self._place(ended, ended.line)
            case _:
                pass

    def _alias(self, anchor: str | None, line: int) -> "_Node":
        found = self._anchors.get(anchor or "")
        if found is None:
            why = "stands for itself" if anchor in self._anchors else "is not defined before it is used"
            raise failure(self._name, line, f"the anchor {anchor!r} {why}")
        return found

    def _place(self, node: "_Node", line: int) -> None:
        if not self._open:
            self.root = node
            return
        (parent, _), key = self._open[-1], self._keys[-1]
        if isinstance(parent, _List):
            parent.items.append(node)
        elif key is not None:
            self._enter(parent, key, node)
            self._keys[-1] = None
        elif isinstance(node, _Scalar):
            self._keys[-1] = node
        else:
            raise failure(self._name, line, "a key is a mapping or a list; write a text")

    def _enter(self, mapping: _Mapping, key: _Scalar, value: "_Node") -> None:
        if key.text == "<<" and key.value == "<<":
            for one in value.items if isinstance(value, _List) else [value]:
                if not isinstance(one, _Mapping):
                    raise failure(self._name, key.line, "<< merges mappings only")
                mapping.merged.extend(one.all_entries())
            return
        double = next((other for other, _ in mapping.entries if other.text == key.text), None)
        if double is not None:
            raise failure(self._name, key.line, f"{key.shown} stands twice; it stands in line {double.line} already")
        mapping.entries.append((key, value))

    def _resolved(self, event: yaml.ScalarEvent, line: int) -> Any:
        text: str = event.value
        if event.tag in ("tag:yaml.org,2002:str", "!") or (event.tag is None and event.style not in (None, "")):
            return text
        if _NOT_FINITE.fullmatch(text):
            raise failure(self._name, line, f"{text} is not a number that a setting can have")
        return _resolved(text)


def failure(name: str, line: int, problem: str) -> StackTextError:
    """Return an error that names the file and the line."""
    return StackTextError(f"{name} (line {line}): {problem}")


class _Reader:
    """Turns the nodes of one file into values, within bounds."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._count = 0
        self.written: dict[Path, Written] = {}
        self.problems: dict[Path, str] = {}

    def document(self, text: str) -> "_Node | None":
        """Return the root of the first document; ``None`` of an empty one."""
        builder = _Builder(self._name)
        try:
            for event in yaml.parse(text, Loader=_Loader):
                if isinstance(event, yaml.DocumentEndEvent):
                    break
                builder.take(event)
        except (yaml.YAMLError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            problem = getattr(error, "problem", None) or "it holds characters or nesting that YAML does not allow"
            where = f" (line {mark.line + 1})" if mark is not None else ""
            raise StackTextError(f"{self._name} cannot be read as YAML{where}: {problem}") from None
        return builder.root

    def _counted(self, node: "_Node", depth: int) -> None:
        self._count += 1
        if self._count > _MOST_VALUES:
            raise failure(self._name, node.line, f"it holds more than {_MOST_VALUES} values with its anchors filled in")
        if depth > _DEEPEST:
            raise failure(self._name, node.line, f"it is nested more than {_DEEPEST} deep")

    def value(self, path: Path, node: _Node) -> Any:
        """Return what a node of the configuration stands for, and note how it was written."""
        self._counted(node, len(path))
        self.written[path] = Written(node.line, node.shown if isinstance(node, _Scalar) else "")
        if isinstance(node, _Scalar):
            return node.value
        if isinstance(node, _List):
            return [self.value((*path, index), one) for index, one in enumerate(node.items)]
        entries = node.all_entries()
        if [key.text for key, _ in entries] == ["secure"]:
            return SecretStr("")
        found: dict[str, Any] = {}
        for key, one in entries:
            if not isinstance(key.value, str):
                self.problems[(*path, key.text)] = (
                    f"the key is not text to every reader of YAML; put it in quotes: {_quoted(key.text)}"
                )
            found[key.text] = self.value((*path, key.text), one)
            self.written[(*path, key.text)] = Written(key.line, one.shown if isinstance(one, _Scalar) else "")
        return found

    def plain(self, node: "_Node", depth: int = 0) -> Any:
        """Return what a node stands for, with nothing noted."""
        self._counted(node, depth)
        if isinstance(node, _Scalar):
            return node.value
        if isinstance(node, _List):
            return [self.plain(one, depth + 1) for one in node.items]
        return {key.text: self.plain(one, depth + 1) for key, one in node.all_entries()}


def _resolved(text: str) -> Any:
    """Return what a scalar without quotes stands for to the engine."""
    if text in _NULLS:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if (moment := _moment(text)) is not None:
        return moment
    digits = text.replace("_", "")
    if _INTEGER.fullmatch(digits) and len(digits) <= 20 and text[0] != "_":
        return _integer(digits)
    if _FLOAT.fullmatch(digits):
        number = float(digits)
        return number if abs(number) != float("inf") else text
    return text


def _integer(digits: str) -> int | float:
    sign, body = (-1, digits[1:]) if digits[0] == "-" else (1, digits.lstrip("+"))
    base = 10
    if len(body) > 1 and body[0] == "0":
        base = {"b": 2, "x": 16, "o": 8}.get(body[1], 8)
        body = body[2:] if body[1] in "bxo" else body[1:]
    number = sign * int(body, base)
    return number if -(2**63) <= number < 2**64 else float(number)


def _moment(text: str) -> str | None:
    """Return a date, or a date and an hour, as the engine hands it on; ``None`` where it is none to the engine."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    try:
        date = dt.date(int(year), int(month), int(day))
        if hour is None:
            return f"{date} 00:00:00 +0000 UTC"
        moment = dt.datetime(date.year, date.month, date.day, int(hour), int(minute), int(float(second)))  # noqa: DTZ001
    except ValueError:
        return None
    if zone not in ("", "Z"):
        return (
            f"{moment} {zone.replace(':', '')} {zone.replace(':', '')}"
            if re.fullmatch(r"[-+]\d\d:\d\d", zone)
            else None
        )
    return f"{moment} +0000 UTC"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _leaves((*path, key), one)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _leaves((*path, index), one)
    else:
        yield path, value
