"""The Pulumi schema of the types that the stand-in knows, made from the classes of the installed azure-native SDK.

Run as a program, it writes the schema, and the same without its documentation, into a folder. Importing the SDK takes
seconds and tens of megabytes: the plugin has this done once, by a process of its own (see ``shapes.py``).
"""

import ast
import collections.abc
import enum
import importlib
import inspect
import json
import re
import sys
import types
import typing
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pulumi

from llama_azure_sandbox.provider.types import (
    FUNCTIONS_WITHOUT_A_RESOURCE,
    Json,
    function_rows,
    path_parameters,
    resource_rows,
)

_PACKAGE = "azure-native"
_PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number"}
_DEFAULT = re.compile(r"^ +if (\w+) is None:\n +\1 = (.+)$", re.MULTILINE)
_CONSTANT = re.compile(r"""pulumi\.set\(__self__, "(\w+)", ('[^']*')\)""")


class _Builder:
    """Collects the types that resources and functions refer to."""

    def __init__(self) -> None:
        self.types: dict[str, Json] = {}

    def resource(self, token: str) -> Json:
        module, name = _module(token), token.rsplit(":", 1)[-1]
        sdk_class = getattr(module, name)
        home = sys.modules[sdk_class.__module__]
        # The shorter name is that of a nested type where there is one, as for subnets.
        arguments = getattr(home, f"{name}InitArgs", None) or getattr(home, f"{name}Args")
        inputs = self.object_properties(arguments, module)
        outputs = self._properties(sdk_class, module)
        for wire_name in ("id", "urn"):
            outputs.pop(wire_name, None)
        return {
            "description": _constructor_documentation(sdk_class),
            "inputProperties": inputs["properties"],
            "requiredInputs": inputs["required"],
            "properties": outputs,
            "required": sorted(name for name, spec in outputs.items() if not spec.pop("optional", False)),
            "aliases": [],
        }

    def function(self, token: str) -> Json | None:
        """Return a function's schema; ``None`` where the SDK has no such function."""
        module, name = _module(token), token.rsplit(":", 1)[-1]
        sdk_function = getattr(module, _snake(name), None)
        if sdk_function is None:
            return None
        home = sys.modules[sdk_function.__module__]
        parameters = inspect.signature(sdk_function).parameters
        arguments = re.findall(r"__args__\['(\w+)'\] = (\w+)", inspect.getsource(sdk_function))
        inputs = {wire_name: _plain(self._spec(parameters[name].annotation, module)) for wire_name, name in arguments}
        # The class of a result takes all of it as optional, but says what is always there.
        result_class = getattr(home, f"{name[0].upper()}{name[1:]}Result")
        result = self.object_properties(result_class, module)
        always = [key for key, spec in self._properties(result_class, module).items() if "optional" not in spec]
        description = (inspect.getdoc(sdk_function) or "").split("\n:param")[0].strip()
        # The SDK calls every argument optional; what is part of the resource's path is not.
        required = sorted(set(inputs) & set(path_parameters(token)))
        return {
            "description": description,
            "inputs": {"type": "object", "properties": inputs, "required": required},
            "outputs": {"type": "object", "properties": result["properties"], "required": sorted(always)},
        }

    def object_properties(self, sdk_class: type, module: types.ModuleType) -> Json:
        properties = self._properties(sdk_class, module)
        for spec in properties.values():
            spec.pop("optional", None)
        names = _wire_names(sdk_class)
        initialiser = getattr(sdk_class, "__init__")  # noqa: B009 - of the class, not of an instance
        signature = inspect.signature(initialiser)
        source = inspect.getsource(initialiser)
        for name, literal in _CONSTANT.findall(source):
            properties[names[name]]["const"] = literal.strip("'")
        for name, literal in _DEFAULT.findall(source):
            default = _literal(literal)
            if default is not None and name in names:
                properties[names[name]]["default"] = default
        required = [
            wire_name
            for name, wire_name in names.items()
            if name in signature.parameters and signature.parameters[name].default is inspect.Parameter.empty
        ]
        return {"properties": properties, "required": sorted(required)}

    def _properties(self, sdk_class: type, module: types.ModuleType) -> Json:
        properties: Json = {}
        for name, wire_name in _wire_names(sdk_class).items():
            getter = inspect.getattr_static(sdk_class, name).fget
            spec = self._spec(getter.__annotations__["return"], module)
            description = inspect.getdoc(getter)
            if description:
                spec["description"] = description
            properties[wire_name] = spec
        return properties

    def _spec(self, annotation: Any, module: types.ModuleType) -> Json:
        """Return the schema of an annotation, with ``optional`` where it may be ``None``."""
        members = list(_members(annotation))
        optional = {"optional": True} if type(None) in members else {}
        specs = [self._one(member, module) for member in members if member is not type(None)]
        distinct = [spec for number, spec in enumerate(specs) if spec not in specs[:number]]
        if not distinct:
            return {"$ref": "pulumi.json#/Any"} | optional
        if len(distinct) == 1:
            return distinct[0] | optional
        return {"oneOf": distinct} | optional

    def _one(self, annotation: Any, module: types.ModuleType) -> Json:
        if annotation is Any:
            return {"$ref": "pulumi.json#/Any"}
        if annotation in _PLAIN:
            return {"type": _PLAIN[annotation]}
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is collections.abc.Mapping:
            return {"type": "object", "additionalProperties": _plain(self._spec(arguments[1], module))}
        if origin is collections.abc.Sequence:
            return {"type": "array", "items": _plain(self._spec(arguments[0], module))}
        if isinstance(annotation, typing.ForwardRef):
            return self._reference(annotation.__forward_arg__, module)
        if isinstance(annotation, str):
            return self._reference(annotation, module)
        raise TypeError(f"the SDK has a kind of annotation that is not known here: {annotation!r}")

    def _reference(self, name: str, module: types.ModuleType) -> Json:
        short = name.removeprefix("outputs.").removeprefix("_enums.").removeprefix("_inputs.")
        is_output = name.startswith("outputs.") or short.endswith(("Response", "Result"))
        token = f"{_PACKAGE}:{module.__name__.rsplit('.', 1)[-1]}:{short.removesuffix('Args')}"
        if token not in self.types:
            self.types[token] = {}  # it may refer to itself
            where = "outputs" if is_output else "_inputs" if short.endswith("Args") else "_enums"
            found = getattr(importlib.import_module(f"{module.__name__}.{where}"), short)
            if isinstance(found, enum.EnumMeta):
                values: Any = list(found)
                kind = "string" if issubclass(found, str) else "number" if issubclass(found, float) else "integer"
                members = [{"name": member.name, "value": member.value} for member in values]
                self.types[token] = {"type": kind, "enum": members, "description": _documentation(found)}
            else:
                self.types[token] = {"type": "object", "description": _documentation(found)}
                self.types[token] |= self.object_properties(found, module)
        return {"$ref": f"#/types/{token}"}


