"""What every part of a plan is made with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llama_azure_core.catalogue import BackEnd
from llama_azure_core.naming import NameKind, derive_name
from llama_azure_core.resource_ids import ResourceId, name_of, resource_group_id
from llama_azure_core.resource_types import WORKSPACE
from llama_azure_core.settings.parsing import SettingsError


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the stack's own resources lie, and how their names are told from everybody else's."""

    subscription: str
    group: str
    location: str
    tags: Mapping[str, str]
    shared_keys: frozenset[str] = frozenset()
    """The keys of endpoints that more than one project uses."""

    def output_key(self, project: str, key: str, end: BackEnd, ends: tuple[BackEnd, ...]) -> str:
        """Return what the stack's outputs call an endpoint of the section ``endpoints`` on one of its back ends."""
        called = f"{project}-{key}" if key in self.shared_keys else key
        return called if end is ends[0] else f"{called}-{end.value}"

    @property
    def group_id(self) -> str:
        """The resource group's id."""
        return str(resource_group_id(self.subscription, self.group))

    def workspace_id(self, name: str) -> str:
        """Return the id of a workspace in the group."""
        return str(ResourceId.of(self.group_id, WORKSPACE, name))

    def name(self, path: str, kind: NameKind, *words: str, within: tuple[str, ...] | None = ()) -> str:
        """Return a derived name; ``within`` is what it is unique in beside the group, ``None`` for a plain one.

        Raises:
            SettingsError: no valid name can be made of the words.
        """
        try:
            return derive_name(kind, *words, scope=() if within is None else (self.subscription, self.group, *within))
        except ValueError as error:
            raise SettingsError(f"{path}: {error}; give a name") from None


@dataclass(frozen=True, slots=True)
class Workspace:
    """A project, made or existing, as its contents see it."""

    key: str
    path: str
    id: str
    is_own: bool

    @property
    def name(self) -> str:
        """The workspace's name."""
        return name_of(self.id)

    @property
    def depends_on(self) -> tuple[str, ...]:
        """What must be made before anything in it."""
        return (self.id,) if self.is_own else ()

    def place(self) -> dict[str, Any]:
        """Return the arguments that say where something in it lies."""
        return {"resource_group_name": ResourceId.parse(self.id).resource_group, "project_name": self.name}
