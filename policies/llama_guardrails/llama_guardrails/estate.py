"""The resources of a stack and how they belong together, where names and ids are known and where they are not."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from llama_azure_core.resource_ids import ResourceId
from llama_guardrails.resource_types import WORKSPACE
from llama_guardrails.view import Resource, Undecided

ROOT = Resource(type="pulumi:pulumi:Stack", urn="", name="stack")
"""Stands for the stack where a rule judges it as a whole; a finding without a URN is the stack's."""


@dataclass(frozen=True, slots=True)
class ParentWorkspace:
    """The workspace that something lies in."""

    key: Hashable
    """The same for everything in the same workspace, however the program names it."""
    workspace: Resource | None
    """The workspace, where this stack declares it."""


class Estate:
    """Every resource of a stack that a rule may relate."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self._by_urn = {resource.urn: resource for resource in resources}
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        self._placed: dict[str, tuple[dict[Hashable, list[Resource]], Undecided | None]] = {}
        for resource in self._by_urn.values():
            self._by_type[resource.type].append(resource)

    def find(self, urn: str) -> Resource | None:
        """Return the resource of a URN."""
        return self._by_urn.get(urn)

    def __iter__(self) -> Iterator[Resource]:
        """Yield every resource."""
        return iter(self._by_urn.values())

    def of_type(self, *types: str) -> Iterator[Resource]:
        """Yield the resources of these types."""
        for one in types:
            yield from self._by_type.get(one, ())

    def parent_of(self, child: Resource) -> ParentWorkspace:
        """Return the workspace that an endpoint or a subscription lies in.

        A name that is not known yet is found by what it depends on: the workspace that it is the output of.

        Raises:
            Undecided: neither the name is known nor the one workspace that it comes from.
        """
        try:
            name, group = child.text("workspaceName") or "", child.text("resourceGroupName") or ""
        except Undecided as unknown:
            origin = self._only_dependency(child, unknown.path, WORKSPACE)
            if origin is None:
                raise
            return ParentWorkspace(_workspace_key(origin), origin)
        key = (group.casefold(), name.casefold())
        return ParentWorkspace(key, self._workspaces.get(key))

    def in_workspace(self, place: ParentWorkspace, wanted: str) -> tuple[Resource, ...]:
        """Return the resources of a type in a workspace.

        Raises:
            Undecided: there are none, but of some it is not known where they lie.
        """
        if wanted not in self._placed:
            self._placed[wanted] = self._places_of(wanted)
        found, unplaced = self._placed[wanted]
        if place.key not in found and unplaced is not None:
            raise unplaced
        return tuple(found.get(place.key, ()))

    def hub_of(self, project: Resource) -> Resource | None:
        """Return the hub of a project, where this stack declares it.

        Raises:
            Undecided: the hub's id is not known, and neither is the one hub that it comes from.
        """
        try:
            hub_id = project.text("hubResourceId") or ""
        except Undecided as unknown:
            origin = self._only_dependency(project, unknown.path, WORKSPACE)
            if origin is None:
                raise
            return origin
        try:
            hub = ResourceId.parse(hub_id)
        except ValueError:
            return None
        return self._workspaces.get(((hub.resource_group or "").casefold(), hub.name.casefold()))

    def depends_on(self, resource: Resource, other: Resource) -> bool:
        """Whether a resource is created after another one, because it or something before it depends on it."""
        wanted = {other.urn, *self._ancestors(other)}
        seen: set[str] = set()
        waiting = [resource.urn, *self._ancestors(resource)]
        while waiting:
            one = self._by_urn.get(waiting.pop())
            if one is None:
                continue
            found = {*one.dependencies, *(urn for urns in one.property_dependencies.values() for urn in urns)}
            if found & wanted:
                return True
            waiting.extend(found - seen)
            seen |= found
        return False

    def refers_to(self, resource: Resource, path: str, workspace: Resource) -> bool:
        """Whether a property holds the id of a workspace, or of something in it, by value or by dependency.

        Raises:
            Undecided: neither is known.
        """
        if workspace.urn in resource.property_dependencies.get(path.split(".", 1)[0], ()):
            return True
        try:
            named = (resource.text(path) or "").casefold()
        except Undecided:
            urns = resource.property_dependencies.get(path.split(".", 1)[0], ())
            if urns and all(urn in self._by_urn for urn in urns):  # it is made of others, another workspace perhaps
                return False
            raise
        group, name = workspace.text("resourceGroupName") or "", workspace.text("workspaceName") or ""
        return f"{named}/".find(f"/resourcegroups/{group}/".casefold()) >= 0 and named.endswith(f"/{name}".casefold())

    def origins_of(self, resource: Resource, path: str, wanted: str) -> Iterator[Resource]:
        """Yield the resources of a type that a property's value is made of."""
        for urn in resource.property_dependencies.get(path.split(".", 1)[0], ()):
            one = self._by_urn.get(urn)
            if one is not None and one.type == wanted:
                yield one

    def is_made_of_others(self, resource: Resource, path: str, wanted: str) -> bool:
        """Whether a property's value is made of resources of the stack, none of which is of a type."""
        urns = resource.property_dependencies.get(path.split(".", 1)[0], ())
        found = [self._by_urn.get(urn) for urn in urns]
        return bool(found) and all(one is not None and one.type != wanted for one in found)

    @cached_property
    def _workspaces(self) -> dict[Hashable, Resource]:
        return {_workspace_key(workspace): workspace for workspace in self.of_type(WORKSPACE)}

    def _places_of(self, wanted: str) -> tuple[dict[Hashable, list[Resource]], Undecided | None]:
        """Sort the resources of a type by workspace, once for all that ask: a stack may have thousands."""
        found: dict[Hashable, list[Resource]] = defaultdict(list)
        unplaced = None
        for one in self.of_type(wanted):
            try:
                found[self.parent_of(one).key].append(one)
            except Undecided as unknown:
                unplaced = unknown
        return found, unplaced

    def _only_dependency(self, resource: Resource, path: str, wanted: str) -> Resource | None:
        found = list(self.origins_of(resource, path, wanted))
        return found[0] if len(found) == 1 else None

    def _ancestors(self, resource: Resource) -> Iterator[str]:
        parent = resource.parent
        while parent and "::pulumi:pulumi:Stack::" not in parent:
            yield parent
            above = self._by_urn.get(parent)
            parent = above.parent if above is not None else ""


def _workspace_key(workspace: Resource) -> Hashable:
    """Return the resource group and the name of a workspace, or its URN where they are not known yet."""
    try:
        name, group = workspace.text("workspaceName"), workspace.text("resourceGroupName")
    except Undecided:
        return workspace.urn
    if name is None or group is None:
        return workspace.urn
    return (group.casefold(), name.casefold())
