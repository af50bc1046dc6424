"""What a request is about, read from its method and path alone."""

import re

from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, ONLINE_ENDPOINT, SERVERLESS_ENDPOINT
from llama_azure_sandbox.addresses import (
    FOUNDRY_PATH,
    IDENTITY_PATH,
    IMDS_PATH,
    METADATA_PATH,
    OWN_PATHS,
)
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.ids import ArmPath, parse_path
from llama_azure_sandbox.faults.rules import Operation, Plane, Target

_METHODS = {
    "GET": Operation.READ,
    "HEAD": Operation.READ,
    "PUT": Operation.WRITE,
    "PATCH": Operation.WRITE,
    "DELETE": Operation.DELETE,
    "POST": Operation.ACTION,
}
_POLL = re.compile(r"/(operationsstatus|operationresults|operationstatuses)/[^/]+$", re.IGNORECASE)
_SIGN_IN = re.compile(r"/(oauth2/v2\.0/token|discovery/v2\.0/keys|\.well-known/[a-z-]+)$")
_ENDPOINTS = {"serverless": SERVERLESS_ENDPOINT, "managed": ONLINE_ENDPOINT}


def target_of(method: str, path: str) -> Target | None:
    """Return what a request is about; ``None`` for the sandbox's own routes, which nothing strikes."""
    if path.startswith(OWN_PATHS):
        return None
    operation = _METHODS.get(method, Operation.ACTION)
    parts = path.split("/")
    if parts[1].lower() in ("subscriptions", "providers", "tenants"):
        return _arm_target(operation, path)
    if parts[1] in _ENDPOINTS:
        name = parts[3] if len(parts) > 3 else ""
        return Target(Plane.DATA, operation, _ENDPOINTS[parts[1]], name)
    if f"/{parts[1]}" == FOUNDRY_PATH:
        return Target(Plane.DATA, operation, AI_SERVICES_ACCOUNT, parts[2] if len(parts) > 2 else "")
    if path.startswith((IDENTITY_PATH, IMDS_PATH, METADATA_PATH)) or _SIGN_IN.search(path):
        return Target(Plane.SIGN_IN, operation)
    return Target(Plane.DATA, operation)


def _arm_target(operation: Operation, path: str) -> Target:
    if _POLL.search(path):
        return Target(Plane.ARM, Operation.POLL)
    try:
        parsed = parse_path(path)
    except ArmError:
        return Target(Plane.ARM, operation)
    match parsed:
        case ArmPath(collection=str() as members) if operation is not Operation.ACTION:
            return Target(Plane.ARM, operation, members)
        case ArmPath(id=ResourceId() as resource_id):
            return Target(Plane.ARM, operation, resource_id.type, resource_id.name)
    return Target(Plane.ARM, operation)
