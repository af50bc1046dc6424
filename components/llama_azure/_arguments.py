"""Judging the plain arguments of a component while it is made, in words that name the argument and the remedy."""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from typing import Any, TypeVar

Choice = TypeVar("Choice", bound=StrEnum)


class Origin(Enum):
    """Where a resource that a component works with comes from."""

    CREATED = auto()
    """``<resource>_name`` is given: the component makes it."""
    ADOPTED = auto()
    """``<resource>_id`` is given: it is there, and the component neither changes nor deletes it."""
    ABSENT = auto()
    """Neither is given."""


def origin(component: str, args: Mapping[str, Any], resource: str, *, required: bool = True) -> Origin:
    """Return whether a resource is made, adopted or left out: one shape for everything that can be either.

    Raises:
        ValueError: both arguments are given, or neither is and one is required.
    """
    name, identifier = f"{resource}_name", f"{resource}_id"
    match (args.get(name) is not None, args.get(identifier) is not None):
        case (True, False):
            return Origin.CREATED
        case (False, True):
            return Origin.ADOPTED
        case (False, False) if not required:
            return Origin.ABSENT
        case (True, True):
            found = "both"
        case _:
            found = "neither"
    raise ValueError(
        f"{component}: give {name}, to have it made, or {identifier}, to use one that is there (found {found})"
    )


def choice(component: str, args: Mapping[str, Any], name: str, default: Choice) -> Choice:
    """Return an argument that takes one of a few words.

    Raises:
        ValueError: it is another; the message lists those there are.
    """
    value = args.get(name)
    if value is None:
        return default
    try:
        return type(default)(value)
    except ValueError:
        raise ValueError(f"{component}: {name} is {value!r}; give {_listed(type(default))}") from None


def whole(component: str, args: Mapping[str, Any], name: str, default: int, *, least: int, most: int) -> int:
    """Return an argument that is a whole number within limits. Other languages hand numbers over as floats.

    Raises:
        ValueError: it is not.
    """
    value = args.get(name, default)
    if value != int(value) or not least <= value <= most:
        raise ValueError(f"{component}: {name} is {value}; give a whole number from {least} to {most}")
    return int(value)


def _listed(kind: type[StrEnum]) -> str:
    *first, last = [member.value for member in kind]
    return f"{', '.join(first)} or {last}"
