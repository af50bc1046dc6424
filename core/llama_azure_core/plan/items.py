"""The items of a plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from llama_azure_core.azure_enums import GatewayAccess
from llama_azure_core.catalogue import BackEnd, Model
from llama_azure_core.monitoring import AlertRule
from llama_azure_core.quota import VmSize, cores_needed
from llama_azure_core.resource_ids import ResourceId, name_of
from llama_azure_core.resource_types import (
    LOG_ANALYTICS_WORKSPACE,
)

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
    """Of the action group and the workbook."""
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
