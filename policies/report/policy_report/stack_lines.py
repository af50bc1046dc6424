"""In which line of a stack's file a finding is to be mended."""

from collections.abc import Callable
from pathlib import Path

from llama_azure_core.plan import places, plan
from llama_azure_core.settings import LOCATION_KEY, NAMESPACE, SettingsError, parse_settings
from llama_azure_core.settings.stack_text import StackTextError, read_stack_text

# Properties that the stack as a whole decides, whatever the resource.
_OF_THE_STACK = {"location": LOCATION_KEY, "tags": f"{NAMESPACE}:tags"}


def lines_of(file: Path) -> Callable[[str, str], int]:
    """Return a function from a resource's name and a property's path to a line of the stack's file.

    Of a resource that the stack's plan does not name it is the hub's line; 0 where the file tells nothing.
    """
    try:
        text = read_stack_text(file.read_text(encoding="utf-8"), file.name, NAMESPACE)
        named = places(plan(parse_settings(text.config, text).undivided, subscription="unknown"))
    except (OSError, UnicodeDecodeError, StackTextError, SettingsError):
        return lambda _subject, _path: 0

    def line_of(subject: str, path: str) -> int:
        setting = _OF_THE_STACK.get(path.split(".")[0], "")
        found = [name for name in named if subject == name or subject.startswith(f"{name}-")]
        place = named[max(found, key=len)] if found else f"{NAMESPACE}:hub"
        return text.line(setting) or text.line(place)

    return line_of
