"""Azure Resource Manager paths: resource ids, collections and actions.

ARM compares every part of an id without regard to case; the spelling of the first
PUT is kept for display.
"""

from dataclasses import dataclass

from sandbox.arm.errors import ArmError

RESOURCE_GROUP_TYPE = "Microsoft.Resources/resourceGroups"


@dataclass(frozen=True, slots=True)
class ResourceId:
    """The id of a resource group or of a resource.

    ``types`` and ``names`` run from the outermost resource to the one meant:
    ``("workspaces", "serverlessEndpoints")`` and ``("assistants", "llama")``.
    """

    scope: str
    """What the resource lies in: a subscription, a resource group, or the resource that an extension extends."""
    namespace: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def type(self) -> str:
        """The full type, such as ``Microsoft.MachineLearningServices/workspaces/serverlessEndpoints``."""
        return "/".join((self.namespace, *self.types))

    @property
    def name(self) -> str:
        """The resource's own name."""
        return self.names[-1]

    @property
    def subscription(self) -> str:
        """The subscription's id."""
        return self.scope.split("/")[2]

    @property
    def resource_group(self) -> str | None:
        """The name of the resource group that the id lies in; of a group itself, its own."""
        if self._is_resource_group:
            return self.name
        parts = self.scope.split("/")
        return parts[4] if len(parts) > 4 else None

    @property
    def parent_key(self) -> str | None:
        """The key of what this resource is deleted with: its parent, the resource it extends, or its group."""
        if len(self.types) > 1:
            return ResourceId(self.scope, self.namespace, self.types[:-1], self.names[:-1]).key
        return self.scope.lower() if self.resource_group is not None and not self._is_resource_group else None

    @property
    def key(self) -> str:
        """The id in lower case: what the sandbox files a resource under."""
        return str(self).lower()

    @property
    def _is_resource_group(self) -> bool:
        return self.type == RESOURCE_GROUP_TYPE

    def __str__(self) -> str:
        if self._is_resource_group:
            return f"{self.scope}/resourceGroups/{self.name}"
        chain = "/".join(f"{kind}/{name}" for kind, name in zip(self.types, self.names, strict=True))
        return f"{self.scope}/providers/{self.namespace}/{chain}"


def resource_group_id(subscription: str, name: str) -> ResourceId:
    """Return the id of a resource group."""
    return ResourceId(f"/subscriptions/{subscription}", "Microsoft.Resources", ("resourceGroups",), (name,))


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
            return ArmPath(subscription, None, collection=RESOURCE_GROUP_TYPE)
        container = resource_group_id(subscription, parts[3])
        rest = parts[4:]
    scope = f"/subscriptions/{subscription}" if container is None else str(container)
    while rest:
        if [part.lower() for part in rest] == ["resources"]:
            return ArmPath(subscription, container, collection="*")
        if rest[0].lower() != "providers" or len(rest) < 3:
            raise _invalid(path)
        namespace, chain, rest = _chain(rest)
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


def _chain(parts: list[str]) -> tuple[str, list[str], list[str]]:
    """Split ``providers/<namespace>/<type>/<name>…`` off: namespace, types and names, and what follows."""
    end = next(
        (i for i in range(4, len(parts), 2) if parts[i].lower() == "providers"),
        len(parts),
    )
    return parts[1], parts[2:end], parts[end:]


def _invalid(path: str) -> ArmError:
    return ArmError(404, "InvalidResourcePath", f"The path '{path}' is none that Azure Resource Manager knows.")
