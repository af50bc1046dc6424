"""From a stack's configuration to settings, with every problem told at once: the one reader of its keys."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError

from llama_azure_core.engine_values import LOCATION_KEY, NAMESPACE, engine_date, from_json, raw_values, to_date
from llama_azure_core.settings._section import AS_OF
from llama_azure_core.settings.stack import Settings
from llama_azure_core.settings.stack_text import Path, StackText, Written, spelled

_SHOWN_LENGTH = 60


class SettingsError(ValueError):
    """The settings cannot be used; the message names every value at fault, its place and its remedy."""


def parse_settings(config: Mapping[str, Any], source: str | StackText) -> Settings:
    """Turn a stack's configuration into settings.

    Args:
        config: values by full key, ``llama-azure:hub`` and ``azure-native:location``; keys of other
            namespaces are left alone. Mappings and lists may be JSON text, as ``pulumi config set`` writes them and
            the engine hands them on. A secret is a :class:`pydantic.SecretStr`, empty where it cannot be read.
        source: the file that the values come from, or its name, for messages.

    Raises:
        SettingsError: something is missing, unknown or wrong; the message lists all of it.
    """
    text = source if isinstance(source, StackText) else StackText(source, {}, {}, {})
    values = settings_values(config)
    problems = _unreadable(values, text)
    try:
        settings = Settings.model_validate(values, context={AS_OF: _as_of(values.get("asOf"))})
    except ValidationError as error:
        found = [(_named(one["loc"]), _explain(one)) for one in error.errors(include_url=False)]
        told = {path for path, _ in problems}
        problems += [(path, said) for path, said in found if path not in told]
    if problems:
        lines = "\n".join(f"  {_path(path)}: {said}{_place(path, text)}" for path, said in problems)
        raise SettingsError(f"{text.name} cannot be used:\n{lines}")
    return settings


def settings_values(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings by their key in the file, without what is not set; JSON where a mapping is meant is read."""
    return {key: from_json(value) if key in _STRUCTURED else value for key, value in raw_values(config).items()}


def _is_structured(annotation: Any) -> bool:
    kinds = [one for one in get_args(annotation) if one is not type(None)] if type(None) in get_args(annotation) else []
    return (
        get_origin(annotation) is dict
        or (isinstance(annotation, type) and issubclass(annotation, BaseModel))
        or any(_is_structured(one) for one in kinds)
    )


_STRUCTURED = {field.alias or name for name, field in Settings.model_fields.items() if _is_structured(field.annotation)}


def _as_of(value: object) -> dt.date:
    """Return the date to judge by even where the rest cannot be used, so that all problems are told at once."""
    try:
        return to_date(value)
    except ValueError:
        return dt.date.today()


def _unreadable(values: Mapping[str, Any], text: StackText) -> list[tuple[Path, str]]:
    """Return what would be guessed at: keys that are no texts, and dates where a text is meant."""
    problems: list[tuple[Path, str]] = [
        ((_alias(path[0]), *path[1:]), said)
        for path, said in text.problems.items()
        if str(path[0]).startswith(f"{NAMESPACE}:")
    ]
    for path, value in _texts((), values):
        if path != ("asOf",) and engine_date(value) is not None:
            problems.append((path, f'a date without quotes is not text; put it in quotes: "{_plain_date(value)}"'))
    return problems


def _plain_date(value: str) -> str:
    day = engine_date(value) or value
    return day if " 00:00:00 " in value else value


def _texts(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts((*path, key), one)
    elif isinstance(value, (list, tuple)):
        for index, one in enumerate(value):
            yield from _texts((*path, index), one)
    elif isinstance(value, str):
        yield path, value


def _alias(key: int | str) -> str:
    return "location" if key == LOCATION_KEY else str(key).removeprefix(f"{NAMESPACE}:")


def _named(location: tuple[int | str, ...]) -> Path:
    """Return a place without the names that the validator gives to the choices of a value and to keys."""
    return tuple(step for step in location if step not in ("[key]", "str", "lax-or-strict[...]"))


def _path(location: Path) -> str:
    """Spell a value's place as a person writes it: ``llama-azure:projects.chat.serverless[0].model``."""
    if not location:
        return NAMESPACE
    head, *rest = location
    return spelled((LOCATION_KEY if head == "location" else f"{NAMESPACE}:{head}", *rest))


def _place(location: Path, text: StackText) -> str:
    """Say where in the file a value stands, and how it is written; nothing where the file is not at hand."""
    written = _written(location, text)
    if written is None:
        return ""
    return f" (line {written.line})" if not written.text else f" (line {written.line}: {written.text})"


def _written(location: Path, text: StackText) -> Written | None:
    """Return how a value, or the nearest thing that holds it, is written."""
    if not location:
        return None
    head = LOCATION_KEY if location[0] == "location" else f"{NAMESPACE}:{location[0]}"
    path: Path = (head, *location[1:])
    found = text.written.get(path)
    if found is not None:
        return found
    while path and path not in text.written:
        path = path[:-1]
    return Written(text.written[path].line, "") if path else None


def _explain(problem: Any) -> str:
    """Say what is wrong and what to do, in the words of the file rather than of the validator."""
    value = problem["input"]
    if isinstance(value, SecretStr):
        return "is a secret, and this value is shown in names, tags or states; set it without --secret"
    match problem["type"]:
        case "missing":
            return "is missing; add it"
        case "extra_forbidden":
            return "is not a setting; remove it or check its spelling"
        case "value_error":
            return str(problem["ctx"]["error"])
        case "string_type" if isinstance(value, (bool, int, float)):
            return f"a text is wanted, and without quotes this is {_shown(value)}; put it in quotes"
        case "bool_parsing" | "bool_type":
            return f"write true or false (found {_shown(value)})"
        case _:
            return f"{problem['msg']} (found {_shown(value)})"


def _shown(value: object) -> str:
    """Show a value, cut where it is long; of a mapping or a list only what it is."""
    match value:
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return str(int(value))
        case _:
            shown = repr(value)
            return shown if len(shown) <= _SHOWN_LENGTH else f"{shown[:_SHOWN_LENGTH]}…"
