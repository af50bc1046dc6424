"""What a stack will ask of Azure, as far as its settings tell: names, models, cores, permissions. Pure."""

from dataclasses import dataclass
from functools import cached_property

from llama_azure_core.catalogue import Model
from llama_azure_core.resource_ids import ResourceId, name_of, resource_group_id
from llama_azure_core.resource_types import (
    APPLICATION_INSIGHTS,
    CONTAINER_REGISTRY,
    KEY_VAULT,
    LOG_ANALYTICS_WORKSPACE,
    ONLINE_ENDPOINT,
    STORAGE_ACCOUNT,
    WORKSPACE,
)
from llama_azure_core.settings import ManagedDeploymentSettings, ProjectSettings, Settings
from llama_azure_core.settings.names import (
    key_vault_name,
    online_endpoint_name,
    serverless_endpoint_name,
    storage_account_name,
)


@dataclass(frozen=True, slots=True)
class Serverless:
    """A serverless endpoint."""

    name: str
    model: Model
    subscribes: bool
    """Whether the stack subscribes its project to the model's offer."""


@dataclass(frozen=True, slots=True)
class Online:
    """An online endpoint on managed compute."""

    name: str
    is_own: bool
    """Whether the stack makes it; otherwise it adds deployments to one that is there."""
    shared_quota: bool
    deployments: dict[str, ManagedDeploymentSettings]


@dataclass(frozen=True, slots=True)
class ProjectWish:
    """A project and what goes into it."""

    key: str
    id: str
    is_own: bool
    """Whether the stack makes it."""
    serverless: tuple[Serverless, ...]
    offers: tuple[Model, ...]
    """The models to whose offers the stack subscribes the project."""
    online: tuple[Online, ...]
    has_connections: bool

    @property
    def name(self) -> str:
        """The project's workspace name."""
        return name_of(self.id)

    @property
    def group(self) -> str:
        """The resource group that it lies in."""
        return str(ResourceId.parse(self.id).resource_group)


@dataclass(frozen=True, slots=True)
class Adopted:
    """A resource that the settings say is there."""

    path: str
    """Where in the settings, such as ``llama-azure:hub.existing``."""
    id: str
    type: str
    kind: str = ""
    """In lower case: hub or project; empty where Azure has no kinds."""
    in_region: bool = False
    """Whether it must lie in the stack's region."""


@dataclass(frozen=True, slots=True)
class OtherHub:
    """The hub of another stack, as that stack's file describes it."""

    id: str | None
    problem: str = ""
    """Why the id is not known."""


