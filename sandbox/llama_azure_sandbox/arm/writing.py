"""Creating, changing and deleting resources."""

import uuid
from dataclasses import replace

from llama_azure_core.resource_ids import ResourceId, resource_group_id
from llama_azure_core.resource_types import RESOURCE_GROUP
from llama_azure_sandbox.arm import preconditions
from llama_azure_sandbox.arm.errors import invalid_content
from llama_azure_sandbox.arm.known_providers import require_known_type
from llama_azure_sandbox.arm.locks import require_unlocked
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.operation_faults import OperationFault
from llama_azure_sandbox.arm.operations import ASYNC_OPERATION, LOCATION, begin, pause, polling
from llama_azure_sandbox.arm.property_rules import keep_unsaid, require_location, require_tags
from llama_azure_sandbox.arm.providers import resource_type
from llama_azure_sandbox.arm.reading import etag, present, required
from llama_azure_sandbox.arm.registrations import require_registration
from llama_azure_sandbox.arm.removal import remove
from llama_azure_sandbox.arm.resource_type import (
    SYSTEM_DATA,
    DeleteAnswer,
    DeleteRequest,
    PutAnswer,
    PutRequest,
    ResourceType,
    system_data,
    with_state,
)
from llama_azure_sandbox.arm.status_codes import accepted_codes
from llama_azure_sandbox.arm.store import Json, OperationKind, StoredResource
from llama_azure_sandbox.arm.world import World

_READ_ONLY = {"id", "name", "type", SYSTEM_DATA, "etag"}


def put(world: World, resource_id: ResourceId, request: ArmRequest) -> ArmAnswer:
    """Answer a PUT: create the resource, or replace it."""
    preconditions.require_writable(world)
    body = request.json_object()
    require_known_type(resource_id.type, str(request.api_version))
    kind = resource_type(resource_id.type)
    require_registration(world, resource_id.namespace)
    require_unlocked(world, resource_id, "write")
    group = resource_id.resource_group
    if group is not None and kind.name != RESOURCE_GROUP:
        preconditions.require_not_leaving(required(world, resource_group_id(resource_id.subscription, group)))
    existing = world.store.resource(resource_id.key)
    preconditions.require_match(request, existing)
    if existing is not None:
        preconditions.require_idle(existing)
        body = keep_unsaid(body, existing, kind.immutable)
    anywhere = kind.takes_global or not kind.needs_location
    require_location(kind.name, body, world.settings.is_offered, anywhere=anywhere)
    require_tags(body, world.settings.limit("tagsPerResource"))
    put_request = PutRequest(resource_id, body, existing, world, str(request.api_version))
    kind.check(put_request)
    kept = {key: value for key, value in kind.completed(put_request, body).items() if key not in _READ_ONLY}
    kept["properties"] = dict(kept.get("properties") or {})
    if kind.shows_system_data:
        kept[SYSTEM_DATA] = system_data(request, existing, world)
    if existing is not None:
        resource = replace(existing, body=kept)
    else:
        resource = StoredResource(
            key=resource_id.key,
            id=str(resource_id),
            type=kind.name,
            parent=resource_id.parent_key,
            instance=str(uuid.uuid4()),
            body=kept,
            secrets=kind.new_secrets(),
        )
    expires_at = kind.expires_at(resource)
    if expires_at is not None:
        world.store.begin_operation(resource.key, OperationKind.EXPIRY, expires_at)
    fault = request.fault or kind.fault(put_request)
    answer = _write(world, kind, resource, is_new=existing is None, fault=fault)
    kind.written(put_request, resource)
    return replace(answer, body=present(world, required(world, resource_id)))


