"""The JSON types of a resource's body, by its type (``shapes.json``, which ``make arm-shapes`` writes).

Null is of every type, as in Azure, and what a type's shape does not name may be anything.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from llama_azure_sandbox.arm.errors import ArmError, invalid_content

_ANY_RESOURCE: Mapping[str, Any] = {
    "properties": {"*": "any"},
    "location": "string",
    "kind": "string",
    "tags": {"*": "string"},
    "sku": {"*": "any"},
    "identity": {"*": "any"},
    "plan": {"*": "any"},
    "zones": ["string"],
    "managedBy": "string",
}
"""What is true of a type that the file does not have, too."""

_BOOLEANS = {"true": True, "false": False}
_PYTHON: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


def require_shape(resource_type: str, body: Any) -> Any:
    """Return a body, or refuse it where something is of another JSON type than the resource type has there.

    Args:
        resource_type: the full type, in any case.
        body: what was sent to put or to change a resource of it.

    Returns:
        The body, with "true" and "false" as what they say where a boolean is wanted: azure-ai-ml's own template sends
        a workspace's ``hbiWorkspace`` so.

    Raises:
        ArmError: 400, ``InvalidRequestContent``, with the path to the value.
    """
    if not isinstance(body, dict):
        raise invalid_content("a JSON object is required")
    return _shaped(body, _shapes()["types"].get(resource_type.lower(), _ANY_RESOURCE), "")


def _shaped(value: Any, shape: Any, path: str) -> Any:
    if value is None or shape == "any":
        return value
    if isinstance(shape, str) and shape in _PYTHON:
        return _scalar(value, shape, path)
    if isinstance(shape, list):
        if not isinstance(value, list):
            raise _wrong(path, "an array", value)
        return [_shaped(item, shape[0], f"{path}[{index}]") for index, item in enumerate(value)]
    if not isinstance(value, dict):
        raise _wrong(path, "an object", value)
    fields = _fields(shape) if isinstance(shape, str) else {name.lower(): one for name, one in shape.items()}
    return {
        name: _shaped(item, fields.get(name.lower(), fields.get("*", "any")), f"{path}.{name}" if path else name)
        for name, item in value.items()
    }


def _scalar(value: Any, shape: str, path: str) -> Any:
    if shape == "boolean" and isinstance(value, str) and value.lower() in _BOOLEANS:
        return _BOOLEANS[value.lower()]
    is_whole = shape == "integer" and isinstance(value, float) and value.is_integer()
    if is_whole or (isinstance(value, _PYTHON[shape]) and isinstance(value, bool) == (shape == "boolean")):
        return value
    raise _wrong(path, f"{'an' if shape == 'integer' else 'a'} {shape}", value)


def _wrong(path: str, wanted: str, value: Any) -> ArmError:
    kinds = {
        dict: "an object",
        list: "an array",
        str: "a string",
        bool: "a boolean",
        int: "a number",
        float: "a number",
    }
    return invalid_content(f"'{path[:200]}' must be {wanted}, and is {kinds.get(type(value), 'a number')}")


@cache
def _shapes() -> Mapping[str, Mapping[str, Any]]:
    text = files(__package__).joinpath("shapes.json").read_text(encoding="utf-8")
    shapes: Mapping[str, Mapping[str, Any]] = json.loads(text)
    return shapes


@cache
def _fields(name: str) -> Mapping[str, Any]:
    return {field.lower(): shape for field, shape in _shapes()["objects"][name].items()}
