"""Getting and listing resources."""

import hashlib
import json
import logging
import re
from collections.abc import Iterable

from llama_azure_core.resource_ids import ResourceId, resource_group_id
from llama_azure_sandbox.arm.errors import ArmError, resource_not_found
from llama_azure_sandbox.arm.ids import ArmPath
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.operations import is_busy, pause
from llama_azure_sandbox.arm.providers import resource_type
from llama_azure_sandbox.arm.resource_type import SYSTEM_DATA
from llama_azure_sandbox.arm.soft_deletion import is_soft_deleted
from llama_azure_sandbox.arm.status_codes import accepted_codes
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_log = logging.getLogger(__name__)


def required(world: World, resource_id: ResourceId) -> StoredResource:
    """Return a resource that is there.

    Raises:
        ArmError: it is not, or its resource group is not.
    """
    group = resource_id.resource_group
    if group is not None and world.store.resource(resource_group_id(resource_id.subscription, group).key) is None:
        raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")
    resource = world.store.resource(resource_id.key) or _given(world, resource_id)
    if resource is None:
        raise resource_not_found(str(resource_id))
    return resource


def present(world: World, resource: StoredResource) -> Json:
    """Return a resource as ARM shows it: one that its type cannot read, as it is filed."""
    try:
        return resource_type(resource.type).present(resource, world)
    except Exception:  # noqa: BLE001 - one bad resource must not end the others
        _log.exception("%s cannot be shown as a %s", resource.id, resource.type)
        return {"id": resource.id, "name": resource.name, "type": resource.type, **resource.body}


def etag(resource: StoredResource) -> str:
    """Return the tag of a resource's present content; it is quoted, as HTTP wants it."""
    body = {key: value for key, value in resource.body.items() if key != SYSTEM_DATA}
    content = json.dumps([resource.instance, body], sort_keys=True)
    return f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'


def get(world: World, resource_id: ResourceId) -> ArmAnswer:
    """Answer a GET of a resource."""
    resource = required(world, resource_id)
    waits = pause() if is_busy(resource) else {}  # for who watches the resource itself
    return ArmAnswer(200, present(world, resource), {"ETag": etag(resource), **waits})


def head(world: World, resource_id: ResourceId) -> ArmAnswer:
    """Answer a HEAD: the resource is there, and nothing more is said."""
    resource = required(world, resource_id)
    return ArmAnswer(204 if 204 in accepted_codes(resource.type, "HEAD") else 200)


def list_resources(world: World, path: ArmPath, request: ArmRequest) -> ArmAnswer:
    """Answer a GET of a collection: what lies below the container, in the whole subscription if there is none."""
    types = _wanted_types(request)
    container = None if path.id is None else required(world, path.id)
    prefix = f"/subscriptions/{path.subscription}".lower() if path.id is None else path.id.key
    if path.collection == "*":
        wanted = world.store.below(prefix) if types is None else _of_types(world, types, prefix)
        found = [r for r in wanted if not _is_unlisted(r.type)]
    else:
        found = world.store.of_type(str(path.collection), prefix)
    if container is not None and path.collection != "*":
        there = {r.key for r in found}
        found += [r for r in resource_type(str(path.collection)).given(container, world) if r.key not in there]
    shown = [present(world, r) for r in found]
    if path.collection != "*":
        kind = resource_type(str(path.collection))
        shown = kind.wanted([*shown, *(kind.also_listed(world) if path.id is None else [])], request)
    shown = _with_wanted_tag(shown, request)
    return ArmAnswer(200, {"value": shown[: _top(request)]})


def _of_types(world: World, types: Iterable[str], prefix: str) -> list[StoredResource]:
    """Return the resources of some types below a scope, in the order of a list of all."""
    return sorted((one for kind in types for one in world.store.of_type(kind, prefix)), key=lambda one: one.key)


def _given(world: World, resource_id: ResourceId) -> StoredResource | None:
    """Return a resource that is there because its parent is."""
    parent = world.store.resource(resource_id.parent_key or "")
    given = [] if parent is None else resource_type(resource_id.type).given(parent, world)
    return next((one for one in given if one.key == resource_id.key), None)


def _is_unlisted(kind: str) -> bool:
    """Whether a type is left out of lists of everything: groups, deployments, what is only kept, who may do what."""
    return is_soft_deleted(kind) or kind.startswith(("Microsoft.Resources/", "Microsoft.Authorization/"))


# The `$filter` of a list: types joined by `or`, or a tag; and its `$top`. Another filter leaves nothing out.
_TYPE = r"resourceType\s+eq\s+'([^']+)'"
_TAG = re.compile(r"\s*tagName\s+eq\s+'([^']+)'(?:\s+and\s+tagValue\s+eq\s+'([^']*)')?\s*", re.IGNORECASE)
_TYPES = re.compile(rf"\s*{_TYPE}(?:\s+or\s+{_TYPE})*\s*", re.IGNORECASE)


def _wanted_types(request: ArmRequest) -> frozenset[str] | None:
    """Return the types that a request filters by, in lower case; ``None`` if it filters by none."""
    text = request.parameter("$filter") or ""
    if _TYPES.fullmatch(text) is None:
        return None
    return frozenset(name.lower() for name in re.findall(_TYPE, text, re.IGNORECASE))


def _with_wanted_tag(shown: list[Json], request: ArmRequest) -> list[Json]:
    """Return the resources that bear the tag that a request filters by; all if it filters by none."""
    match = _TAG.fullmatch(request.parameter("$filter") or "")
    if match is None:
        return shown
    name, value = match[1].lower(), match[2]
    tags = [{key.lower(): text for key, text in (one.get("tags") or {}).items()} for one in shown]
    return [
        one for one, its in zip(shown, tags, strict=True) if name in its and (value is None or str(its[name]) == value)
    ]


def _top(request: ArmRequest) -> int | None:
    """Return how many entries a request asks for at most; ``None`` for all.

    Raises:
        ArmError: 400, it is not a number of entries.
    """
    asked = request.parameter("$top")
    if asked is None:
        return None
    if not asked.isdecimal() or int(asked) == 0:
        raise ArmError(400, "InvalidTopQueryParameter", f"$top is {asked!r}: give a whole number above 0.")
    return int(asked)
