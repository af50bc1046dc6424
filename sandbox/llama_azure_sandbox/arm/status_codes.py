"""The status codes that Microsoft's generated clients accept of each type (``status_codes.yaml``).

A client raises on a code that its type does not have, also where the resource was made.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

_EVERY_CLIENT = {"PUT": frozenset({200, 201}), "DELETE": frozenset({200, 204})}


def accepted_codes(resource_type: str, verb: str) -> frozenset[int]:
    """Return the codes that clients accept of a PUT, DELETE or HEAD; the usual ones for a type that no client has."""
    known = _codes().get(resource_type.lower(), _EVERY_CLIENT)
    return known.get(verb) or _EVERY_CLIENT.get(verb, frozenset({200, 204}))


def types_of_clients() -> frozenset[str]:
    """Return the types that the clients make or delete, in lower case."""
    return frozenset(_codes())


@cache
def _codes() -> Mapping[str, Mapping[str, frozenset[int]]]:
    text = files(__package__).joinpath("status_codes.yaml").read_text(encoding="utf-8")
    types: dict[str, dict[str, list[int]]] = yaml.safe_load(text)["types"]
    return {kind.lower(): {verb: frozenset(codes) for verb, codes in verbs.items()} for kind, verbs in types.items()}
