"""From the engine's messages to resources: unknown values, secrets and spellings of the wire.

The signatures are those of Pulumi's wire format (``sdk/go/common/resource/properties.go`` and
``resource/plugin/rpc.go`` of the Pulumi engine); a test compares them with the SDK's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value
from pulumi.runtime.proto import analyzer_pb2

from llama_guardrails.view import UNKNOWN, Resource

UNKNOWN_SENTINELS = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker of the wire format

_API_VERSION = re.compile(r"/v\d{8}[a-z0-9]*:")

# Up to pulumi-azure-native 3.14 the argument was named after the type, since 3.15 it is `properties`.
_OLD_SPELLINGS = (
    "serverlessEndpointProperties",
    "onlineEndpointProperties",
    "onlineDeploymentProperties",
    "marketplaceSubscriptionProperties",
)


@dataclass
class _Secrets:
    texts: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)


def unversioned(resource_type: str) -> str:
    """Return a type without its API version: explicit versions of azure-native stand in the token's module."""
    return _API_VERSION.sub(":", resource_type, count=1)


def analyzed_resource(request: analyzer_pb2.AnalyzeRequest) -> Resource:
    """Return the resource that the engine shows before it is created or updated, by its inputs."""
    secrets = _Secrets()
    properties = _properties(request.properties, secrets)
    return Resource(
        type=unversioned(request.type),
        urn=request.urn,
        name=request.name,
        properties=properties,
        secrets=frozenset(secrets.texts),
        secret_paths=frozenset(secrets.paths),
        protect=request.options.protect,
        parent=request.options.parent,
        versioned_type=request.type,
    )


def stack_resource(message: analyzer_pb2.AnalyzerResource, seen: Resource | None) -> Resource:
    """Return a resource at the end of a run: the inputs as ``seen`` before, with outputs and dependencies."""
    secrets = _Secrets()
    outputs = _properties(message.properties, secrets)
    base = seen or Resource(
        type=unversioned(message.type),
        urn=message.urn,
        name=message.name,
        properties=outputs,
        secrets=frozenset(secrets.texts),
        secret_paths=frozenset(secrets.paths),
        versioned_type=message.type,
    )
    return replace(
        base,
        outputs=outputs,
        protect=message.options.protect,
        parent=message.parent,
        dependencies=tuple(message.dependencies),
        property_dependencies={key: tuple(value.urns) for key, value in message.propertyDependencies.items()},
    )


def plain_properties(shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a resource's properties as ``pulumi_policy`` shows them: reading an unknown one of those raises."""
    return _renamed({key: _unwrapped(value) for key, value in _items(shown)})


def _unwrapped(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _unwrapped(item) for key, item in _items(value)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_unwrapped(item) for item in _target(value)]
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWN_SENTINELS else value
    return value if isinstance(value, int | float) or value is None else UNKNOWN


def _items(mapping: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    items: Mapping[str, Any] = _target(mapping)
    return items.items()


def _target(proxy: Any) -> Any:
    """Return what one of the SDK's proxies stands for; its own code reads it by this key too."""
    return proxy if isinstance(proxy, dict | list) else proxy["__target"]


def _properties(struct: Struct, secrets: _Secrets) -> Mapping[str, Any]:
    return _renamed({key: _plain(value, key, secrets) for key, value in struct.fields.items()})


def _renamed(properties: dict[str, Any]) -> Mapping[str, Any]:
    if "properties" not in properties:
        for old in _OLD_SPELLINGS:
            if old in properties:
                properties["properties"] = properties.pop(old)
                break
    return properties


def _plain(value: Value, path: str, secrets: _Secrets) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value in UNKNOWN_SENTINELS else value.string_value
        case "struct_value":
            return _plain_struct(value.struct_value, path, secrets)
        case "list_value":
            return [_plain(item, f"{path}[{index}]", secrets) for index, item in enumerate(value.list_value.values)]
        case "number_value":
            return value.number_value
        case "bool_value":
            return value.bool_value
        case _:
            return None


def _plain_struct(struct: Struct, path: str, secrets: _Secrets) -> Any:
    fields = struct.fields
    if SIGNATURE_KEY not in fields:
        return {key: _plain(item, f"{path}.{key}", secrets) for key, item in fields.items()}
    if fields[SIGNATURE_KEY].string_value != SECRET_SIGNATURE:
        return UNKNOWN  # an asset, an archive or a reference: nothing that a rule here could read
    inner = _plain(fields["value"], path, secrets)
    secrets.paths.add(path)
    _keep_texts(inner, secrets)
    return inner


def _keep_texts(value: Any, secrets: _Secrets) -> None:
    if isinstance(value, str) and value:
        secrets.texts.add(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            _keep_texts(item, secrets)
    elif isinstance(value, list):
        for item in value:
            _keep_texts(item, secrets)
