"""Questions about what is deployed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import ResourceNotFoundError

from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_ids import ResourceId, name_of
from llama_azure_core.resource_types import (
    AI_SERVICES_ACCOUNT,
    KEY_VAULT,
    ONLINE_DEPLOYMENT,
    ONLINE_ENDPOINT,
    SERVERLESS_ENDPOINT,
    STORAGE_ACCOUNT,
    WORKSPACE,
    api_version,
)
from llama_azure_core.traffic import Deployed, Reached
from llama_azure_preflight.azure import Azure
from llama_azure_preflight.questions.base import Question

if TYPE_CHECKING:
    from azure.mgmt.resource.resources.models import GenericResource

# What lists are asked for: whole subscriptions hold much else.
_TYPES = (
    WORKSPACE,
    SERVERLESS_ENDPOINT,
    ONLINE_ENDPOINT,
    ONLINE_DEPLOYMENT,
    STORAGE_ACCOUNT,
    KEY_VAULT,
    AI_SERVICES_ACCOUNT,
)
_FILTER = " or ".join(f"resourceType eq '{kind}'" for kind in _TYPES)


@dataclass(frozen=True, slots=True)
class Listed:
    """A resource as lists show it."""

    id: str
    type: str
    """In lower case."""
    kind: str
    """In lower case, such as ``hub``; empty for what has none."""
    region: str
    """The ARM name."""

    @property
    def name(self) -> str:
        """The resource's own name."""
        return name_of(self.id)


@dataclass(frozen=True)
class SubscriptionResources(Question):
    """What the subscription holds of the types that checks look at, as far as the caller may see it."""

    def ask(self, azure: Azure) -> tuple[Listed, ...]:
        """Return every one."""
        return tuple(
            _listed(row.id, row.type, row.kind, row.location) for row in azure.resources.resources.list(filter=_FILTER)
        )


@dataclass(frozen=True)
class GroupResources(Question):
    """What a resource group holds of those types."""

    group: str

    def ask(self, azure: Azure) -> tuple[Listed, ...] | None:
        """Return every one, or ``None`` where there is no such group."""
        try:
            found = list(azure.resources.resources.list_by_resource_group(self.group, filter=_FILTER))
        except ResourceNotFoundError:
            return None
        return tuple(_listed(row.id, row.type, row.kind, row.location) for row in found)


@dataclass(frozen=True)
class GroupContents(Question):
    """Everything in a resource group, as far as the caller may see it."""

    group: str

    def ask(self, azure: Azure) -> tuple[Listed, ...] | None:
        """Return every resource, or ``None`` where there is no such group."""
        try:
            found = list(azure.resources.resources.list_by_resource_group(self.group))
        except ResourceNotFoundError:
            return None
        return tuple(_listed(row.id, row.type, row.kind, row.location) for row in found)


@dataclass(frozen=True)
class _OneResource(Question):
    """Something about one resource, wherever it lies."""

    id: str

    @property
    def needs(self) -> tuple[str, ...]:
        """Reading the type of the resource."""
        wanted = f"{ResourceId.parse(self.id).type}/read".casefold()
        return tuple(action for action in self.permissions() if action.casefold() == wanted)

    def row(self, azure: Azure) -> "GenericResource | None":
        """Return the resource as Azure shows it, or ``None`` where there is none."""
        try:
            return azure.resources.resources.get_by_id(self.id, api_version=api_version(ResourceId.parse(self.id).type))
        except ResourceNotFoundError:
            return None


@dataclass(frozen=True)
class ResourceById(_OneResource):
    """One resource, wherever it lies."""

    def ask(self, azure: Azure) -> Listed | None:
        """Return the resource, or ``None`` where there is none."""
        row = self.row(azure)
        return None if row is None else _listed(row.id, row.type, row.kind, row.location)


@dataclass(frozen=True)
class WorkspaceById(ResourceById):
    """One hub or project, wherever it lies."""


