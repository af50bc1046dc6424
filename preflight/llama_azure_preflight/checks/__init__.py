"""Every check: those of all files in this folder, one each."""

from importlib import import_module
from pkgutil import iter_modules

from llama_azure_preflight.check import Check

AREAS = ("SUB", "PRV", "RBAC", "MKT", "POL", "DAT", "MDL", "TRF", "DEL", "NAME", "QTA", "LIM", "ADP", "NET")
"""The second part of an id, in the order of the report."""


def _place(check: Check) -> tuple[int, str]:
    _, area, number = check.id.split("-")
    return AREAS.index(area), number


_FILES = [one.name for one in iter_modules(__path__) if not one.name.startswith("_")]

CHECKS: tuple[Check, ...] = tuple(sorted((import_module(f"{__name__}.{one}").CHECK for one in _FILES), key=_place))
"""By area and number."""


class UnknownCheckError(ValueError):
    """No check has this id; the message names all of them."""


def find_check(check_id: str) -> Check:
    """Return a check by its id, whatever the case.

    Raises:
        UnknownCheckError: there is none of that id.
    """
    found = next((check for check in CHECKS if check.id == check_id.upper()), None)
    if found is None:
        raise UnknownCheckError(f"no check is called {check_id}: there are {', '.join(one.id for one in CHECKS)}")
    return found
