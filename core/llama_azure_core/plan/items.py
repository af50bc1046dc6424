"""The items of a plan."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from llama_azure_core.azure_enums import GatewayAccess
from llama_azure_core.catalogue import BackEnd, Model
from llama_azure_core.foundry import foundry_models
from llama_azure_core.monitoring import AlertRule
from llama_azure_core.quota import VmSize, cores_needed
from llama_azure_core.resource_ids import ResourceId, name_of, resource_group_id
from llama_azure_core.resource_types import (
    ACTION_GROUP,
    AI_SERVICES_ACCOUNT,
    API_MANAGEMENT,
    LOG_ANALYTICS_WORKSPACE,
    ONLINE_ENDPOINT,
    VIRTUAL_NETWORK,
    WORKSPACE,
)
from llama_azure_core.settings.litellm import LiteLlmSettings

Arguments = Mapping[str, Any]
"""The arguments of the component that an item becomes, by name; ids of what the plan cannot know are left out."""


class Owner(StrEnum):
    """Who makes a resource, changes it and deletes it."""

    STACK = "stack"
    OTHER_STACK = "other stack"
    EXISTING = "existing"
    """Whoever made it; the stack only uses it."""
    NOBODY = "nobody"
    """The stack has none."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of Azure that the settings name or bring about."""

    path: str
    """Where in the settings, such as ``llama-azure:hub.storageAccount``."""
    type: str
    """The ARM type."""
    id: str
    owner: Owner
    kind: str = ""
    """In lower case: hub or project; empty where Azure has no kinds."""
    in_region: bool = False
    """Whether it must lie in the stack's region."""

    @property
    def name(self) -> str:
        """The resource's name."""
        return name_of(self.id)


@dataclass(frozen=True, slots=True)
class Network:
    """Where private endpoints lie, and the DNS zones of their names."""

    path: str
    logical_name: str
    owner: Owner
    """Of the virtual network and its subnet."""
    subnet_id: str
    zones: Mapping[str, Resource]
    """By name: the private DNS zones, made by the stack or existing; none where the landing zone's policy has them."""
    arguments: Arguments
    """Of a ``PrivateNetwork``."""

    @property
    def virtual_network_id(self) -> str:
        """The id of the virtual network that the subnet lies in."""
        return str(ResourceId.parse(self.subnet_id).parent)


@dataclass(frozen=True, slots=True)
class Budget:
    """What the resource group may cost before somebody is told."""

    logical_name: str
    id: str
    arguments: Arguments
    """Of a ``Budget``, without the resource group's id."""


class AlertKind(StrEnum):
    """What an alert rule looks at."""

    METRIC = "metric"
    ACTIVITY_LOG = "activity log"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert rule."""

    rule: AlertRule
    kind: AlertKind
    logical_name: str
    id: str
    about: tuple[str, ...]
    """The ids of what it watches."""
    depends_on: tuple[str, ...]
    arguments: Arguments
    """Of a ``MetricAlert``, an ``ActivityLogAlert`` or a ``LogAlert``, without the action group's id."""

    @property
    def name(self) -> str:
        """The name of the rule in Azure."""
        return name_of(self.id)


@dataclass(frozen=True, slots=True)
class Workbook:
    """The figures that the alert rules look at, drawn."""

    logical_name: str
    id: str
    depends_on: tuple[str, ...]
    arguments: Arguments
    """Of a ``Workbook``."""


@dataclass(frozen=True, slots=True)
class Alerts:
    """Who is told when something is wrong with what the stack deploys, and of what."""

    path: str
    logical_name: str
    owner: Owner
    """Of the action group."""
    id: str
    """The action group's."""
    arguments: Arguments
    """Of an ``ActionGroup``."""
    rules: tuple[Alert, ...]
    watches_budget: bool
    """Whether the stack's budget tells the action group too."""
    workbook: Workbook


@dataclass(frozen=True, slots=True)
class Hub:
    """The hub of the stack's projects; its owner is nobody where the stack has Foundry projects alone."""

    owner: Owner
    id: str | None
    """``None`` where there is none, or another stack owns it and its file does not tell."""
    stack: str | None = None
    """The stack that owns it, as the settings name it."""
    problem: str = ""
    """Why the id is not known."""
    stands_on: tuple[Resource, ...] = ()
    """What the hub needs: storage account, key vault, monitoring, registry; made by the stack, or existing."""
    arguments: Arguments = field(default_factory=dict)
    """Of an ``AiHub``; empty where the stack does not make it."""

    @property
    def log_analytics_workspace_id(self) -> str | None:
        """The workspace that the hub's logs go to, where it has one."""
        return next((one.id for one in self.stands_on if one.type == LOG_ANALYTICS_WORKSPACE), None)

    def made(self, resource_type: str) -> Resource | None:
        """Return what the stack makes of a type for the hub to stand on."""
        return next((one for one in self.stands_on if one.type == resource_type and one.owner is Owner.STACK), None)


