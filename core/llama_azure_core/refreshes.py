"""What both refreshes of facts have in common: the catalogue's and the price list's. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any


class EmptyAnswerError(Exception):
    """Azure's answers hold nothing of what a file of facts is of: nothing is written over it for that."""


def changed_lines(before: Mapping[str, Any], now: Mapping[str, Any], *, shows_gone: bool) -> Iterator[str]:
    """Yield a line for each fact that is new, gone or otherwise.

    Args:
        before: the facts by what they are of, as they were: text, a frozenset of names, or ``True`` for what is only
            there or not.
        now: as they are.
        shows_gone: whether a fact that is gone is said as it was.
    """
    for name in dict.fromkeys([*before, *now]):
        if name not in before:
            yield f"new: {name}{'' if now[name] is True else f': {now[name]}'}"
        elif name not in now:
            yield f"gone: {name}{f', before {before[name]}' if shows_gone else ''}"
        elif before[name] != now[name]:
            yield f"{name}: {_difference(before[name], now[name])}"


def _difference(was: Any, now: Any) -> str:
    if isinstance(was, frozenset) and isinstance(now, frozenset):
        come, gone = ", ".join(sorted(now - was)), ", ".join(sorted(was - now))
        return ", ".join(filter(None, (come and f"and {come}", gone and f"no longer {gone}")))
    return f"{now}, before {was}"
