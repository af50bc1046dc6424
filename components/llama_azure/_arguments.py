"""Judging the plain arguments of a component while it is made, in words that name the argument and the remedy."""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from typing import Any, TypeVar

Choice = TypeVar("Choice", bound=StrEnum)


class ArgumentError(ValueError):
    """An argument of a component that is wrong, or does not go with another.

    The package that hosts the components for other languages tells it as an error of that input, by its name there.
    """

    def __init__(self, place: str, argument: str, reason: str) -> None:
        """Make the error of an argument.

        Args:
            place: the component, and the way to what holds the argument: ``DeployerRole: deployers.ci``.
            argument: its name.
            reason: what is wrong, and what to do.
        """
        super().__init__(f"{place}: {reason}")
        _, *way = place.split(": ")
        self.path = ".".join([*way, argument])
        self.reason = reason


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
        ArgumentError: both arguments are given, or neither is and one is required.
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
    raise ArgumentError(
        component, name, f"give {name}, to have it made, or {identifier}, to use one that is there (found {found})"
    )


def choice(component: str, args: Mapping[str, Any], name: str, default: Choice) -> Choice:
    """Return an argument that takes one of a few words.

    Raises:
        ArgumentError: it is another; the message lists those there are.
    """
    value = args.get(name)
    if value is None:
        return default
    try:
        return type(default)(value)
    except ValueError:
        raise ArgumentError(component, name, f"{name} is {value!r}; give {_listed(type(default))}") from None


def whole(component: str, args: Mapping[str, Any], name: str, default: int, *, least: int, most: int) -> int:
    """Return an argument that is a whole number within limits. Other languages hand numbers over as floats.

    Raises:
        ArgumentError: it is not.
    """
    value = args.get(name, default)
    if value != int(value) or not least <= value <= most:
        raise ArgumentError(component, name, f"{name} is {value}; give a whole number from {least} to {most}")
    return int(value)


def severity(component: str, args: Mapping[str, Any]) -> int:
    """Return the severity of an alert rule: 0 critical to 4 verbose, 2 (warning) where none is given.

    Raises:
        ArgumentError: it is another number.
    """
    return whole(component, args, "severity", 2, least=0, most=4)


def _listed(kind: type[StrEnum]) -> str:
    *first, last = [member.value for member in kind]
    return f"{', '.join(first)} or {last}"
