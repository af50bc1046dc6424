"""State files as `pulumi stack export` writes them, put together from the policy tests' resources."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from llama_guardrails.view import UNKNOWN, Resource
from llama_guardrails.wire import SECRET_SIGNATURE, SIGNATURE_KEY

_REGIONAL_NAMES = ("name", "endpointName")
_STACK_URN = "urn:pulumi:prod::llama-azure::pulumi:pulumi:Stack::llama-azure-prod"


def is_known(value: Any) -> bool:
    """Whether a state could hold a value: what is not known is known by the time that there is a state."""
    if isinstance(value, dict):
        return all(is_known(item) for item in value.values())
    if isinstance(value, list):
        return all(is_known(item) for item in value)
    return value is not UNKNOWN


def relocated(estate: Iterable[Resource], word: str, group: str) -> list[Resource]:
    """Return an estate in a resource group of its own, each resource's name begun with a word."""

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: moved(item) for key, item in value.items()}
        if isinstance(value, list):
            return [moved(item) for item in value]
        if isinstance(value, str):
            # Another spelling of the group stays another spelling.
            value = re.sub(re.escape(group), lambda found: f"{found[0][:2]}-{word}", value, flags=re.IGNORECASE)
            return re.sub("(?<=/onlineEndpoints/)", f"{word}-", value)
        return value

    def urn(old: str) -> str:
        head, _, name = old.rpartition("::")
        return f"{head}::{word}/{name}"

    def own_names(one: Resource) -> dict[str, Any]:
        # Names of endpoints are unique in a region, so no two estates may share one.
        return {key: f"{word}-{one.properties[key]}" for key in _REGIONAL_NAMES if one.properties.get(key)}

    return [
        replace(
            one,
            name=f"{word}/{one.name}",
            urn=urn(one.urn),
            properties=moved(dict(one.properties)) | own_names(one),
            parent=urn(one.parent) if one.parent else "",
            dependencies=tuple(urn(other) for other in one.dependencies),
            property_dependencies={key: tuple(map(urn, urns)) for key, urns in one.property_dependencies.items()},
        )
        for one in estate
    ]


def write_state(path: Path, resources: Iterable[Resource]) -> None:
    """Write resources as a state; components that they name as parents are added."""
    states = [{"urn": _STACK_URN, "custom": False, "type": "pulumi:pulumi:Stack"}]
    there = {_STACK_URN}
    for resource in resources:
        for parent in filter(None, [resource.parent]):
            if parent not in there:
                states.append({"urn": parent, "custom": False, "type": parent.split("::")[2], "parent": _STACK_URN})
                there.add(parent)
        states.append(_state(resource))
        there.add(resource.urn)
    deployment = {"version": 3, "deployment": {"manifest": {"time": "2024-07-01T00:00:00Z"}, "resources": states}}
    path.write_text(json.dumps(deployment), encoding="utf-8")


def _state(resource: Resource) -> dict[str, Any]:
    inputs = _with_secrets(dict(resource.properties), resource.secret_paths, "")
    return {
        "urn": resource.urn,
        "custom": True,
        "id": f"/{resource.name}",
        "type": resource.versioned_type or resource.type,
        "inputs": inputs,
        "outputs": {**inputs, **resource.outputs},
        "parent": resource.parent or _STACK_URN,
        "protect": resource.protect,
        "dependencies": list(resource.dependencies),
        "propertyDependencies": {key: list(urns) for key, urns in resource.property_dependencies.items()},
    }


def _with_secrets(value: Any, paths: frozenset[str], path: str) -> Any:
    if path in paths:
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": json.dumps(value)}
    if isinstance(value, dict):
        return dict(_members(value, paths, path))
    return value


def _members(value: dict[str, Any], paths: frozenset[str], path: str) -> Iterator[tuple[str, Any]]:
    for key, item in value.items():
        yield key, _with_secrets(item, paths, f"{path}.{key}" if path else key)
