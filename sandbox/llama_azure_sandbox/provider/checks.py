"""The inputs of a resource before anything is asked of Azure: what the plugin adds to them, and what it refuses."""

import re
import secrets
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from pulumi.runtime.proto import provider_pb2

from llama_azure_sandbox.provider.shapes import inputs_of, is_enumeration, object_shape, required_inputs
from llama_azure_sandbox.provider.types import UNKNOWN, AutomaticName, Json, Limits, ResourceRow

CREATE_BEFORE_DELETE = "__createBeforeDelete"
"""The input, not Azure's, that tells of a random name: a new resource can be made before the old one goes."""

_LOCATION_REMEDY = ". Either set it explicitly or configure it with 'pulumi config set azure-native:location <value>'."
_NUMBERS = ("a number", frozenset({"number", "integer"}))
_FOUND = {
    str: ("a string", frozenset({"string"})),
    list: ("an array", frozenset({"array"})),
    int: _NUMBERS,
    float: _NUMBERS,
}
_Options = provider_pb2.CheckRequest.AutonamingOptions


def with_defaults(row: ResourceRow, request: Any, old: Json, new: Json, locate: Callable[[str], str | None]) -> Json:
    """Return inputs with a name, a location and the api-version where the program gives none.

    Args:
        row: the type.
        request: the engine's CheckRequest: the URN, the random seed and the options for names.
        old: the inputs of before.
        new: the program's inputs.
        locate: returns the location for what lies in a resource group.
    """
    inputs = dict(new)
    if inputs.get(row.name_parameter) is None:
        inputs |= _name(row, request, old)
    if inputs.get("location") is None and "location" in inputs_of(row.token):
        location = old.get("location") or locate(inputs.get("resourceGroupName", ""))
        if location:
            inputs["location"] = location
    if inputs.get("azureApiVersion") is None:
        inputs["azureApiVersion"] = row.api_version
    return inputs


def failures(row: ResourceRow, inputs: Json) -> list[str]:
    """Return what the plugin refuses at preview already; enumerations are for Azure to judge."""
    required = {*required_inputs(row.token), *row.path_parameters}
    if "location" in row.replace_on:
        required.add("location")
    found = [
        f"missing required property '{name}'{_LOCATION_REMEDY if name == 'location' else ''}"
        for name in sorted(required)
        if inputs.get(name) is None
    ]
    for name, spec in inputs_of(row.token).items():
        found += _value_failures(name, spec, inputs.get(name), row.every_limit)
    return found


def _name(row: ResourceRow, request: Any, old: Json) -> Json:
    """Return a name, with the note that it is a random one."""
    if old.get(row.name_parameter) is not None:
        note = {CREATE_BEFORE_DELETE: True} if old.get(CREATE_BEFORE_DELETE) is True else {}
        return {row.name_parameter: old[row.name_parameter]} | note
    logical_name: str = request.urn.rsplit("::", 1)[-1]
    seed: str = request.randomSeed.hex() or secrets.token_hex(16)
    kind = row.automatic_name
    name = {
        AutomaticName.RANDOM: f"{logical_name}{seed[:8]}",
        AutomaticName.COPY: logical_name,
        AutomaticName.UUID: str(uuid.UUID(hex=seed[:32].ljust(32, "0"), version=4)),
    }[kind]
    is_random = kind is not AutomaticName.COPY
    if request.HasField("autonaming"):
        if request.autonaming.mode == _Options.DISABLE:
            return {}
        if request.autonaming.mode == _Options.ENFORCE or kind is not AutomaticName.UUID:
            name, is_random = request.autonaming.proposed_name, True
    return {row.name_parameter: name} | ({CREATE_BEFORE_DELETE: True} if is_random else {})


def _value_failures(path: str, spec: Json, value: Any, limits: dict[str, Limits]) -> Iterator[str]:
    if value is None or value == UNKNOWN or isinstance(value, bool) or spec.get("$ref") == "pulumi.json#/Any":
        return
    wanted = _type(spec)
    if isinstance(value, dict):
        yield from _object_failures(path, object_shape(spec), value, limits)
        return
    found, allowed = _FOUND[type(value)]
    if wanted not in allowed:
        yield f"'{path}' should be of type '{wanted}' but got {found}"
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from _value_failures(f"{path}[{number}]", spec["items"], member, limits)
    else:
        if wanted == "integer" and not float(value).is_integer():
            yield f"'{path}' must be an integer but got {value:f}"
        yield from _limit_failures(path, value, limits)


def _object_failures(path: str, shape: Json | None, value: Json, limits: dict[str, Limits]) -> Iterator[str]:
    if shape is None:  # a map, or one of several types: Azure will judge it
        return
    for name in shape["required"]:
        if value.get(name) is None:
            yield f"missing required property '{path}.{name}'"
    for name, spec in shape["properties"].items():
        yield from _value_failures(f"{path}.{name}", spec, value.get(name), limits)


def _limit_failures(path: str, value: str | float, limits: dict[str, Limits]) -> Iterator[str]:
    limit = limits.get(re.sub(r"\[\d+\]", "[]", path), Limits())
    if isinstance(value, str):
        length = len(value.encode())
        if length < (limit.min_length or 0):
            yield f"'{path}' is too short ({length}): at least {limit.min_length} characters required"
        if limit.max_length is not None and length > limit.max_length:
            yield f"'{path}' is too long ({length}): at most {limit.max_length} characters allowed"
        if limit.pattern is not None and re.search(limit.pattern, value) is None:
            yield f"'{path}' does not match expression '{limit.pattern}'"
        return
    if limit.minimum is not None and value < limit.minimum:
        yield f"'{path}' is too low ({value:f} < {limit.minimum:f})"
    if limit.maximum is not None and value > limit.maximum:
        yield f"'{path}' is too high ({value:f} > {limit.maximum:f})"


def _type(spec: Json) -> str:
    if is_enumeration(spec):
        return "string"
    members = {_type(member) for member in spec.get("oneOf", ())}
    if members:
        return "string" if "string" in members else members.pop() if len(members) == 1 else "object"
    kind: str = spec.get("type", "object")
    return kind