@dataclass(frozen=True)
class Wishes:
    """Everything that a stack will ask of Azure."""

    settings: Settings
    subscription: str
    """The subscription's id."""
    other_hub: OtherHub | None = None
    owned: frozenset[str] | None = None
    """The ids of what the stack owns, in lower case; ``None`` where no state was given."""

    @property
    def region(self) -> str:
        """The ARM name of the region."""
        return self.settings.region

    @property
    def group(self) -> str:
        """The resource group that the stack makes."""
        return self.settings.resource_group

    @property
    def subscription_id(self) -> str:
        """The subscription as a scope."""
        return f"/subscriptions/{self.subscription}"

    @property
    def group_id(self) -> str:
        """The resource group as a scope."""
        return str(resource_group_id(self.subscription, self.group))

    @property
    def scope(self) -> tuple[str, str]:
        """What the estate's derived names are made unique by."""
        return (self.subscription, self.group)

    @property
    def hub_id(self) -> str | None:
        """The hub; ``None`` where another stack owns it and its file does not tell."""
        hub = self.settings.hub
        if hub.name is not None:
            return self.workspace_id(hub.name)
        return hub.existing if hub.existing is not None else (self.other_hub and self.other_hub.id) or None

    def workspace_id(self, name: str) -> str:
        """Return the id of a workspace in the stack's resource group."""
        return str(ResourceId.of(self.group_id, WORKSPACE, name))

    @cached_property
    def own_workspaces(self) -> dict[str, str]:
        """The kind, hub or project, of each workspace that the stack makes, by name."""
        hub = {} if self.settings.hub.name is None else {self.settings.hub.name: "hub"}
        return hub | {project.name: "project" for project in self.projects if project.is_own}

    @cached_property
    def storage_account(self) -> str | None:
        """The name of the storage account that the stack makes."""
        hub = self.settings.hub
        if hub.name is None or hub.storage_account is not None:
            return None
        return storage_account_name(hub.name, self.scope)

    @cached_property
    def key_vault(self) -> str | None:
        """The name of the key vault that the stack makes."""
        hub = self.settings.hub
        if hub.name is None or hub.key_vault is not None:
            return None
        return key_vault_name(hub.name, self.scope)

    @cached_property
    def projects(self) -> tuple[ProjectWish, ...]:
        """The projects, in the order of the settings."""
        return tuple(self._project(key, project) for key, project in self.settings.projects.items())

    @property
    def buys(self) -> bool:
        """Whether the stack subscribes to a Marketplace offer."""
        return any(project.offers for project in self.projects)

    @property
    def autoscales(self) -> bool:
        """Whether some deployment follows the load."""
        online = [endpoint for project in self.projects for endpoint in project.online]
        return any(one.autoscale for endpoint in online for one in endpoint.deployments.values())

    @property
    def models(self) -> dict[str, Model]:
        """Every model that is deployed or subscribed to, by name."""
        found = [entry.model for project in self.projects for entry in project.serverless]
        found += [model for project in self.projects for model in project.offers]
        for project in self.projects:
            found += [one.model for endpoint in project.online for one in endpoint.deployments.values()]
        return {model.name: model for model in found}

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        """The resource providers that the stack's resources take."""
        hub = self.settings.hub
        watches = hub.name is not None and (hub.application_insights is None or hub.diagnostics)
        made = {
            "Microsoft.MachineLearningServices": True,
            "Microsoft.Storage": self.storage_account is not None,
            "Microsoft.KeyVault": self.key_vault is not None,
            "Microsoft.Insights": watches or self.autoscales,
            "Microsoft.OperationalInsights": watches and hub.log_analytics_workspace is None,
            "Microsoft.MarketplaceOrdering": self.buys,
            "Microsoft.SaaS": self.buys,
        }
        return tuple(namespace for namespace, is_made in made.items() if is_made)

    @cached_property
    def adopted(self) -> tuple[Adopted, ...]:
        """What the settings say is there."""
        hub = self.settings.hub
        found = [Adopted("llama-azure:hub.existing", hub.existing, WORKSPACE, "hub", True)] if hub.existing else []
        for key, resource_id, kind in (
            ("storageAccount", hub.storage_account, STORAGE_ACCOUNT),
            ("keyVault", hub.key_vault, KEY_VAULT),
            ("applicationInsights", hub.application_insights, APPLICATION_INSIGHTS),
            ("logAnalyticsWorkspace", hub.log_analytics_workspace, LOG_ANALYTICS_WORKSPACE),
            ("containerRegistry", hub.container_registry, CONTAINER_REGISTRY),
        ):
            if resource_id is not None:
                found.append(Adopted(f"llama-azure:hub.{key}", resource_id, kind))
        for project in self.projects:
            path = f"llama-azure:projects.{project.key}"
            if not project.is_own:
                found.append(Adopted(f"{path}.existing", project.id, WORKSPACE, "project", True))
            found += [
                Adopted(
                    f"{path}.managed.{endpoint.name}.existing",
                    f"{project.id}/onlineEndpoints/{endpoint.name}",
                    ONLINE_ENDPOINT,
                )
                for endpoint in project.online
                if not endpoint.is_own
            ]
        return tuple(found)

    def owns(self, resource_id: str, *, by_name: bool) -> bool:
        """Whether a resource is the stack's own: by its state if that was given, otherwise ``by_name``."""
        return by_name if self.owned is None else resource_id.casefold() in self.owned

    def _project(self, key: str, project: ProjectSettings) -> ProjectWish:
        name = project.name or key if project.existing is None else name_of(project.existing)
        serverless = tuple(
            Serverless(serverless_endpoint_name(entry, name, self.scope), entry.model, entry.subscribes)
            for entry in project.serverless
        )
        offers = {one.model.name: one.model for one in serverless if one.subscribes}
        offers |= {model.name: model for model in project.subscriptions}
        return ProjectWish(
            key=key,
            id=project.existing or self.workspace_id(name),
            is_own=project.existing is None,
            serverless=serverless,
            offers=tuple(offers.values()),
            online=tuple(
                Online(
                    online_endpoint_name(own_key, endpoint, name, self.scope),
                    endpoint.existing is None,
                    endpoint.shared_quota,
                    endpoint.deployments,
                )
                for own_key, endpoint in project.managed.items()
            ),
            has_connections=bool(project.connections),
        )


def other_hub(settings: Settings, subscription: str) -> OtherHub:
    """Return the hub that another stack's settings describe."""
    name = settings.hub.name
    if name is not None:
        group = resource_group_id(subscription, settings.resource_group)
        return OtherHub(str(ResourceId.of(group, WORKSPACE, name)))
    if settings.hub.existing is not None:
        return OtherHub(settings.hub.existing)
    return OtherHub(None, "that stack takes its hub from yet another one")
