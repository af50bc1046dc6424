"""The classes of pulumi-azure-native that the components use, made from a table of their names.

pulumi-azure-native loads a whole module for one of its classes, machinelearningservices with eighty thousand lines:
that is a second of each preview and update. What the classes do is translate names, set constants and defaults and
hand the rest to Pulumi, and that much is in ``azure_native.json``, which ``make azure-native-names`` reads off them.
The types that a type checker sees are pulumi-azure-native's own, and so is whatever the table does not hold, or holds
for another version than the one that is installed.
"""

import json
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from importlib import import_module, metadata
from importlib.resources import files
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pulumi

if TYPE_CHECKING:
    from pulumi_azure_native import (
        apimanagement,
        app,
        applicationinsights,
        authorization,
        cognitiveservices,
        consumption,
        containerregistry,
        dbforpostgresql,
        keyvault,
        machinelearningservices,
        managedidentity,
        monitor,
        network,
        operationalinsights,
        privatedns,
        redisenterprise,
        resources,
        storage,
    )

__all__ = [
    "VERSION",
    "apimanagement",
    "app",
    "applicationinsights",
    "authorization",
    "cognitiveservices",
    "consumption",
    "containerregistry",
    "dbforpostgresql",
    "keyvault",
    "machinelearningservices",
    "managedidentity",
    "monitor",
    "network",
    "operationalinsights",
    "privatedns",
    "redisenterprise",
    "resources",
    "storage",
]

VERSION = metadata.version("pulumi-azure-native")
"""Of the installed pulumi-azure-native, and of the plugin that the components' resources ask for."""

Json = dict[str, Any]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = globals()[name] = _Module(name)
    return module


@cache
def _table() -> Json:
    table: Json = json.loads(files(__package__).joinpath("azure_native.json").read_bytes())
    return table["modules"] if table["version"] == VERSION else {}


class _Module:
    """A module of pulumi-azure-native."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        row = _table().get(self._name, {}).get(name)
        found = (
            getattr(import_module(f"pulumi_azure_native.{self._name}"), name)
            if row is None
            else _KINDS[row["kind"]](name, row)
        )
        setattr(self, name, found)
        return found


def _enumeration(name: str, row: Json) -> Any:
    return Enum(name, row["members"], type=str)


def _arguments(name: str, row: Json) -> type:
    """Make the class of an object in a resource's inputs: a mapping with the names that Azure has."""
    names = row["names"]

    def initialised(self: dict[str, Any], **given: Any) -> None:
        values = _completed(name, row, given)
        self.update({names[key]: value for key, value in values.items() if value is not None})

    return type(name, (dict,), {"__init__": initialised})


def _resource(name: str, row: Json) -> type:
    """Make the class of a resource type."""
    names, token = row["names"], row["token"]
    objects = frozenset(row.get("objects", ()))
    properties = {key: property(_getter(key, wire, holds_objects=key in objects)) for key, wire in names.items()}
    props_class: type = pulumi.input_type(type(f"{name}Args", (), dict(properties)))

    class Made(pulumi.CustomResource):
        pulumi_type = token

        # By its name, Pulumi finds the line that declares the resource: the one that calls a class's own `__init__`.
        def __init__(self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **given: Any) -> None:
            merged = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(version=VERSION), opts)
            # Of the kind that the SDK makes itself, so that names in the values, such as those of tags, stay.
            props = props_class()
            vars(props).update(dict.fromkeys(names))
            if merged.id is None:
                vars(props).update(_completed(name, row, given))
            super().__init__(token, resource_name, props, merged)

        @staticmethod
        def get(
            resource_name: str,
            id: pulumi.Input[str],  # noqa: A002 - as the SDK calls it
            opts: pulumi.ResourceOptions | None = None,
        ) -> pulumi.CustomResource:
            return Made(resource_name, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))

    for key, one in properties.items():
        setattr(Made, key, one)
    Made.__name__ = Made.__qualname__ = name
    return Made


class Answer(dict[str, Any]):
    """An object in an output: a mapping by Azure's names, whose members are attributes by Python's, as in the SDK.

    A member that Azure did not tell is ``None``.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return _readable(self.get(camel(name)))


def camel(name: str) -> str:
    """Return Azure's name of a member by Python's; one that is Azure's stays."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _readable(value: Any) -> Any:
    if isinstance(value, dict):
        return Answer(value)
    return [_readable(one) for one in value] if isinstance(value, list) else value


def _getter(name: str, wire: str, *, holds_objects: bool) -> Callable[[Any], Any]:
    def get(self: Any) -> Any:
        found = pulumi.get(self, name)
        return found.apply(_readable) if holds_objects and isinstance(found, pulumi.Output) else found

    get.__name__ = name
    return pulumi.getter(name=wire)(get)


def _completed(name: str, row: Json, given: Mapping[str, Any]) -> Json:
    """Return the properties of a class by its arguments, with its constants and defaults.

    Raises:
        TypeError: one is missing, or is none of the class's.
    """
    for key in given.keys() - {*row["inputs"], *row.get("constants", ())}:
        raise TypeError(f"{name} got an unexpected keyword argument {key!r}")
    for key in row.get("required", ()):
        if given.get(key) is None:
            raise TypeError(f"Missing required property {key!r} of {name}")
    defaults = {key: value for key, value in row.get("defaults", {}).items() if given.get(key) is None}
    renamed = row.get("renamed", {})
    values = {renamed.get(key, key): value for key, value in {**given, **defaults}.items()}
    return {**values, **row.get("constants", {})}


def _function(_: str, row: Json) -> Callable[..., Any]:
    """Make a function that asks at once, or one whose answer is an output."""

    def answered(found: Mapping[str, Any]) -> SimpleNamespace:
        return SimpleNamespace(**{name: _readable(found.get(wire)) for name, wire in row["names"].items()})

    def ask(opts: pulumi.InvokeOptions | None = None, **given: Any) -> Any:
        arguments = {row["arguments"][name]: value for name, value in given.items()}
        if row["is_output"]:
            later = pulumi.InvokeOutputOptions.merge(pulumi.InvokeOptions(version=VERSION), opts)
            return pulumi.runtime.invoke_output(row["token"], arguments, opts=later).apply(answered)
        options = pulumi.InvokeOptions.merge(pulumi.InvokeOptions(version=VERSION), opts)
        return answered(pulumi.runtime.invoke(row["token"], arguments, opts=options).value or {})

    return ask


_KINDS: Mapping[str, Callable[[str, Json], Any]] = {
    "arguments": _arguments,
    "enumeration": _enumeration,
    "function": _function,
    "resource": _resource,
}