@dataclass(frozen=True, slots=True)
class Offer:
    """A project's subscription to a model's Marketplace offer."""

    logical_name: str
    """The component's name in the program."""
    id: str
    model: Model
    depends_on: tuple[str, ...]
    """The ids of what must exist first; those that the plan does not make are there."""
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Deployment:
    """A model on virtual machines, behind an endpoint."""

    logical_name: str
    name: str
    id: str
    model: Model
    vm_size: VmSize
    instances: int
    """How many virtual machines at first."""
    most_instances: int
    """How many autoscale may make of them."""
    traffic: int
    """The share of the endpoint's requests, in percent."""
    depends_on: tuple[str, ...]
    arguments: Arguments

    @property
    def cores(self) -> int:
        """The quota that it takes at first, with Azure's reserve for upgrades."""
        return cores_needed(self.vm_size, self.instances)

    @property
    def most_cores(self) -> int:
        """The quota that it takes with as many instances as autoscale may make."""
        return cores_needed(self.vm_size, max(self.instances, self.most_instances))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where callers reach a model, whichever back end it runs on."""

    back_end: BackEnd
    path: str
    """Where in the settings, such as ``llama-azure:projects.assistants.serverless[0]``."""
    key: str
    """What the settings call it: its key, or its place in a list."""
    logical_name: str
    name: str
    """In Azure: of a deployment of a Foundry resource the deployment's."""
    id: str
    owner: Owner
    model: Model | None
    """What callers get: of several models behind one endpoint that with the most requests; ``None`` without any."""
    takes_keys: bool
    depends_on: tuple[str, ...]
    arguments: Arguments
    is_derived: bool = False
    """Whether the component's name in the program ends in what depends on the subscription."""
    subscribes: bool = False
    """Whether the stack subscribes the project to the model's offer."""
    shared_quota: bool = False
    """Whether its deployments take Azure's shared quota, and the endpoint ends by itself."""
    deployments: tuple[Deployment, ...] = ()
    traffic: Mapping[str, int] | None = None
    """By deployment name: shares of the requests, in percent, others' deployments included; ``None`` where the
    stack leaves the endpoint's traffic alone, or the back end has none."""
    mirror: Mapping[str, int] = field(default_factory=dict)
    """By deployment name: the share of requests copied to it, in percent."""
    output_key: str = ""
    """What the stack's outputs call it, where that is not its name."""
    counter: str = ""
    """Of a deployment of a Foundry resource: the name of the counter that its capacity is taken from."""
    capacity: int = 0
    """Of a deployment of a Foundry resource: its units."""
    asked: Mapping[str, int] = field(default_factory=dict)
    """What the settings ask it and its further ones to serve: ``tokensPerMinute`` and ``requestsPerMinute``."""
    per_instance: Mapping[str, int] = field(default_factory=dict)
    """On managed compute, by the same names: what an instance serves, where the settings say it."""
    order: int = 1
    """Of the back ends of one endpoint of the settings: 1 for the one that it is on, more for the others."""
    retiring: bool = False
    """Whether it stays only until its traffic is gone: a gateway sends it none."""
    expected_tokens: tuple[int, int] | None = None
    """Tokens that callers are expected to send and to get in a day; ``None`` where the settings do not say."""

    @property
    def exported(self) -> str:
        """What the stack's outputs call it."""
        return self.output_key or self.name

    @property
    def models(self) -> tuple[Model, ...]:
        """Every model that it serves."""
        if self.deployments:
            return tuple(deployment.model for deployment in self.deployments)
        return () if self.model is None else (self.model,)


