"""Reading one parameter's value by its row of the table, and the same row as JSON Schema."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.inference.errors import invalid_parameter
from sandbox.inference.parameter_table import Parameter, parameter_table

_JSON_TYPES: Mapping[str, Mapping[str, Any]] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "object": {"type": "object"},
    "objects": {"type": "array", "items": {"type": "object"}},
    "tool-choice": {"anyOf": [{"type": "string", "enum": ["auto", "none", "required"]}, {"type": "object"}]},
}


def read_value(name: str, row: Parameter, given: Any) -> Any:
    """Return the value of a parameter that was given.

    Raises:
        DataPlaneError: 422, it is not what the row says.
    """
    if given is None and row.nullable:
        return None
    if row.type == "messages":
        return _messages(name, given)
    if row.type == "strings":
        return _strings(name, given)
    if row.type == "integers":
        if not isinstance(given, list):
            raise invalid_parameter([name], given, "must be a list of integers")
        return [_integer([name, index], row, value) for index, value in enumerate(given)]
    if row.type == "integer":
        return _integer([name], row, given)
    if row.type == "number":
        return _number([name], row, given)
    return _plain(name, row.type, given)


def value_schema(row: Parameter) -> dict[str, Any]:
    """Return the JSON Schema of a parameter's values."""
    schema: dict[str, Any]
    match row.type:
        case "messages":
            schema = _messages_schema()
        case "strings":
            text = {"type": "string", "minLength": 1}
            schema = {"anyOf": [text, {"type": "array", "items": text}]}
        case "integers":
            schema = {"type": "array", "items": {"type": "integer", **_range(row)}}
        case "response-format":
            refused = list(parameter_table().refused_response_formats)
            schema = {"type": "object", "properties": {"type": {"not": {"enum": refused}}}}
        case _:
            schema = {**_JSON_TYPES[row.type], **_range(row)}
    if row.nullable:
        schema = {"anyOf": [schema, {"type": "null"}]}
    notes = [row.inferred and f"Inferred: {row.inferred}.", row.oddity, row.ignored and f"Ignored: {row.ignored}."]
    description = " ".join(note for note in (*notes, f"Source: {', '.join(row.source) or 'none'}.") if note)
    return {**schema, "description": description, **({} if row.required else {"default": row.default})}


def _range(row: Parameter) -> dict[str, Any]:
    bounds = {"minimum": row.minimum, "maximum": row.maximum}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _messages_schema() -> dict[str, Any]:
    message = {
        "type": "object",
        "required": ["role", "content"],
        "properties": {
            "role": {"type": "string", "enum": list(parameter_table().roles)},
            "content": {"type": "string"},
        },
    }
    return {"type": "array", "minItems": 1, "items": message}


def _messages(name: str, given: Any) -> list[dict[str, str]]:
    if not isinstance(given, list) or not given:
        raise invalid_parameter([name], given, "must be a list of messages, not empty")
    roles = parameter_table().roles
    for index, message in enumerate(given):
        if not isinstance(message, dict):
            raise invalid_parameter([name, index], message, "must be an object with role and content")
        if message.get("role") not in roles:
            raise invalid_parameter([name, index, "role"], message.get("role"), f"must be one of {', '.join(roles)}")
        if not isinstance(message.get("content"), str):
            raise invalid_parameter([name, index, "content"], message.get("content"), "is required, and is a string")
    return [{"role": message["role"], "content": message["content"]} for message in given]


def _strings(name: str, given: Any) -> list[str]:
    values = [given] if isinstance(given, str) else given
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        raise invalid_parameter([name], given, "must be a string or a list of strings, none of them empty")
    return values


def _integer(location: list[str | int], row: Parameter, given: Any) -> int:
    is_whole = isinstance(given, int) or (isinstance(given, float) and given.is_integer())
    if isinstance(given, bool) or not is_whole:
        raise invalid_parameter(location, given, "must be an integer")
    return int(_within(location, row, given))


def _number(location: list[str | int], row: Parameter, given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise invalid_parameter(location, given, "must be a number")
    return float(_within(location, row, given))


def _within(location: list[str | int], row: Parameter, given: float) -> float:
    if row.minimum is not None and given < row.minimum:
        raise invalid_parameter(location, given, f"must be at least {row.minimum:g}")
    if row.maximum is not None and given > row.maximum:
        raise invalid_parameter(location, given, f"must be at most {row.maximum:g}")
    return given


def _plain(name: str, kind: str, given: Any) -> Any:
    is_kind: Mapping[str, Callable[[], bool]] = {
        "string": lambda: isinstance(given, str),
        "boolean": lambda: isinstance(given, bool),
        "object": lambda: isinstance(given, dict),
        "response-format": lambda: isinstance(given, dict),
        "objects": lambda: isinstance(given, list) and all(isinstance(item, dict) for item in given),
        "tool-choice": lambda: isinstance(given, dict) or given in ("auto", "none", "required"),
    }
    if not is_kind[kind]():
        wanted = {
            "objects": "a list of objects",
            "response-format": "an object",
            "tool-choice": "auto, none, required or an object",
        }
        raise invalid_parameter([name], given, f"must be {wanted.get(kind, f'a {kind}')}")
    return given
