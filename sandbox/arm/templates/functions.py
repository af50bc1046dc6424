"""The functions of ARM templates that depend on nothing but their arguments and on where a template is deployed."""

import base64
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from llama_azure_core.resource_ids import ResourceId, resource_group_id
from sandbox.arm.templates.expressions import Functions, TemplateError, Thunk
from sandbox.arm.world import TENANT_ID

# The namespace in which guid() names its arguments; Bicep's sources have it.
_GUID_NAMESPACE = uuid.UUID("11fb06fb-712d-4ddd-98c7-e71bbd588830")
_SUBSCRIPTION = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a template is deployed."""

    subscription: str
    group: str
    location: str
    """Of the resource group."""


def pure_functions(place: Place) -> Functions:
    """Return the functions that need no resource, parameter or variable."""
    group_id = f"/subscriptions/{place.subscription}/resourceGroups/{place.group}"
    eager: Mapping[str, Callable[..., Any]] = {
        "array": lambda value: value if isinstance(value, list) else [value],
        "bool": lambda value: value if isinstance(value, bool) else str(value).lower() in ("true", "1"),
        "concat": _concat,
        "contains": _contains,
        "createarray": lambda *items: list(items),
        "createobject": lambda *items: dict(zip(items[0::2], items[1::2], strict=True)),
        "empty": lambda value: value is None or value in ("", [], {}),
        "equals": _equals,
        "false": lambda: False,
        "first": lambda value: value[0],
        "format": lambda text, *values: text.format(*values),
        "guid": lambda *names: str(uuid.uuid5(_GUID_NAMESPACE, "-".join(map(str, names)))),
        "int": int,
        "json": json.loads,
        "last": lambda value: value[-1],
        "length": len,
        "newguid": lambda: str(uuid.uuid4()),
        "not": lambda value: not value,
        "null": lambda: None,
        "replace": lambda text, old, new: text.replace(old, new),
        "resourceid": lambda *parts: resource_id(place, parts),
        "resourcegroup": lambda: {"id": group_id, "name": place.group, "location": place.location, "tags": {}},
        "split": lambda text, separator: text.split(separator),
        "string": lambda value: value if isinstance(value, str) else json.dumps(value),
        "subscription": lambda: {
            "id": f"/subscriptions/{place.subscription}",
            "subscriptionId": place.subscription,
            "tenantId": TENANT_ID,
            "displayName": "Sandbox",
        },
        "subscriptionresourceid": lambda *parts: _subscription_resource_id(place, parts),
        "tolower": lambda text: str(text).lower(),
        "toupper": lambda text: str(text).upper(),
        "true": lambda: True,
        "union": _union,
        "uniquestring": unique_string,
    }
    lazy: Functions = {
        "and": lambda *conditions: all(condition() for condition in conditions),
        "coalesce": lambda *values: next((found for value in values if (found := value()) is not None), None),
        "if": _if,
        "or": lambda *conditions: any(condition() for condition in conditions),
    }
    return {**{name: _eager(function) for name, function in eager.items()}, **lazy}


def _eager(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: function(*(argument() for argument in arguments))


def unique_string(*parts: str) -> str:
    """Return 13 characters that depend on the arguments alone. Azure's differ: its hash is another one."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:13]


def resource_id(place: Place, parts: tuple[str, ...]) -> str:
    """Return the id of ``resourceId([subscription], [group], type, name, …)``.

    Raises:
        TemplateError: there are more or fewer names than the type has.
    """
    index = next((i for i, part in enumerate(parts) if "/" in part), None)
    if index is None or index > 2:
        raise TemplateError(f"The template function 'resourceId' needs a resource type, not {', '.join(parts)}.")
    subscription = parts[0] if index == 2 or (index == 1 and _SUBSCRIPTION.fullmatch(parts[0])) else place.subscription
    group = parts[index - 1] if index == 2 or (index == 1 and subscription == place.subscription) else place.group
    return _id_of(resource_group_id(subscription, group), parts[index], parts[index + 1 :])


def _subscription_resource_id(place: Place, parts: tuple[str, ...]) -> str:
    named = parts[0] if "/" not in parts[0] else place.subscription
    kind, *names = parts if "/" in parts[0] else parts[1:]
    return _id_of(f"/subscriptions/{named}", kind, tuple(names))


def _id_of(scope: str | ResourceId, kind: str, names: tuple[str, ...]) -> str:
    try:
        return str(ResourceId.of(scope, kind, *names))
    except ValueError as error:
        raise TemplateError(str(error)) from error


def _if(condition: Thunk, yes: Thunk, no: Thunk) -> Any:
    return yes() if condition() else no()


def _concat(*parts: Any) -> Any:
    if parts and isinstance(parts[0], list):
        return [item for part in parts for item in part]
    return "".join(str(part) for part in parts)


def _contains(container: Any, item: Any) -> bool:
    if isinstance(container, dict):
        return str(item).lower() in {key.lower() for key in container}
    return item in container


def _equals(one: Any, other: Any) -> bool:
    """Compare two values; texts without regard to case."""
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return bool(one == other)


def _union(*values: Any) -> Any:
    if isinstance(values[0], dict):
        return {key: item for value in values for key, item in value.items()}
    merged: list[Any] = []
    for item in (item for value in values for item in value):
        if item not in merged:
            merged.append(item)
    return merged