@dataclass(frozen=True, slots=True)
class Connection:
    """A project's use of a serverless endpoint that lies elsewhere."""

    path: str
    logical_name: str
    name: str
    id: str
    endpoint: str
    """The endpoint's name."""
    stack: str | None
    """The stack that owns the endpoint; ``None`` for this one."""
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Project:
    """An AI project and what is in it."""

    key: str
    path: str
    id: str
    owner: Owner
    offers: tuple[Offer, ...]
    endpoints: tuple[Endpoint, ...]
    connections: tuple[Connection, ...]
    arguments: Arguments
    """Of an ``AiProject``, without the hub's id; empty where the stack does not make it."""

    @property
    def name(self) -> str:
        """The project's workspace name."""
        return name_of(self.id)

    @property
    def group_id(self) -> str:
        """The id of the resource group that it lies in."""
        return str(ResourceId.parse(self.id).scope)

    @property
    def is_own(self) -> bool:
        """Whether the stack makes it."""
        return self.owner is Owner.STACK

    def of(self, back_end: BackEnd) -> tuple[Endpoint, ...]:
        """Return the endpoints of a back end."""
        return tuple(one for one in self.endpoints if one.back_end is back_end)


@dataclass(frozen=True, slots=True)
class ContentFilter:
    """A content filter of the Foundry resource."""

    path: str
    logical_name: str
    name: str
    id: str
    depends_on: tuple[str, ...]
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class FoundryProject:
    """A project of the Foundry resource, and the endpoints of it; Azure keeps their deployments at the account."""

    key: str
    path: str
    id: str
    endpoints: tuple[Endpoint, ...]
    depends_on: tuple[str, ...]
    arguments: Arguments
    """Of a ``FoundryProject``."""

    @property
    def name(self) -> str:
        """The project's name."""
        return name_of(self.id)


@dataclass(frozen=True, slots=True)
class FoundryAccount:
    """The Foundry resource of the stack.

    Azure writes one child of an account at a time, so each item in it depends on the one before.
    """

    path: str
    logical_name: str
    id: str
    owner: Owner
    takes_keys: bool
    content_filters: tuple[ContentFilter, ...]
    projects: tuple[FoundryProject, ...]
    depends_on: tuple[str, ...]
    arguments: Arguments
    """Of a ``FoundryAccount``."""

    @property
    def name(self) -> str:
        """The account's name, which is its custom subdomain where the stack makes it."""
        return name_of(self.id)

    @property
    def group(self) -> str:
        """The name of the resource group that it lies in."""
        return ResourceId.parse(self.id).resource_group or ""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every deployment in it."""
        return tuple(endpoint for project in self.projects for endpoint in project.endpoints)


@dataclass(frozen=True, slots=True)
class Gateway:
    """A proxy in front of the stack's endpoints, and what it stands on."""

    path: str
    logical_name: str
    id: str
    """Of the container app."""
    access: GatewayAccess
    stands_on: tuple[Resource, ...]
    """Key vault, PostgreSQL server and Redis; made by the stack, or existing."""
    teams: tuple[str, ...]
    depends_on: tuple[str, ...]
    arguments: Arguments
    """Of a ``ModelGateway``, without the configuration and the endpoints' keys."""

    @property
    def name(self) -> str:
        """The container app's name."""
        return name_of(self.id)

    def made(self, resource_type: str) -> Resource | None:
        """Return what the stack makes of a type for the gateway to stand on."""
        return next((one for one in self.stands_on if one.type == resource_type and one.owner is Owner.STACK), None)


@dataclass(frozen=True, slots=True)
class ApiManagement:
    """An API of an API Management service that is there, in front of the stack's Foundry deployments."""

    path: str
    logical_name: str
    service_id: str
    models: Mapping[str, tuple[Endpoint, ...]]
    """By the name that callers send as the model: the endpoints that serve it."""
    depends_on: tuple[str, ...]
    arguments: Arguments
    """Of ``ApiManagementBackends``, without the models' addresses."""


@dataclass(frozen=True, slots=True)
class DeployerScopes:
    """The roles of those who may deploy in the projects, and where they hold."""

    logical_name: str
    scopes: tuple[str, ...]
    """The ids of the projects, the resource group and, for some rights, the subscription."""
    depends_on: tuple[str, ...]
    arguments: Arguments


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
    litellm: LiteLlmSettings | None = None
    """How a LiteLLM proxy in front of the endpoints is configured; ``None`` where the stack says nothing of it."""
    gateway: Gateway | None = None
    api_management: ApiManagement | None = None
    alerts: Alerts | None = None

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
        if self.gateway is not None:
            found += [one for one in self.gateway.stands_on if one.owner is Owner.EXISTING]
        if self.api_management is not None:
            path = f"{self.api_management.path}.service"
            found.append(Resource(path, API_MANAGEMENT, self.api_management.service_id, Owner.EXISTING))
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
