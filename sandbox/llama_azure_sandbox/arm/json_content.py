"""Reading JSON that others sent: bounded, and free of what other readers of JSON cannot read."""

import json
import math
import re
from typing import Any, NoReturn

DEEPEST = 100
"""How many objects and arrays may lie in each other. Azure's own bound is not documented."""

# A surrogate that is escaped; a pair of them is one character, one alone is none.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_INTEGERS = range(-(2**63), 2**64)
_LONGEST_NUMBER = 400


def parse_json(content: str | bytes) -> Any:
    """Return what a JSON text says.

    Raises:
        ValueError: it is none, or holds a number that is not finite or an integer of more than 64 bits, half a
            surrogate pair, or more than ``DEEPEST`` objects and arrays in each other. The message says which.
    """
    text = content.decode("utf-8") if isinstance(content, bytes) else content
    try:
        value = _DECODER.decode(text.removeprefix("\ufeff"))
    except RecursionError:
        raise _too_deep() from None
    require_shallow(value)
    if _SURROGATE.search(text) or not text.isascii():
        require_text(value)
    return value


def mended_json(content: str) -> str:
    """Return a stored JSON text in which everything can be said.

    ``null`` stands for what is not a number, ``\ufffd`` for half a surrogate pair, ``{}`` for what is not JSON at all.
    """
    try:
        value = json.loads(content, parse_constant=lambda _name: None, parse_float=_finite_or_none)
    except (ValueError, RecursionError):
        return "{}"
    text = json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def require_shallow(value: Any) -> None:
    """Refuse what is deeper than ``DEEPEST``.

    Raises:
        ValueError: it is.
    """
    layer = [value]
    for _ in range(DEEPEST + 1):
        containers = [one for one in layer if isinstance(one, dict | list)]
        if not containers:
            return
        layer = [item for one in containers for item in (one.values() if isinstance(one, dict) else one)]
    raise _too_deep()


def require_text(value: Any) -> None:
    """Refuse texts that no UTF-8 can say.

    Raises:
        ValueError: there is half a surrogate pair.
    """
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("a text holds half a surrogate pair") from None


def _too_deep() -> ValueError:
    return ValueError(f"it is more than {DEEPEST} objects and arrays deep")


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:40]} is too large")
    return value


def _finite_or_none(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER or int(text) not in _INTEGERS:
        raise ValueError(f"the integer {text[:40]} has more than 64 bits")
    return int(text)


_DECODER = json.JSONDecoder(parse_constant=_constant, parse_float=_finite, parse_int=_integer)
