"""Showing resources to whatever answers the engine's protocol, as a preview does, without an engine."""

from typing import Any

from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, Policy
from pulumi_policy.policy import _PolicyAnalyzerServicer
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from llama_guardrails.view import UNKNOWN, Resource
from llama_guardrails.wire import SECRET_SIGNATURE, SIGNATURE_KEY


def sdk_servicer(policies: list[Policy]) -> Any:
    """Return the SDK's own answer for a pack of these policies."""
    return _PolicyAnalyzerServicer(
        "team", "1.0.0", policies, EnforcementLevel.ADVISORY, None, None, None, None, None, None, None
    )


def wired(value: Any, path: str = "", secrets: frozenset[str] = frozenset()) -> Any:
    """Return a value as the engine's protocol has it."""
    if path in secrets:
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": wired(value)}
    if isinstance(value, dict):
        return {key: wired(item, f"{path}.{key}" if path else key, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [wired(item) for item in value]
    return UNKNOWN_STRING_VALUE if value is UNKNOWN else value


def struct(resource: Resource, *more: Any) -> Struct:
    found = Struct()
    for properties in (resource.properties, *more):
        found.update(wired(dict(properties), "", resource.secret_paths))
    return found


def show(servicer: Any, estate: list[Resource]) -> list[Any]:
    """Show each resource, and all of them at the end; return the diagnostics."""
    diagnostics: list[Any] = []
    for one in estate:
        request = analyzer_pb2.AnalyzeRequest(
            type=one.versioned_type or one.type, urn=one.urn, name=one.name, properties=struct(one)
        )
        request.options.protect = one.protect
        diagnostics += servicer.Analyze(request, None).diagnostics
    whole = analyzer_pb2.AnalyzeStackRequest()
    components = {one.parent for one in estate if one.parent} - {one.urn for one in estate}
    for urn in sorted(components):
        whole.resources.add(type=urn.split("::")[2], urn=urn, name=urn.rpartition("::")[2])
    for one in estate:
        message = whole.resources.add(
            type=one.versioned_type or one.type,
            urn=one.urn,
            name=one.name,
            properties=struct(one, one.outputs),
            parent=one.parent,
            dependencies=one.dependencies,
        )
        message.options.protect = one.protect
        for key, urns in one.property_dependencies.items():
            message.propertyDependencies[key].urns.extend(urns)
    diagnostics += servicer.AnalyzeStack(whole, None).diagnostics
    return diagnostics
