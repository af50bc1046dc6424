"""Why a question cannot be answered."""

import difflib
from collections.abc import Iterable


class CommandError(Exception):
    """The question cannot be answered; the message names the value, where it stands, and the remedy."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a message about a name that is none: the nearest of the known names, or all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(name.casefold(), [one.casefold() for one in names], n=3, cutoff=0.5)
    spelled = {one.casefold(): one for one in names}
    if near:
        return f"did you mean {', '.join(spelled[one] for one in near)}?"
    return f"there is {', '.join(names)}" if names else "there is none"