@dataclass(frozen=True)
class HubProjects(_OneResource):
    """The projects of a hub, wherever they lie."""

    def ask(self, azure: Azure) -> tuple[str, ...] | None:
        """Return the id of each, or ``None`` where there is no such hub."""
        row = self.row(azure)
        return None if row is None else tuple(map(str, (row.properties or {}).get("associatedWorkspaces") or ()))


@dataclass(frozen=True, slots=True)
class Reach:
    """From where a workspace is reached."""

    is_closed: bool
    """Whether it is closed to public networks."""
    private_endpoints: tuple[str, ...]
    """The ids of the private endpoints whose connections are approved."""


@dataclass(frozen=True)
class WorkspaceReach(_OneResource):
    """From where one hub or project is reached."""

    def ask(self, azure: Azure) -> Reach | None:
        """Return it, or ``None`` where there is no such workspace."""
        row = self.row(azure)
        if row is None:
            return None
        properties = dict(row.properties or {})
        connections = [_inner(one, "properties") for one in properties.get("privateEndpointConnections") or ()]
        return Reach(
            str(properties.get("publicNetworkAccess")).casefold() == "disabled",
            tuple(
                str(_inner(one, "privateEndpoint").get("id"))
                for one in connections
                if _inner(one, "privateLinkServiceConnectionState").get("status") == "Approved"
            ),
        )


@dataclass(frozen=True, slots=True)
class Served:
    """A serverless endpoint and its model."""

    id: str
    model_id: str

    @property
    def name(self) -> str:
        """The endpoint's name."""
        return name_of(self.id)


@dataclass(frozen=True)
class ServerlessEndpoints(Question):
    """The serverless endpoints of a project."""

    project_id: str

    def ask(self, azure: Azure) -> tuple[Served, ...]:
        """Return every endpoint with its model's registry id."""
        rows = azure.list_by_path(f"{self.project_id}/serverlessEndpoints", api_version(SERVERLESS_ENDPOINT))
        return tuple(Served(row["id"], _inner(row, "properties", "modelSettings").get("modelId", "")) for row in rows)


@dataclass(frozen=True, slots=True)
class OnlineDeployment:
    """A deployment on managed compute."""

    name: str
    instances: int
    deployed: Deployed


@dataclass(frozen=True)
class OnlineDeployments(Question):
    """The deployments of an online endpoint."""

    endpoint_id: str

    def ask(self, azure: Azure) -> tuple[OnlineDeployment, ...]:
        """Return every deployment."""
        rows = azure.list_by_path(f"{self.endpoint_id}/deployments", api_version(ONLINE_DEPLOYMENT))
        return tuple(
            OnlineDeployment(name_of(row["id"]), int(_inner(row, "sku").get("capacity") or 0), Deployed.of(row))
            for row in rows
        )


@dataclass(frozen=True)
class OnlineEndpoint:
    """An online endpoint, as far as its callers are concerned."""

    id: str
    traffic: Mapping[str, int]
    """By deployment name: its share of the requests, in percent."""
    reached: Reached


@dataclass(frozen=True)
class OnlineEndpoints(Question):
    """The online endpoints of a project."""

    project_id: str

    def ask(self, azure: Azure) -> tuple[OnlineEndpoint, ...]:
        """Return every endpoint."""
        rows = azure.list_by_path(f"{self.project_id}/onlineEndpoints", api_version(ONLINE_ENDPOINT))
        return tuple(
            OnlineEndpoint(row["id"], dict(_inner(row, "properties", "traffic")), Reached.of(row)) for row in rows
        )


def _listed(resource_id: str | None, kind_of: str | None, kind: str | None, location: str | None) -> Listed:
    return Listed(str(resource_id), str(kind_of).casefold(), (kind or "").casefold(), normalise_region(location or ""))


def _inner(row: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        row = row.get(key) or {}
    return dict(row)
