"""From a section of the settings to a component's arguments: one rule, so that no setting is left behind."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from llama_azure_core.catalogue import BackEnd
from llama_azure_core.settings._section import ResourceId, TokensPerDay


def arguments(section: BaseModel, *leave_out: str) -> dict[str, Any]:
    """Return a section's values by the names that the component has for them.

    A setting is called as the component's argument; one that holds an Azure resource id is called as the argument
    without ``_id``, one that holds several, such as ``allowedSubnets``, as ``allowed_subnet_ids``. What is not set is
    left out, so that the component's default holds.

    Args:
        section: a section of the settings.
        leave_out: settings that are no arguments.
    """
    found = {}
    for name, argument in _fields(type(section)).items():
        value = getattr(section, name)
        if value is not None and name not in leave_out:
            found[argument] = _plain(value)
    return found


def expected_tokens(
    given: TokensPerDay | None, end: BackEnd | None = None, ends: Sequence[BackEnd] = ()
) -> tuple[int, int] | None:
    """Return the tokens that are expected of an endpoint in a day, sent and got; ``None`` where nobody says.

    Of several back ends only the first gets them: callers move to that one.
    """
    return None if given is None or (ends and end is not ends[0]) else (given.input, given.output)


@cache
def _fields(kind: type[BaseModel]) -> Mapping[str, str]:
    """Return the names of a section's settings, each with the component's."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: _argument(name, hints[name]) for name in kind.model_fields}


def _argument(name: str, hint: Any) -> str:
    if get_origin(hint) is tuple:
        return f"{name.removesuffix('s')}_ids" if ResourceId in get_args(hint) else name
    return f"{name}_id" if hint == ResourceId or ResourceId in get_args(hint) else name


def _plain(value: Any) -> Any:
    match value:
        case StrEnum():
            return value.value
        case BaseModel():
            return arguments(value)
        case tuple():
            return [_plain(one) for one in value]
        case dict():
            return {_plain(key): _plain(one) for key, one in value.items()}
        case tuple():
            return [_plain(one) for one in value]
        case _:
            return value
