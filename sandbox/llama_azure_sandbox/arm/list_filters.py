"""The ``$filter`` of a list: types joined by ``or``, or a tag; and its ``$top``. Another filter leaves nothing out."""

import re

from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmRequest
from llama_azure_sandbox.arm.store import Json

_TYPE = r"resourceType\s+eq\s+'([^']+)'"
_TAG = re.compile(r"\s*tagName\s+eq\s+'([^']+)'(?:\s+and\s+tagValue\s+eq\s+'([^']*)')?\s*", re.IGNORECASE)
_TYPES = re.compile(rf"\s*{_TYPE}(?:\s+or\s+{_TYPE})*\s*", re.IGNORECASE)


def wanted_types(request: ArmRequest) -> frozenset[str] | None:
    """Return the types that a request filters by, in lower case; ``None`` if it filters by none."""
    text = request.parameter("$filter") or ""
    if _TYPES.fullmatch(text) is None:
        return None
    return frozenset(name.lower() for name in re.findall(_TYPE, text, re.IGNORECASE))


def with_wanted_tag(shown: list[Json], request: ArmRequest) -> list[Json]:
    """Return the resources that bear the tag that a request filters by; all if it filters by none."""
    match = _TAG.fullmatch(request.parameter("$filter") or "")
    if match is None:
        return shown
    name, value = match[1].lower(), match[2]
    tags = [{key.lower(): text for key, text in (one.get("tags") or {}).items()} for one in shown]
    return [
        one for one, its in zip(shown, tags, strict=True) if name in its and (value is None or str(its[name]) == value)
    ]


def top(request: ArmRequest) -> int | None:
    """Return how many entries a request asks for at most; ``None`` for all.

    Raises:
        ArmError: 400, it is no number of entries.
    """
    asked = request.parameter("$top")
    if asked is None:
        return None
    if not asked.isdecimal() or int(asked) == 0:
        raise ArmError(400, "InvalidTopQueryParameter", f"$top is {asked!r}: give a whole number above 0.")
    return int(asked)
