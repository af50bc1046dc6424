"""The ``$filter`` of a list of resources: types joined by ``or``. Another filter leaves nothing out."""

import re

from sandbox.arm.messages import ArmRequest

_TYPE = r"resourceType\s+eq\s+'([^']+)'"
_TYPES = re.compile(rf"\s*{_TYPE}(?:\s+or\s+{_TYPE})*\s*", re.IGNORECASE)


def wanted_types(request: ArmRequest) -> frozenset[str] | None:
    """Return the types that a request filters by, in lower case; ``None`` if it filters by none."""
    text = request.parameter("$filter") or ""
    if _TYPES.fullmatch(text) is None:
        return None
    return frozenset(name.lower() for name in re.findall(_TYPE, text, re.IGNORECASE))
