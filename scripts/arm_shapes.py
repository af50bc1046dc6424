"""``python -m scripts.arm_shapes``: write the JSON types of each resource type's body where the sandbox reads them.

They are read off the input classes of the installed pulumi-azure-native, for the types of ``resource_types.yaml``, so
that the sandbox itself needs no SDK. A shape is ``string``, ``boolean``, ``integer``, ``number`` or ``any``;
``[shape]`` for an array; ``{"*": shape}`` for an object of any names; an object for one of known names, or the name of
one among ``objects``.
"""

import collections.abc
import enum
import importlib
import json
import types
import typing
from importlib.metadata import version
from typing import Any

from pulumi._types import input_type_types, is_input_type

from llama_azure_core.resource_types import resource_types
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_azure_sandbox.provider.types import ENVELOPE, ResourceRow, resource_rows

SHAPES_FILE = PROJECT_ROOT / "sandbox" / "llama_azure_sandbox" / "arm" / "shapes.json"

Shape = Any
_SCALARS: dict[type, str] = {str: "string", bool: "boolean", int: "integer", float: "number"}


def shapes_text() -> str:
    """Return the shapes as they lie in the file."""
    objects: dict[str, dict[str, Shape]] = {}
    names = {token: known.name.lower() for token, known in resource_types().items()}
    found = {names[token]: _body(token, row, objects) for token, row in resource_rows().items()}
    lines = [f'"source": "pulumi-azure-native {version("pulumi-azure-native")}"']
    for section, shapes in (("types", found), ("objects", objects)):
        rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(shape)}" for name, shape in sorted(shapes.items()))
        lines.append(f'"{section}": {{\n{rows}\n  }}')
    return "{\n  " + ",\n  ".join(lines) + "\n}\n"


def _body(token: str, row: ResourceRow, objects: dict[str, dict[str, Shape]]) -> Shape:
    _, module, name = token.split(":")
    inputs = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), f"{name}Args")
    body: dict[str, Shape] = {}
    properties: dict[str, Shape] = {}
    for field, annotation in input_type_types(inputs).items():
        if field in row.path_parameters:
            continue
        shape = _shape(annotation, objects)
        if field in ENVELOPE and field not in row.in_properties:
            body[field] = shape
        else:
            properties[field] = shape
    if row.properties == "flattened":
        body["properties"] = properties
    # The deepest first: the way to them is by the SDK's names.
    for path in sorted(row.renames, key=lambda path: -path.count(".")):
        _rename(properties or objects[str(body["properties"])], path.split("."), row.renames[path], objects)
    return body


def _rename(holder: dict[str, Shape], steps: list[str], name: str, objects: dict[str, dict[str, Shape]]) -> None:
    """Give a part of an object, or of what lies in it, the name that it has in ARM."""
    step, *deeper = steps
    if not deeper:
        renamed = {name if field == step else field: shape for field, shape in holder.items()}
        holder.clear()
        holder.update(renamed)
        return
    shape = str(holder[step][0] if isinstance(holder[step], list) else holder[step])
    for one in dict.fromkeys([shape, *shape.split("|")]):  # of objects that a field tells apart, each as well
        if deeper[0] in objects[one]:
            _rename(objects[one], deeper, name, objects)


def _shape(annotation: Any, objects: dict[str, dict[str, Shape]]) -> Shape:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        shapes = [_shape(one, objects) for one in typing.get_args(annotation) if not _is_plumbing(one)]
        return _common(shapes, objects)
    if origin in (collections.abc.Sequence, list):
        return [_shape(typing.get_args(annotation)[0], objects)]
    if origin in (collections.abc.Mapping, dict):
        return {"*": _shape(typing.get_args(annotation)[1], objects)}
    if isinstance(annotation, type):
        if issubclass(annotation, enum.Enum):
            return _SCALARS.get(annotation.__mro__[1], "string")
        if is_input_type(annotation):
            return _object(annotation, objects)
    return _SCALARS.get(annotation, "any")


def _object(inputs: type, objects: dict[str, dict[str, Shape]]) -> str:
    name = f"{inputs.__module__.split('.')[1]}.{inputs.__name__.removesuffix('Args')}"
    if name not in objects:
        objects[name] = {}  # types that hold themselves
        objects[name] = {field: _shape(one, objects) for field, one in input_type_types(inputs).items()}
        if "userAssignedIdentities" in objects[name]:
            objects[name]["userAssignedIdentities"] = {"*": "any"}  # a list in the SDK, an object by id in ARM
    return name


def _is_plumbing(annotation: Any) -> bool:
    origin = typing.get_origin(annotation) or annotation
    return origin in (collections.abc.Awaitable, type(None)) or getattr(origin, "__name__", "") == "Output"


def _common(shapes: list[Shape], objects: dict[str, dict[str, Shape]]) -> Shape:
    """Return what all of some shapes are: of objects that a field tells apart, the fields of all."""
    distinct = [shape for at, shape in enumerate(shapes) if shape not in shapes[:at]]
    if len(distinct) == 1:
        return distinct[0]
    if distinct and all(isinstance(shape, str) and shape in objects for shape in distinct):
        name = "|".join(distinct)
        merged: dict[str, Shape] = {}
        for shape in distinct:
            for field, one in objects[shape].items():
                merged[field] = one if merged.get(field, one) == one else "any"
        objects[name] = merged
        return name
    return "any"


if __name__ == "__main__":
    SHAPES_FILE.write_text(shapes_text(), encoding="utf-8")
