"""The plan of a stack: its items together, and what follows from all of them."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from llama_azure_core.catalogue import BackEnd, Model
from llama_azure_core.foundry import foundry_models
from llama_azure_core.plan.items import (
    Alerts,
    ApiManagement,
    Budget,
    DeployerScopes,
    Deployment,
    Endpoint,
    FoundryAccount,
    Gateway,
    Hub,
    Network,
    Owner,
    Project,
    Resource,
)
from llama_azure_core.resource_ids import ResourceId, name_of, resource_group_id
from llama_azure_core.resource_types import (
    ACTION_GROUP,
    AI_SERVICES_ACCOUNT,
    API_MANAGEMENT,
    KEY_VAULT,
    ONLINE_ENDPOINT,
    VIRTUAL_NETWORK,
    WORKSPACE,
)
from llama_azure_core.settings.litellm import LiteLlmSettings


@dataclass(frozen=True, slots=True)
class Usage:
    """What a plan takes of the subscription's quotas, and its price."""

    endpoints: Mapping[BackEnd, int]
    cores: Mapping[str, int]
    """By quota family: the cores of the first instances, Azure's reserve for upgrades included."""
    most_cores: Mapping[str, int]
    """The same with as many instances as autoscale may make."""
    capacity: Mapping[str, int]
    """By counter of the usages API: the units of the deployments of a Foundry resource."""
    hourly_price: Decimal | None = None
    """In US dollars, of what costs by the hour; ``None`` where a price of it is not known, which is not 0."""


