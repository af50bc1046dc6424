"""Management locks: resources of Microsoft.Authorization/locks, which hold what they extend and all in it."""

from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import LOCK
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.store import StoredResource
from llama_azure_sandbox.arm.world import World


def require_unlocked(world: World, resource_id: ResourceId, verb: str) -> None:
    """Refuse to delete what is locked, or holds something that is, and to write below a lock that lets only read.

    Raises:
        ArmError: 409, in the words of Azure Resource Manager. ``verb`` is ``delete`` or ``write``.
    """
    if resource_id.type.lower() == LOCK.lower():
        return
    locks = world.store.extending(LOCK, resource_id.key)
    if verb == "delete":
        locks += [one for one in world.store.of_type(LOCK, resource_id.key) if one not in locks]
    found = [_scope(lock) for lock in sorted(locks, key=lambda one: one.key) if _holds(lock, resource_id.key, verb)]
    if found:
        raise ArmError(
            409,
            "ScopeLocked",
            f"The scope '{resource_id}' cannot perform {verb} operation because following scope(s) are locked: "
            f"'{','.join(found)}'. Please remove the lock and try again.",
        )


def _holds(lock: StoredResource, key: str, verb: str) -> bool:
    scope = _scope(lock).lower()
    if f"{key}/".startswith(f"{scope}/"):
        return verb == "delete" or str(lock.body["properties"].get("level")).lower() == "readonly"
    return verb == "delete" and scope.startswith(f"{key}/")


def _scope(lock: StoredResource) -> str:
    """Return the id of what a lock extends."""
    return lock.id[: lock.key.rindex(f"/providers/{LOCK}/".lower())]
