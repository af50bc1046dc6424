"""The ids of Azure's resources.

Azure Resource Manager compares every part of an id without regard to case, and shows the spelling of the first PUT.
"""

from dataclasses import dataclass

RESOURCE_GROUP_TYPE = "Microsoft.Resources/resourceGroups"


@dataclass(frozen=True, slots=True, eq=False)
class ResourceId:
    """The id of a resource group or of a resource.

    ``types`` and ``names`` run from the outermost resource to the one meant:
    ``("workspaces", "serverlessEndpoints")`` and ``("assistants", "llama")``.
    Two ids are equal where they differ in case only, as they are for Azure.
    """

    scope: str
    """What the resource lies in: a subscription, a resource group, or the resource that an extension extends.
    Empty for what belongs to the whole tenant, such as a built-in role."""
    namespace: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "ResourceId":
        """Read an id.

        Raises:
            ValueError: the text is not the id of a resource or of a resource group; the message is a sentence.
        """
        invalid = ValueError(
            f"{text!r} is not the id of an Azure resource, such as "
            "/subscriptions/<id>/resourceGroups/<group>/providers/<namespace>/<type>/<name>"
        )
        first, *parts = text.rstrip("/").split("/")
        if first or not parts or "" in parts:
            raise invalid
        scope, found, rest = "", None, parts
        if parts[0].lower() == "subscriptions" and len(parts) > 1:
            scope, rest = f"/subscriptions/{parts[1]}", parts[2:]
            if len(rest) > 1 and rest[0].lower() == "resourcegroups":
                found, rest = resource_group_id(parts[1], rest[1]), rest[2:]
                scope = str(found)
        while rest:
            if rest[0].lower() != "providers":
                raise invalid
            namespace, chain, rest = split_provider(rest)
            if not chain or len(chain) % 2:
                raise invalid
            found = cls(scope, namespace, tuple(chain[0::2]), tuple(chain[1::2]))
            scope = str(found)
        if found is None:
            raise invalid
        return found

    @classmethod
    def of(cls, scope: "str | ResourceId", full_type: str, *names: str) -> "ResourceId":
        """Make the id of a resource in a scope: a resource group, a subscription, or the resource that it extends.

        ``ResourceId.of(resource_group_id(subscription, "rg"), KEY_VAULT, "kv")``

        Raises:
            ValueError: the type takes more or fewer names than there are.
        """
        namespace, *types = full_type.split("/")
        if not types or len(types) != len(names):
            raise ValueError(
                f"The resource type '{full_type}' takes {len(types)} names, but {len(names)} were given: "
                f"{', '.join(names)}."
            )
        return cls(str(scope), namespace, tuple(types), names)

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
        """The subscription's id; empty for what belongs to the whole tenant."""
        parts = self.scope.split("/")
        return parts[2] if len(parts) > 2 and parts[1].lower() == "subscriptions" else ""

    @property
    def resource_group(self) -> str | None:
        """The name of the resource group that the id lies in; of a group itself, its own."""
        if self.is_resource_group:
            return self.name
        parts = self.scope.split("/")
        return parts[4] if len(parts) > 4 and parts[3].lower() == "resourcegroups" else None

    @property
    def parent(self) -> "ResourceId | None":
        """The resource that this one is a child of: an endpoint's project, say; ``None`` at the top."""
        if len(self.types) == 1:
            return None
        return ResourceId(self.scope, self.namespace, self.types[:-1], self.names[:-1])

    @property
    def parent_key(self) -> str | None:
        """The key of what this resource is deleted with: its parent, the resource it extends, or its group."""
        if self.parent is not None:
            return self.parent.key
        return self.scope.lower() if self.resource_group is not None and not self.is_resource_group else None

    @property
    def key(self) -> str:
        """The id in lower case: what to compare it by."""
        return str(self).lower()

    @property
    def is_resource_group(self) -> bool:
        """Whether it is a resource group's id."""
        return self.type.lower() == RESOURCE_GROUP_TYPE.lower()

    def child(self, kind: str, name: str) -> "ResourceId":
        """Return the id of a child, such as ``endpoint.child("deployments", "blue")``."""
        return ResourceId(self.scope, self.namespace, (*self.types, kind), (*self.names, name))

    def is_type(self, full_type: str) -> bool:
        """Whether the resource is of a type, however either is spelled."""
        return self.type.lower() == full_type.lower()

    def __str__(self) -> str:
        if self.is_resource_group:
            return f"{self.scope}/resourceGroups/{self.name}"
        chain = "/".join(f"{kind}/{name}" for kind, name in zip(self.types, self.names, strict=True))
        return f"{self.scope}/providers/{self.namespace}/{chain}"

    def __eq__(self, other: object) -> bool:
        return self.key == other.key if isinstance(other, ResourceId) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.key)


def resource_group_id(subscription: str, name: str) -> ResourceId:
    """Return the id of a resource group."""
    namespace, kind = RESOURCE_GROUP_TYPE.split("/")
    return ResourceId(f"/subscriptions/{subscription}", namespace, (kind,), (name,))


def name_of(text: str) -> str:
    """Return the last part of an id: the resource's name. Of a bare name, the name."""
    return text.rsplit("/", 1)[-1]


def split_provider(parts: list[str]) -> tuple[str, list[str], list[str]]:
    """Split ``providers/<namespace>/<type>/<name>…`` off: namespace, types and names, and what follows."""
    end = next((at for at in range(4, len(parts), 2) if parts[at].lower() == "providers"), len(parts))
    return (parts[1] if len(parts) > 1 else ""), parts[2:end], parts[end:]
