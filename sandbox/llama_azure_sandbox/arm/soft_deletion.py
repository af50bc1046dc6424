"""Deleted resources that hold their names: in the sandbox only while the setting ``softDelete`` is on.

A soft-deleted resource is kept under a key of its own, beside the living ones, until it is purged, recovered
or its retention is over.
"""

import datetime as dt
from dataclasses import replace

from llama_azure_core.resource_ids import ResourceId
from llama_azure_sandbox.arm.marks import Mark
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_SUFFIX = " (soft-deleted)"
_DAY = 86400


def soft_delete(world: World, resource: StoredResource, days: int) -> None:
    """Keep a resource that is being deleted for so many days by the sandbox's clock."""
    now = world.now()
    body: Json = {
        "deleted": resource.body,
        "deletionDate": now,
        "scheduledPurgeDate": now + days * _DAY,
        "properties": {"provisioningState": "SoftDeleted"},
    }
    held = replace(resource, key=_key(resource.key), type=resource.type + _SUFFIX, parent=None, body=body)
    world.store.remove(held.key)
    world.store.save(held)


def soft_deleted(world: World, resource_type: str) -> list[StoredResource]:
    """Return the soft-deleted resources of a type whose retention is not over."""
    return _kept(world, world.store.of_type(resource_type + _SUFFIX))


def soft_deleted_marked(world: World, mark: Mark, value: str, resource_type: str) -> list[StoredResource]:
    """Return those of them that are looked up by a value."""
    return _kept(world, world.store.marked(mark, value, resource_type + _SUFFIX))


def _kept(world: World, held: list[StoredResource]) -> list[StoredResource]:
    return [one for one in held if one.body["scheduledPurgeDate"] > world.now()]


def soft_deleted_at(world: World, key: str) -> StoredResource | None:
    """Return the soft-deleted resource that was there under a key, if its retention is not over."""
    held = world.store.resource(_key(key))
    return held if held is not None and held.body["scheduledPurgeDate"] > world.now() else None


def soft_deleted_below(world: World, key: str) -> list[StoredResource]:
    """Return what was soft-deleted with the resource that was there under a key, as it lay in it."""
    return world.store.below(_key(key))


def recovered(held: StoredResource) -> StoredResource:
    """Return a soft-deleted resource as it was; whoever saves it purges what was held."""
    resource_id = ResourceId.parse(held.id)
    kind = held.type.removesuffix(_SUFFIX)
    return replace(held, key=resource_id.key, type=kind, parent=resource_id.parent_key, body=held.body["deleted"])


def purge(world: World, held: StoredResource) -> None:
    """Forget a soft-deleted resource with all that was soft-deleted in it, and free its name."""
    for one in world.store.below(held.key):
        world.store.remove(one.key)
    world.store.remove(held.key)


def purge_at(world: World, key: str) -> None:
    """Forget the soft-deleted resource that was there under a key, if there is one."""
    held = soft_deleted_at(world, key)
    if held is not None:
        purge(world, held)


def dates(held: StoredResource) -> Json:
    """Return when a resource was deleted and when it will be purged, as Azure prints moments."""
    return {name: _moment(held.body[name]) for name in ("deletionDate", "scheduledPurgeDate")}


def is_soft_deleted(kind: str) -> bool:
    """Whether resources of a type are only kept."""
    return kind.endswith(_SUFFIX)


def _key(key: str) -> str:
    return f"soft-deleted:{key}"


def _moment(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
