"""``python -m scripts.azure_native_names``: write what the components use of pulumi-azure-native where they read it.

For each class and function that the components name, what its source does: names as Azure has them, constants and
defaults. A source that does anything else ends the command.
"""

import ast
import importlib
import inspect
import json
import sys
import textwrap
from collections import defaultdict
from enum import EnumMeta
from importlib.metadata import version
from typing import Any

import pulumi
from pulumi._types import is_input_type

from llama_azure_sandbox.home import PROJECT_ROOT

COMPONENTS = PROJECT_ROOT / "components" / "llama_azure"
NAMES_FILE = COMPONENTS / "azure_native.json"

Row = dict[str, Any]


class UnknownSourceError(Exception):
    """The SDK does something for a class that the table cannot hold."""


def names_text() -> str:
    """Return the table as it lies in the file."""
    modules = {
        module: {name: row for name in sorted(names) if (row := _row(module, name)) is not None}
        for module, names in sorted(_used().items())
    }
    lines = []
    for module, rows in modules.items():
        of_module = ",\n".join(f"      {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
        lines.append(f"    {json.dumps(module)}: {{\n{of_module}\n    }}")
    body = ",\n".join(lines)
    return f'{{\n  "version": {json.dumps(version("pulumi-azure-native"))},\n  "modules": {{\n{body}\n  }}\n}}\n'


def _used() -> dict[str, set[str]]:
    """Return what the components name, by module."""
    used: dict[str, set[str]] = defaultdict(set)
    for path in sorted(COMPONENTS.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = {
            alias.asname or alias.name: alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "llama_azure._azure_native"
            for alias in node.names
            if alias.name.islower()
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
                used[modules[node.value.id]].add(node.attr)
    return used


def _row(module: str, name: str) -> Row | None:
    """Return what is to be known of a class or function; ``None`` for a type that only annotations name."""
    found = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), name)
    if isinstance(found, EnumMeta):
        return {"kind": "enumeration", "members": {member.name: member.value for member in list[Any](found)}}
    if inspect.isfunction(found):
        return _function(found)
    if is_input_type(found):
        return {"kind": "arguments", "names": _names(found)} | _constructor(vars(found)["__init__"])
    if issubclass(found, pulumi.CustomResource):
        inputs = _names(_inputs_of(found))
        token: str = vars(found)["pulumi_type"]
        names = {key: wire for key, wire in {**inputs, **_names(found)}.items() if key not in ("id", "urn")}
        row = {"kind": "resource", "token": token, "names": names, "objects": _objects(found)}
        return row | _constructor(vars(found)["_internal_init"])
    return None


def _inputs_of(resource_class: type) -> type:
    """Return the class of a resource's inputs. Where another has its name, it is called otherwise: SubnetInitArgs."""
    own = vars(sys.modules[resource_class.__module__])
    arguments: type = own.get(f"{resource_class.__name__}InitArgs") or own[f"{resource_class.__name__}Args"]
    return arguments


def _names(sdk_class: type) -> dict[str, str]:
    """Return Azure's name of each property of a class, by its Python name."""
    properties = {name: member for name, member in vars(sdk_class).items() if isinstance(member, property)}
    return {name: getattr(member.fget, "_pulumi_name", name) for name, member in properties.items()}


def _objects(sdk_class: type) -> list[str]:
    """Return the properties of a class that hold objects, alone or in a list, by their Python names."""
    properties = {name: member for name, member in vars(sdk_class).items() if isinstance(member, property)}
    return [name for name, one in properties.items() if "outputs." in str(one.fget.__annotations__.get("return"))]


def _constructor(function: Any) -> Row:
    """Return the arguments, the properties that they set by other names, required ones, constants and defaults."""
    inputs: dict[str, str] = {}
    constants: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    required: list[str] = []
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    for statement in _flat(definition.body):  # type: ignore[attr-defined]
        match statement:
            case ast.Expr(ast.Call(ast.Attribute(ast.Name("pulumi"), "set"), [_, ast.Constant(str(name)), value])):
                _note(name, value, inputs, constants)
            case ast.Assign(
                [ast.Subscript(ast.Attribute(ast.Name("__props__"), "__dict__"), ast.Constant(str(name)))], value
            ):
                _note(name, value, inputs, constants)
            case ast.If(
                ast.Compare(ast.Name(name), [ast.Is()], [ast.Constant(None)]), [ast.Assign([ast.Name(to)], value)]
            ) if name == to:
                defaults[name] = ast.literal_eval(value)
            case ast.If(ast.BoolOp(ast.And(), [ast.Compare(ast.Name(name), [ast.Is()], [ast.Constant(None)]), *_])):
                required.append(name)
            case _:
                raise UnknownSourceError(f"{function.__qualname__}: {ast.unparse(statement)}")
    if function.__name__ == "__init__":
        parameters = inspect.signature(function).parameters
        required = [name for name in inputs if parameters[name].default is inspect.Parameter.empty]
    renamed = {name: key for name, key in inputs.items() if name != key}
    rest = {"renamed": renamed, "required": required, "constants": constants, "defaults": defaults}
    return {"inputs": list(inputs), **{key: value for key, value in rest.items() if value}}


def _note(name: str, value: ast.expr, inputs: dict[str, str], constants: dict[str, Any]) -> None:
    """Note what a property is set to: an argument, a constant, or nothing yet."""
    if isinstance(value, ast.Name):
        inputs[value.id] = name
        return
    constant = ast.literal_eval(value)
    if constant is not None:
        constants[name] = constant


def _flat(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements that decide on values, without those that are the same in every class."""
    found: list[ast.stmt] = []
    for statement in body:
        match statement:
            case ast.Expr(ast.Constant()) | ast.Expr(ast.Call(ast.Call(ast.Name("super")))):
                continue
            case ast.If(ast.Compare(ast.Name(), [ast.IsNot()], [ast.Constant(None)]), inner):
                found += _flat(inner)
            case ast.If(ast.Compare(ast.Attribute(ast.Name("opts"), "id"), [ast.Is()], [ast.Constant(None)]), inner):
                found += _flat(inner[2:])  # after what refuses __props__ and makes them
            case ast.If(ast.UnaryOp(ast.Not(), ast.Call(ast.Name("isinstance")))):
                continue
            case ast.Assign([ast.Name("opts" | "alias_opts")]) | ast.Expr(
                ast.Call(ast.Attribute(ast.Call(), "__init__"))
            ):
                continue
            case _:
                found.append(statement)
    return found


def _function(function: Any) -> Row:
    """Return the token, the arguments and the names in the answer of a function."""
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    calls = [node for node in ast.walk(definition) if isinstance(node, ast.Call)]
    [invoked] = [
        one for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr in ("invoke", "invoke_output")
    ]
    arguments = {
        statement.value.id: statement.targets[0].slice.value
        for statement in definition.body  # type: ignore[attr-defined]
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Subscript)
        and isinstance(statement.targets[0].slice, ast.Constant)
        and isinstance(statement.value, ast.Name)
    }
    result = getattr(
        sys.modules[function.__module__],
        next(
            keyword.value.id
            for keyword in invoked.keywords
            if keyword.arg == "typ" and isinstance(keyword.value, ast.Name)
        ),
    )
    return {
        "kind": "function",
        "token": ast.literal_eval(invoked.args[0]),
        "is_output": isinstance(invoked.func, ast.Attribute) and invoked.func.attr == "invoke_output",
        "arguments": arguments,
        "names": _names(result),
    }


if __name__ == "__main__":
    NAMES_FILE.write_text(names_text(), encoding="utf-8")