def patch(world: World, resource_id: ResourceId, request: ArmRequest) -> ArmAnswer:
    """Answer a PATCH: a JSON merge patch, done at once."""
    preconditions.require_writable(world)
    resource = required(world, resource_id)
    require_registration(world, resource_id.namespace)
    require_unlocked(world, resource_id, "write")
    preconditions.require_match(request, resource)
    preconditions.require_idle(resource)
    kind, changes = resource_type(resource.type), request.json_object()
    _require_patched(kind, changes)
    body = _merge_patch(resource.body, changes)
    require_tags(body, world.settings.limit("tagsPerResource"))
    kind.check(PutRequest(resource_id, body, resource, world, str(request.api_version)))
    if kind.shows_system_data:
        body[SYSTEM_DATA] = system_data(request, resource, world)
    resource = with_state(replace(resource, body=body), "Succeeded")
    world.store.save(resource)
    return ArmAnswer(200, present(world, resource), {"ETag": etag(resource)})


def delete(world: World, resource_id: ResourceId, request: ArmRequest) -> ArmAnswer:
    """Answer a DELETE; one of what is not there is done already."""
    resource = world.store.resource(resource_id.key)
    kind = resource_type(resource_id.type)
    if resource is None:
        kind.delete_missing(DeleteRequest(resource_id, None, request, world))
        if 204 not in accepted_codes(kind.name, "DELETE"):
            required(world, resource_id)
        return ArmAnswer(204)
    preconditions.require_match(request, resource)
    running = world.store.running_deletion(resource.key)
    if running is not None:
        return ArmAnswer(202, None, polling(world, running, kind, LOCATION))
    preconditions.require_idle(resource)
    require_unlocked(world, resource_id, "delete")
    deletion = DeleteRequest(resource_id, resource, request, world)
    kind.check_delete(deletion)
    if kind.delete_answer is DeleteAnswer.SYNCHRONOUS:
        remove(world, resource)
        return ArmAnswer(200)
    world.store.save(with_state(resource, "Deleting"))
    what = OperationKind.PURGE if deletion.purges else OperationKind.DELETE
    operation = begin(world, resource, what, world.seconds_for(kind.name), request.fault)
    return ArmAnswer(202, None, polling(world, operation, kind, LOCATION))


def _write(
    world: World, kind: ResourceType, resource: StoredResource, *, is_new: bool, fault: OperationFault | None
) -> ArmAnswer:
    seconds = world.seconds_for(kind.name)
    codes = accepted_codes(kind.name, "PUT")
    takes_created = kind.put_answer is not PutAnswer.LOCATION and 201 in codes
    done = 201 if is_new and takes_created else 200
    is_done = kind.put_answer is PutAnswer.SYNCHRONOUS or (seconds == 0 and fault is None)
    if is_done and done in codes:  # some clients know no answer but 202
        resource = with_state(resource, "Succeeded")
        world.store.save(resource)
        return ArmAnswer(done, present(world, resource), {"ETag": etag(resource)})
    resource = with_state(resource, kind.states_at_work[0 if is_new else 1])
    world.store.save(resource)
    operation = begin(world, resource, OperationKind.PUT, seconds, fault)
    if kind.put_answer is PutAnswer.OWN_STATE:
        return ArmAnswer(done, present(world, resource), pause())
    if kind.put_answer is PutAnswer.LOCATION:
        return ArmAnswer(202, present(world, resource), polling(world, operation, kind, LOCATION))
    return ArmAnswer(done, present(world, resource), polling(world, operation, kind, ASYNC_OPERATION))


def _require_patched(kind: ResourceType, changes: Json) -> None:
    """Refuse a PATCH of what the type changes by a PUT only. What Azure does with it could not be verified."""
    others = sorted(set(changes) - (kind.patched or set(changes)))
    if others:
        allowed = ", ".join(sorted(kind.patched or ()))
        raise invalid_content(f"a PATCH of {kind.name} changes {allowed}, not {', '.join(others)}")


def _merge_patch(target: Json, changes: Json) -> Json:
    """Apply a JSON merge patch (RFC 7396)."""
    merged = dict(target)
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge_patch(merged[key], value)
        else:
            merged[key] = value
    return merged