@dataclass(frozen=True)
class Plan:
    """Everything that a stack's settings come to."""

    stack: str
    subscription: str
    """The subscription's id, a GUID."""
    location: str
    """The Azure region as the settings spell it."""
    region: str
    """The region's ARM name."""
    on: dt.date
    """The date on which models are judged."""
    regions_on: dt.date
    """The date of the region tables."""
    tags: Mapping[str, str]
    group: str
    """The resource group that names are derived from, and in which what the stack makes lies."""
    makes_group: bool
    """Whether the stack makes its resource group."""
    uses_group: bool
    """Whether anything of the stack lies in its resource group, made or there already."""
    hub: Hub
    projects: tuple[Project, ...]
    """The projects that belong to a hub."""
    deployers: DeployerScopes | None
    foundry: FoundryAccount | None = None
    """The Foundry resource, with the projects in it; ``None`` where the stack has none."""
    network: Network | None = None
    budget: Budget | None = None
    keys_vault_id: str | None = None
    """The key vault that the endpoints' keys are written into; ``None`` where they are in the outputs alone."""
    litellm: LiteLlmSettings | None = None
    """How a LiteLLM proxy in front of the endpoints is configured; ``None`` where the stack says nothing of it."""
    gateway: Gateway | None = None
    api_management: ApiManagement | None = None
    alerts: Alerts | None = None
    part_of: str | None = None
    """The stack whose file this is of; ``None`` where that is this one."""

    @property
    def subscription_id(self) -> str:
        """The subscription as a scope."""
        return f"/subscriptions/{self.subscription}"

    @property
    def group_id(self) -> str:
        """The resource group as a scope."""
        return str(resource_group_id(self.subscription, self.group))

    def workspace_id(self, name: str) -> str:
        """Return the id of a workspace in the stack's resource group."""
        return str(ResourceId.of(self.group_id, WORKSPACE, name))

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every endpoint: those of the hub's projects in the order of the settings, then those of Foundry projects."""
        in_hub = tuple(endpoint for project in self.projects for endpoint in project.endpoints)
        return in_hub + (() if self.foundry is None else self.foundry.endpoints)

    @property
    def deployments(self) -> tuple[Deployment, ...]:
        """Every deployment on virtual machines."""
        return tuple(deployment for endpoint in self.endpoints for deployment in endpoint.deployments)

    def made(self, resource_type: str) -> tuple[Resource, ...]:
        """Return what the stack makes of a type for its hub and its gateway to stand on."""
        holders = (self.hub, *(() if self.gateway is None else (self.gateway,)))
        return tuple(one for holder in holders if (one := holder.made(resource_type)) is not None)

    @cached_property
    def own_workspaces(self) -> dict[str, str]:
        """The kind, hub or project, of each workspace that the stack makes, by name."""
        hub = {name_of(self.hub.id): "hub"} if self.hub.owner is Owner.STACK and self.hub.id else {}
        return hub | {project.name: "project" for project in self.projects if project.is_own}

    @property
    def buys(self) -> bool:
        """Whether the stack subscribes to a Marketplace offer."""
        return any(project.offers for project in self.projects)

    @property
    def buys_from_partners(self) -> bool:
        """Whether a deployment of a Foundry resource is of a partner's model, which the Marketplace sells."""
        rows = (foundry_models().get(one.arguments["model_name"]) for one in self.endpoints if one.counter)
        return any(row is not None and not row.sold_by_azure for row in rows)

    @property
    def autoscales(self) -> bool:
        """Whether the instances of some deployment follow the load."""
        return any("autoscale" in one.arguments for one in self.deployments)

    @property
    def models(self) -> dict[str, Model]:
        """Every model that is deployed or subscribed to, by name."""
        of_projects = [one for back_end in BackEnd for project in self.projects for one in project.of(back_end)]
        of_foundry = () if self.foundry is None else self.foundry.endpoints
        served = [model for endpoint in (*of_projects, *of_foundry) for model in endpoint.models]
        offered = [offer.model for project in self.projects for offer in project.offers]
        return {model.name: model for model in (*served, *offered)}

    @cached_property
    def providers(self) -> tuple[str, ...]:
        """The namespaces of the resource providers that the stack's resources take."""
        stands_on = (*self.hub.stands_on, *(() if self.gateway is None else self.gateway.stands_on))
        made = {one.type.split("/", 1)[0] for one in stands_on if one.owner is Owner.STACK}
        account = {} if self.foundry is None else self.foundry.arguments
        diagnoses = bool(
            self.hub.arguments.get("diagnostics")
            or self.hub.arguments.get("resource_diagnostics")
            or account.get("log_analytics_workspace_id")
            or (self.gateway is not None and "log_analytics_workspace_id" in self.gateway.arguments)
        )
        needed = {
            "Microsoft.MachineLearningServices": bool(self.projects) or self.hub.owner is not Owner.NOBODY,
            "Microsoft.CognitiveServices": self.foundry is not None,
            "Microsoft.Network": "private_endpoint" in account or self.network is not None,
            "Microsoft.Storage": "Microsoft.Storage" in made,
            "Microsoft.KeyVault": "Microsoft.KeyVault" in made,
            "Microsoft.ContainerRegistry": "Microsoft.ContainerRegistry" in made,
            "Microsoft.Insights": "Microsoft.Insights" in made
            or diagnoses
            or self.autoscales
            or self.alerts is not None,
            "Microsoft.OperationalInsights": "Microsoft.OperationalInsights" in made,
            "Microsoft.MarketplaceOrdering": self.buys,
            "Microsoft.SaaS": self.buys,
            "Microsoft.Consumption": self.budget is not None,
            "Microsoft.App": self.gateway is not None,
            "Microsoft.ManagedIdentity": self.gateway is not None,
            "Microsoft.DBforPostgreSQL": "Microsoft.DBforPostgreSQL" in made,
            "Microsoft.Cache": "Microsoft.Cache" in made,
        }
        return tuple(namespace for namespace, is_needed in needed.items() if is_needed)

    @cached_property
    def existing(self) -> tuple[Resource, ...]:
        """What the settings say exists already: the stack uses it and never changes or deletes it."""
        found: list[Resource] = []
        if self.hub.owner is Owner.EXISTING and self.hub.id is not None:
            found.append(Resource("llama-azure:hub.existing", WORKSPACE, self.hub.id, Owner.EXISTING, "hub", True))
        found += [one for one in self.hub.stands_on if one.owner is Owner.EXISTING]
        if self.foundry is not None and self.foundry.owner is Owner.EXISTING:
            path = f"{self.foundry.path}.existing"
            found.append(Resource(path, AI_SERVICES_ACCOUNT, self.foundry.id, Owner.EXISTING))
        if self.network is not None:
            if self.network.owner is Owner.EXISTING:
                path = f"{self.network.path}.subnet"
                found.append(Resource(path, VIRTUAL_NETWORK, self.network.virtual_network_id, Owner.EXISTING, "", True))
            found += [one for one in self.network.zones.values() if one.owner is Owner.EXISTING]
        found += self._existing_around()
        if self.alerts is not None and self.alerts.owner is Owner.EXISTING:
            path = f"{self.alerts.path}.actionGroup"
            found.append(Resource(path, ACTION_GROUP, self.alerts.id, Owner.EXISTING))
        for project in self.projects:
            if not project.is_own:
                path = f"{project.path}.existing"
                found.append(Resource(path, WORKSPACE, project.id, Owner.EXISTING, "project", True))
            found += [
                Resource(f"{one.path}.existing", ONLINE_ENDPOINT, one.id, Owner.EXISTING)
                for one in project.endpoints
                if one.owner is Owner.EXISTING
            ]
        return tuple(found)

    def _existing_around(self) -> Iterator[Resource]:
        """What gateway, API Management and keys use that exists already."""
        if self.gateway is not None:
            yield from (one for one in self.gateway.stands_on if one.owner is Owner.EXISTING)
        if self.api_management is not None:
            path = f"{self.api_management.path}.service"
            yield Resource(path, API_MANAGEMENT, self.api_management.service_id, Owner.EXISTING)
        if self.keys_vault_id is not None:
            yield Resource("llama-azure:keysVault", KEY_VAULT, self.keys_vault_id, Owner.EXISTING)

    @property
    def usage(self) -> Usage:
        """What the plan takes of the subscription's quotas. Shared quota is not the subscription's own."""
        cores: dict[str, int] = {}
        most: dict[str, int] = {}
        for endpoint in self.endpoints:
            for one in () if endpoint.shared_quota else endpoint.deployments:
                cores[one.vm_size.family] = cores.get(one.vm_size.family, 0) + one.cores
                most[one.vm_size.family] = most.get(one.vm_size.family, 0) + one.most_cores
        counts = {end: sum(one.back_end is end for one in self.endpoints) for end in BackEnd}
        capacity: dict[str, int] = {}
        for endpoint in () if self.foundry is None else self.foundry.endpoints:
            capacity[endpoint.counter] = capacity.get(endpoint.counter, 0) + endpoint.capacity
        return Usage(counts, cores, most, capacity)
