"""Between a resource's inputs and outputs, as the azure-native SDK shapes them, and its ARM body."""

from typing import Any

from sandbox.provider.types import ENVELOPE, Json, ResourceRow

_READ_ONLY = frozenset({"id", "etag", "systemData", "type"})


def arm_body(row: ResourceRow, inputs: Json) -> Json:
    """Return the body to PUT for a resource."""
    body: Json = {}
    properties: Json = {}
    for name, value in with_identities(inputs).items():
        if value is None or name in row.path_parameters:
            continue
        if name in ENVELOPE and name not in row.in_properties:
            body[name] = value
        else:
            properties[row.renames.get(name, name)] = value
    if properties or row.properties == "flattened":
        body["properties"] = {**properties, **body.get("properties", {})}
    return body


def with_identities(inputs: Json) -> Json:
    """Return inputs with the user-assigned identities that the SDK lists as the object by id that ARM has."""
    identity = inputs.get("identity")
    if not isinstance(identity, dict) or not isinstance(identity.get("userAssignedIdentities"), list):
        return inputs
    by_id: dict[str, Json] = {identity_id: {} for identity_id in identity["userAssignedIdentities"]}
    return {**inputs, "identity": {**identity, "userAssignedIdentities": by_id}}


def _with_listed_identities(shown: Json) -> Json:
    """Return what ARM shows with user-assigned identities as inputs have them: the reverse of the above."""
    identity = shown.get("identity") or {}
    if "userAssignedIdentities" not in identity:
        return shown
    return {**shown, "identity": {**identity, "userAssignedIdentities": list(identity["userAssignedIdentities"])}}


def outputs(row: ResourceRow, body: Json) -> Json:
    """Return the SDK's view of a resource from the body that ARM shows."""
    seen = {name: value for name, value in body.items() if name not in {"id", "properties"}}
    if row.properties == "kept":
        seen["properties"] = body.get("properties", {})
    else:
        names = {arm: sdk for sdk, arm in row.renames.items()}
        seen |= {names.get(name, name): value for name, value in (body.get("properties") or {}).items()}
    seen["azureApiVersion"] = row.api_version
    cleaned: Json = without_nulls(seen)
    return cleaned


def present_inputs(row: ResourceRow, resource_id: str, old_inputs: Json, body: Json) -> Json:
    """Return what the inputs would have to be for the resource to be as ARM shows it now.

    Only what the old inputs speak of is looked at: what Azure adds by itself is no drift. A
    resource without old inputs (one that is being imported) gets everything that is writable.
    """
    shown = _with_listed_identities(outputs(row, body))
    if not old_inputs:
        writable = {
            name: value for name, value in shown.items() if name not in _READ_ONLY | {"name", "azureApiVersion"}
        }
        return {**writable, **row.path_inputs(resource_id)}
    current = {**shown, **{name: old_inputs[name] for name in row.path_parameters if name in old_inputs}}
    for path in row.write_only:
        current = _with_old(current, old_inputs, path.split("."))
    return {name: _project(value, current[name]) for name, value in old_inputs.items() if name in current}


def _with_old(current: Json, old: Json, path: list[str]) -> Json:
    """Return ``current`` with the old value at a path, if there was one."""
    name, *inner = path
    if name not in old:
        return current
    value = _with_old(current.get(name) or {}, old[name], inner) if inner else old[name]
    return {**current, name: value}


def is_satisfied(wanted: Any, shown: Any) -> bool:
    """Whether everything in ``wanted`` is there, as wanted, in what ARM shows."""
    return bool(_project(wanted, shown) == wanted)


def without_nulls(value: Any) -> Any:
    """Return a JSON value without the members of objects that are null."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(member) for member in value]
    return value


def _project(old: Any, new: Any) -> Any:
    """Return ``new`` reduced to the members that ``old`` has."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {name: _project(value, new[name]) for name, value in old.items() if name in new}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [_project(one, other) for one, other in zip(old, new, strict=True)]
    return new
