"""What every part of a plan is made with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llama_azure_core.catalogue import BackEnd
from llama_azure_core.naming import NameKind, derive_name
from llama_azure_core.resource_ids import ResourceId, name_of, resource_group_id
from llama_azure_core.resource_types import WORKSPACE
from llama_azure_core.settings.parsing import SettingsError

if TYPE_CHECKING:
    from llama_azure_core.plan.spreading import Further, Spread


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the stack's own resources lie, and how their names are told from everybody else's."""

    subscription: str
    group: str
    location: str
    tags: Mapping[str, str]
    shared_keys: frozenset[str] = frozenset()
    """The keys of endpoints that more than one project uses."""
    written_out: "Spread | None" = None
    """Where the settings' endpoints come from, where some are further ones that a capacity takes."""

    def output_key(self, project: str, key: str, end: BackEnd, ends: tuple[BackEnd, ...]) -> str:
        """Return what the stack's outputs call an endpoint of the section ``endpoints`` on one of its back ends."""
        further = self._further(project, key)
        if further is not None:
            project, key = further.of
        called = f"{project}-{key}" if key in self.shared_keys else key
        if further is not None:
            called, ends = f"{called}-{further.number}", further.ends
        return called if end is ends[0] else f"{called}-{end.value}"

    def order(self, project: str, key: str, end: BackEnd, ends: tuple[BackEnd, ...]) -> int:
        """Return the place of a back end among those of an endpoint, from 1."""
        further = self._further(project, key)
        return (ends if further is None else further.ends).index(end) + 1

    def endpoint_path(self, project: str, key: str) -> str:
        """Return where the file describes an endpoint of the section ``endpoints``."""
        further = self._further(project, key)
        project, key = (project, key) if further is None else further.of
        return f"llama-azure:projects.{project}.endpoints.{key}"

    def project_path(self, project: str) -> str:
        """Return where the file describes a project."""
        return f"llama-azure:projects.{project}" if self.written_out is None else self.written_out.project_path(project)

    def is_retiring(self, project: str, key: str) -> bool:
        """Whether an endpoint stays only until its traffic is gone."""
        further = self._further(project, key)
        return further is not None and further.retiring

    def _further(self, project: str, key: str) -> "Further | None":
        return None if self.written_out is None else self.written_out.further.get((project, key))

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
