"""Calls of tools: which one the generator makes, and with what.

    {"type": "function", "function": {"name": …, "description": …, "parameters": <JSON Schema>}}

``tool_choice`` decides (source S28): ``none``, ``required``, one by its name, or ``auto``, which stands for whatever a
model takes for best. The generator takes the first tool all of whose name's words stand in the user's last message,
and none where a tool has just answered. Arguments follow from the tool's schema: what is required, in the first value
that each type has; a text is the user's message.
"""

import json
import re
import zlib
from collections.abc import Mapping
from typing import Any

from llama_azure_sandbox.inference.reading import CompletionRequest

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")


def called_function(request: CompletionRequest) -> dict[str, str] | None:
    """Return the name of the tool that is called, and its arguments as JSON; ``None``, the model answers itself."""
    tools = [tool["function"] for tool in request.values.get("tools") or ()]
    choice, last = request.values.get("tool_choice"), request["messages"][-1]
    if not tools or choice == "none":
        return None
    said = str(last["content"] or "")
    if isinstance(choice, dict):
        function = next(one for one in tools if one["name"] == choice["function"]["name"])
    else:
        named = None if last["role"] != "user" else next((one for one in tools if _is_named(one["name"], said)), None)
        if named is None and choice != "required":
            return None
        function = named or tools[0]
    return {"name": function["name"], "arguments": json.dumps(_value(function.get("parameters"), said, {}))}


def call(function: Mapping[str, str], index: int) -> dict[str, Any]:
    """Return a call of a function as an answer's message has it; its id differs with the choice."""
    checksum = zlib.crc32(f"{index} {function['name']} {function['arguments']}".encode())
    return {"id": f"call_{checksum:08x}", "type": "function", "function": dict(function)}


def _is_named(name: str, said: str) -> bool:
    spoken = {word.lower() for word in _WORD.findall(said)}
    words = [word.lower() for word in _WORD.findall(name)]
    return bool(words) and all(word in spoken for word in words)


def _value(schema: Any, said: str, default: Any) -> Any:
    """Return a value that a JSON Schema allows, as far as its type, its constants and its required properties go."""
    if not isinstance(schema, dict):
        return default
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    for name in ("enum", "examples", "anyOf", "oneOf", "allOf"):
        if first := _first(schema.get(name)):
            return _value(first[0], said, default) if name.endswith("Of") else first[0]
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else next(iter(_first(kinds)), "string")
    match kind:
        case "object":
            properties = schema.get("properties")
            known = properties if isinstance(properties, dict) else {}
            names = [one for one in _listed(schema.get("required")) if isinstance(one, str)]
            return {one: _value(known.get(one), said, said) for one in names}
        case "array":
            return [_value(schema.get("items"), said, said)]
        case "integer" | "number":
            least = schema.get("minimum")
            return least if isinstance(least, int | float) else 1
    return {"boolean": True, "null": None}.get(str(kind), said)


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []


def _first(given: Any) -> list[Any]:
    return _listed(given)[:1]
