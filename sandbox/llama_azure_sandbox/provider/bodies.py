"""Between a resource's inputs and outputs, as the azure-native SDK shapes them, and its ARM body."""

from collections.abc import Mapping
from typing import Any

from llama_azure_sandbox.provider.changes import with_change
from llama_azure_sandbox.provider.shapes import inputs_of, outputs_of, previewed, projected
from llama_azure_sandbox.provider.types import ENVELOPE, Json, ResourceRow

_BESIDE_PROPERTIES = frozenset({"id", "name", "type", "etag"})


def arm_body(row: ResourceRow, inputs: Json) -> Json:
    """Return the body to PUT for a resource."""
    body: Json = {}
    properties: Json = {}
    for name, value in with_identities(inputs).items():
        if value is None or name in row.path_parameters or name not in inputs_of(row.token):
            continue
        if name in row.nested:
            value = [_nested(member) for member in value]
        if name in ENVELOPE and name not in row.in_properties:
            body[name] = value
        else:
            properties[name] = value
    if properties or row.properties == "flattened" or "properties" in body:
        body["properties"] = _renamed({**properties, **body.get("properties", {})}, row.renames)
    return body


def _renamed(value: Any, names: Mapping[str, str], at: str = "") -> Any:
    """Return a value with the names of its parts changed; ``names`` is by the path of each part, as it was called."""
    if isinstance(value, list):
        return [_renamed(member, names, at) for member in value]
    if not isinstance(value, dict):
        return value
    return {names.get(f"{at}{name}", name): _renamed(member, names, f"{at}{name}.") for name, member in value.items()}


def with_identities(inputs: Json) -> Json:
    """Return inputs with the user-assigned identities that the SDK lists as the object by id that ARM has."""
    identity = inputs.get("identity")
    if not isinstance(identity, dict) or not isinstance(identity.get("userAssignedIdentities"), list):
        return inputs
    by_id: dict[str, Json] = {identity_id: {} for identity_id in identity["userAssignedIdentities"]}
    return {**inputs, "identity": {**identity, "userAssignedIdentities": by_id}}


def outputs(row: ResourceRow, body: Json) -> Json:
    """Return the SDK's view of a resource from the body that ARM shows."""
    seen = {name: value for name, value in body.items() if name not in {"id", "properties"}}
    if row.properties == "kept":
        seen["properties"] = _renamed(body.get("properties", {}), row.sdk_names)
    else:
        seen |= _renamed(body.get("properties") or {}, row.sdk_names)
    seen |= {name: [_flat(member) for member in seen[name]] for name in row.nested if seen.get(name)}
    known = projected(outputs_of(row.token), without_nulls(seen)) or {}
    return {**known, "azureApiVersion": row.api_version}


def imported_inputs(row: ResourceRow, resource_id: str, shown: Json) -> Json:
    """Return the inputs of a resource that Pulumi has not seen before: everything that can be written."""
    return {**_writable(row, outputs(row, shown)), **row.path_inputs(resource_id)}


def present_inputs(row: ResourceRow, old_inputs: Json, old_outputs: Json, new_outputs: Json) -> Json:
    """Return what the inputs would have to be for the resource to be as it is now.

    Most of what is writable was never said: Azure filled it in. So what has changed between the outputs of then and of
    now has changed in the inputs, said or not; what has not changed is no drift. A property that is a resource of its
    own too is looked at only where the inputs have it.
    """
    seen = _writable(row, new_outputs)
    for name in row.maintained:
        if old_inputs.get(name) is None:
            seen.pop(name, None)
    changed: Json = with_change(old_inputs, _writable(row, old_outputs), seen)
    return changed


def _writable(row: ResourceRow, shown: Json) -> Json:
    properties = {name: spec for name, spec in inputs_of(row.token).items() if name not in row.path_parameters}
    return projected(properties, shown) or {}


def without_nulls(value: Any) -> Any:
    """Return a JSON value without the members of objects that are null."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(member) for member in value]
    return value


def _nested(member: Any) -> Any:
    """Return a list's member as ARM has it."""
    if not isinstance(member, dict):
        return member
    beside = {name: value for name, value in member.items() if name in _BESIDE_PROPERTIES}
    return {**beside, "properties": {name: value for name, value in member.items() if name not in beside}}


def _flat(member: Any) -> Any:
    """Return a list's member as the SDK has it: the reverse of the above."""
    if not isinstance(member, dict):
        return member
    return {
        **(member.get("properties") or {}),
        **{name: value for name, value in member.items() if name != "properties"},
    }


def previewed_creation(row: ResourceRow, inputs: Json) -> Json:
    """Return the outputs of a resource that is not there yet: its inputs, and nothing else, not even its name."""
    return previewed(outputs_of(row.token), with_identities(inputs))


def previewed_update(row: ResourceRow, old_outputs: Json, inputs: Json) -> Json:
    """Return the outputs of a resource after an update: its inputs, and of the old outputs what never changes."""
    kept: Json = {name: old_outputs[name] for name in ("name", "location") if name in old_outputs}
    return {**previewed_creation(row, inputs), **kept}
