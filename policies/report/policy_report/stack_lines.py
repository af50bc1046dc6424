"""In which line of a stack's file a finding is to be mended."""

import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

import yaml

# Properties that the stack as a whole decides, whatever the resource.
_OF_THE_STACK = {"location": "azure-native:location", "tags": "llama-azure:tags"}
_ALIKE = 5
_HUB, _PROJECTS = "llama-azure:hub", "llama-azure:projects"


def lines_of(file: Path) -> Callable[[str, str], int]:
    """Return a function from a resource's name and a property's path to a line of the stack's file.

    Resources are named after the keys of the settings: ``assistants-chat-blue`` is what ``projects.assistants.managed.
    chat.deployments.blue`` describes. Of a resource that no key names it is the hub's line; 0 where the file tells
    nothing.
    """
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return lambda _subject, _path: 0
    config = next((value for key, value in _entries(root) if key.value == "config"), None)
    keys = {key.value: (key, value) for key, value in _entries(config)}

    def line_of(subject: str, path: str) -> int:
        setting = _OF_THE_STACK.get(path.split(".")[0])
        if setting in keys:
            return _line(keys[setting][0])
        found = _deepest(subject, keys[_PROJECTS][1]) if _PROJECTS in keys else None
        if found is None and _HUB in keys:
            found = keys[_HUB][0]
        return 0 if found is None else _line(found)

    return line_of


def _deepest(name: str, node: yaml.Node) -> yaml.Node | None:
    """Return the key of the innermost mapping that the name begins with the keys of, or an entry of a list."""
    found: yaml.Node | None = None
    for key, value in _entries(node):
        if key.value and (name == key.value or name.startswith(f"{key.value}-")):
            rest = name.removeprefix(key.value).removeprefix("-")
            inner = (_within(rest, kind.value, below) for kind, below in _entries(value))
            found = next((one for one in inner if one is not None), key)
    return found


def _within(name: str, kind: str, node: yaml.Node) -> yaml.Node | None:
    if kind in ("managed", "deployments"):
        return _deepest(name, node)
    if kind != "serverless" or not isinstance(node, yaml.SequenceNode) or not name:
        return None
    # An endpoint is named after its model where the entry gives it no name.
    likeness = {entry: max((_alike(name, one) for one in _names(entry)), default=0) for entry in node.value}
    best = max(likeness, key=lambda entry: likeness[entry], default=None)
    return best if best is not None and likeness[best] >= _ALIKE else None


def _names(entry: yaml.Node) -> list[str]:
    return [str(value.value) for key, value in _entries(entry) if key.value in ("name", "model")]


def _alike(one: str, other: str) -> int:
    """Return how many letters and digits two names begin with that are the same."""
    pairs = zip(*(re.sub(r"[^a-z0-9]", "", text.lower()) for text in (one, other)), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _entries(node: yaml.Node | None) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if isinstance(key, yaml.ScalarNode):
            yield key, value


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