def package_schema() -> Json:
    """Return the package schema of every type and function of the table."""
    builder = _Builder()
    provider_module = importlib.import_module("pulumi_azure_native.provider")
    configuration = builder.object_properties(provider_module.ProviderArgs, provider_module)["properties"]
    resources = {token: builder.resource(token) for token in sorted(resource_rows())}
    getters = {re.sub(r":(\w+)$", r":get\1", token) for token in resource_rows()}
    tokens = sorted({*getters, *function_rows(), *FUNCTIONS_WITHOUT_A_RESOURCE})
    functions = {token: builder.function(token) for token in tokens}
    return {
        "name": _PACKAGE,
        "version": version("pulumi-azure-native"),
        "description": "The types of azure-native that the sandbox's stand-in knows.",
        "config": {"variables": configuration},
        "provider": {"inputProperties": configuration},
        "resources": resources,
        "functions": {token: function for token, function in functions.items() if function is not None},
        "types": builder.types,
        "language": {
            "python": {"packageName": "pulumi_azure_native", "respectSchemaVersion": True},
            "nodejs": {"packageName": "@pulumi/azure-native", "respectSchemaVersion": True},
        },
    }


def without_documentation(schema: Any) -> Any:
    """Return a schema without descriptions: what is needed to judge and shape values."""
    if isinstance(schema, dict):
        return {
            name: without_documentation(value)
            for name, value in schema.items()
            if not (name == "description" and isinstance(value, str))
        }
    if isinstance(schema, list):
        return [without_documentation(value) for value in schema]
    return schema


def write(folder: Path) -> None:
    """Write ``schema.json`` into a folder, and the shapes of each module, which refer to no other's."""
    schema = package_schema()
    (folder / "schema.json").write_text(json.dumps(schema, ensure_ascii=False), encoding="utf-8")
    for module in sorted({token.split(":")[1] for token in resource_rows()}):
        shapes = {
            kind: {token: spec for token, spec in schema[kind].items() if token.split(":")[1] == module}
            for kind in ("resources", "types")
        }
        text = json.dumps(without_documentation(shapes), separators=(",", ":"))
        (folder / f"shapes-{module}.json").write_text(text, encoding="utf-8")


def _module(token: str) -> types.ModuleType:
    return importlib.import_module(f"pulumi_azure_native.{token.split(':')[1]}")


def _wire_names(sdk_class: type) -> dict[str, str]:
    """Return the wire name of each property of an SDK class, by its Python name."""
    names = {}
    for base in reversed(sdk_class.__mro__):
        for name, member in vars(base).items():
            if isinstance(member, property) and base.__module__.startswith("pulumi_azure_native."):
                names[name] = getattr(member.fget, "_pulumi_name", name)
    return names


def _members(annotation: Any) -> list[Any]:
    """Return what an annotation allows, without what ``pulumi.Input`` and ``pulumi.Output`` wrap it in."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is pulumi.Output:
        return _members(arguments[0])
    if origin is collections.abc.Awaitable or annotation == typing.ForwardRef("Output[T]"):
        return []
    if origin in (typing.Union, types.UnionType):
        return [member for argument in arguments for member in _members(argument)]
    return [annotation]


def _plain(spec: Json) -> Json:
    return {name: value for name, value in spec.items() if name != "optional"}


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):  # an expression, such as a variable of the environment
        return None


def _constructor_documentation(sdk_class: type) -> str:
    """Return what the SDK says of a resource, which stands in its constructor."""
    constructors = typing.get_overloads(getattr(sdk_class, "__init__"))  # noqa: B009 - of the class
    documented = inspect.cleandoc(constructors[0].__doc__ or "") if constructors else ""
    return documented.split("\n:param")[0].strip()


def _documentation(sdk_class: type) -> str:
    return inspect.cleandoc(sdk_class.__doc__ or "")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


if __name__ == "__main__":
    write(Path(sys.argv[1]))
