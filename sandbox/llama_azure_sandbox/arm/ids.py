"""Azure Resource Manager's paths: resource ids, collections and actions."""

from dataclasses import dataclass

from llama_azure_core.resource_ids import ResourceId, resource_group_id, split_provider
from llama_azure_core.resource_types import RESOURCE_GROUP
from llama_azure_sandbox.arm.errors import ArmError


@dataclass(frozen=True, slots=True)
class ArmPath:
    """What a request path points at: a resource, the collection of its siblings, or an action on it.

    ``id`` is the resource for a resource or an action. For a collection it is the container
    (``None`` for a whole subscription) and ``collection`` is the full type of the members.
    """

    subscription: str
    id: ResourceId | None
    collection: str | None = None
    action: str | None = None


def parse_path(path: str) -> ArmPath:
    """Read a request path below ``/subscriptions/``.

    Raises:
        ArmError: 404, the path is none that ARM knows.
    """
    parts = [part for part in path.split("/") if part]
    lowered = [part.lower() for part in parts]
    if len(parts) < 2 or lowered[0] != "subscriptions":
        raise _invalid(path)
    subscription = parts[1]
    rest, container = parts[2:], None
    if lowered[2:3] == ["resourcegroups"]:
        if len(parts) == 3:
            return ArmPath(subscription, None, collection=RESOURCE_GROUP)
        container = resource_group_id(subscription, parts[3])
        rest = parts[4:]
    scope = f"/subscriptions/{subscription}" if container is None else str(container)
    while rest:
        if [part.lower() for part in rest] == ["resources"]:
            return ArmPath(subscription, container, collection="*")
        if rest[0].lower() != "providers" or len(rest) < 3:
            raise _invalid(path)
        namespace, chain, rest = split_provider(rest)
        types, names = tuple(chain[0::2]), tuple(chain[1::2])
        if len(types) > len(names):
            if names:
                container = ResourceId(scope, namespace, types[:-1], names)
            return ArmPath(subscription, container, collection="/".join((namespace, *types)), action=types[-1])
        container = ResourceId(scope, namespace, types, names)
        scope = str(container)
    if container is None:
        raise _invalid(path)
    return ArmPath(subscription, container)


def _invalid(path: str) -> ArmError:
    return ArmError(404, "InvalidResourcePath", f"The path '{path}' is none that Azure Resource Manager knows.")
