"""The events in which the Pulumi engine tells what it does.

Its plain JSON leaves policy events out; its event stream has them, one event a line (the style of
``PULUMI_ENABLE_STREAMING_JSON_PREVIEW``), and so has ``pulumi policy analyze --json``.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

STREAMING = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}
"""The variables with which a preview in JSON prints every event."""

NO_POLICY_PACK = {"PULUMI_OPTION_POLICY_PACK": "", "PULUMI_OPTION_POLICY_PACK_CONFIG": ""}
"""Variables that take the effect of a policy pack away which the shell has switched on."""

# What the engine says at the end of a preview that something has stopped; it is no error beside that.
_FOLLOWS = frozenset({"preview failed"})
_COLOUR = re.compile(r"<\{%[^%]*%\}>")


def read_events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the events; what is none is somebody's output in between."""
    for line in lines:
        if not line.startswith("{"):
            continue
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict):
            yield event


def error_of(event: dict[str, Any]) -> str | None:
    """Return the error that an event tells, without the engine's colour marks; ``None`` if it tells none."""
    said = event.get("diagnosticEvent") or {}
    if said.get("severity") != "error":
        return None
    message = _COLOUR.sub("", str(said.get("message", ""))).strip()
    return None if message in _FOLLOWS else message


def type_and_name(urn: str) -> tuple[str, str]:
    """Return the type and the name of ``urn:pulumi:<stack>::<project>::<parent types$type>::<name>``; empty if none."""
    parts = urn.split("::", 3)
    return (parts[2].rsplit("$", 1)[-1], parts[3]) if len(parts) == 4 else ("", "")
