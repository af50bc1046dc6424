"""Everything that one stack describes."""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from llama_azure_core._facts import load_facts
from llama_azure_core.azure_enums import PrincipalType
from llama_azure_core.catalogue import BackEnd, UnknownSnapshotError, back_ends, snapshot_date
from llama_azure_core.frozen import Frozen
from llama_azure_core.gateway import gateway_facts
from llama_azure_core.naming import NameKind, name_problem
from llama_azure_core.regions import normalise_region
from llama_azure_core.settings._section import (
    Date,
    ObjectId,
    ResourceGroupName,
    ResourceId,
)
from llama_azure_core.settings.alerts import AlertsSettings
from llama_azure_core.settings.budget import BudgetSettings
from llama_azure_core.settings.endpoint import EndpointSettings
from llama_azure_core.settings.foundry import FoundrySettings
from llama_azure_core.settings.gateway import ApiManagementSettings, GatewaySettings
from llama_azure_core.settings.hub import HubSettings
from llama_azure_core.settings.litellm import LiteLlmSettings
from llama_azure_core.settings.network import NetworkSettings
from llama_azure_core.settings.profile import PROFILES, Profile, ProfileName
from llama_azure_core.settings.project import ProjectSettings


def _known_snapshot(name: str) -> str:
    try:
        snapshot_date(name)
    except UnknownSnapshotError as error:
        raise ValueError(str(error)) from None
    return name


SnapshotName = Annotated[
    str,
    AfterValidator(_known_snapshot),
    WithJsonSchema({"type": "string", "enum": list(load_facts("regions")["snapshots"])}),
]


StackName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]


class DeployerSettings(Frozen):
    """Somebody who may deploy serverless endpoints in the stack's projects, and no more."""

    principal_id: ObjectId
    """Required. The object id of the user, group or service principal."""
    principal_type: PrincipalType
    """Required. User, Group or ServicePrincipal."""
    may_run_preflight: bool = False
    """Optional. Whether they may also read all that preflight asks of Azure, in the whole Azure subscription.
    Default: false."""
    may_subscribe: bool = True
    """Optional. Whether they may also subscribe a project to a new offer, which takes rights on the Azure
    subscription. Default: true."""


def _names_used_twice(uses: Sequence[tuple[str | None, str]]) -> list[str]:
    """Say which names are used in two places; derived names, which differ by themselves, are ``None``."""
    first: dict[str, str] = {}
    return [
        f"{first[name.casefold()]} and {place} are both named {name}: give each a name of its own"
        for name, place in uses
        if name is not None and first.setdefault(name.casefold(), place) != place
    ]


class Settings(Frozen):
    """Everything that one stack describes."""

    location: str
    """Required (azure-native:location). The Azure region of the hub, its projects and their endpoints."""
    resource_group: ResourceGroupName
    """Required. The name of the resource group that the stack makes for its hub and its projects. Where it has neither,
    it makes none, and names are derived from this one all the same."""
    existing_resource_group: bool = False
    """Optional. Whether the resource group is there already and stays whose it is: the stack makes what lies in it, and
    neither changes the group nor deletes it. Default: false."""
    hub: HubSettings | None = None
    """Conditional. The AI hub of the projects. Needed where a project has an endpoint that is a serverless API or on
    managed compute, or exists already; without one, projects are projects of the Foundry resource alone."""
    foundry: FoundrySettings | None = None
    """Optional. The Foundry resource, in which endpoints of the back end `foundry` are deployed. Default: one is made
    where an endpoint needs it."""
    network: NetworkSettings | None = None
    """Optional. Where callers reach what is closed to public networks: private endpoints of what the stack makes.
    Default: none."""
    budget: BudgetSettings | None = None
    """Optional. What the resource group may cost before somebody is told. Default: nobody is."""
    alerts: AlertsSettings | None = None
    """Optional. Who is told when something is wrong, and of what. Default: of the profile protected the defaults of the
    section; else nobody is."""
    projects: dict[Annotated[str, Field(min_length=1)], ProjectSettings] = Field(default_factory=dict)
    """Optional. The AI projects; a key is a project's workspace name unless the project gives another.
    A stack without projects makes a hub for other stacks."""
    stacks: dict[StackName, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """Optional. By the name of another stack: the keys of the projects that it deploys in the place of this one. Its
    own file says `partOf`; what belongs to no project stays here. Default: this stack deploys all projects."""
    part_of: StackName | None = None
    """Optional. The stack in whose file everything is described; this one deploys the projects that it has there under
    `stacks`. What this file says itself is added, such as a secret, which each stack encrypts by a key of its own.
    Default: this file describes everything."""
    keys_vault: ResourceId | None = None
    """Optional. The resource id of a key vault that is there, which authorises by Azure RBAC: each endpoint's key is
    written into it, as the secret that is called as the endpoint in the outputs, and the output `endpointKeySecrets`
    tells where. Default: none."""
    litellm: LiteLlmSettings | None = None
    """Optional. The configuration of a LiteLLM proxy in front of the stack's endpoints, as an output of the stack.
    Default: none; `llama-azure gateway config` writes one without."""
    gateway: GatewaySettings | None = None
    """Optional. One address in front of every endpoint: a LiteLLM proxy on Azure Container Apps, with what it stands
    on. Default: none."""
    api_management: ApiManagementSettings | None = None
    """Optional. The stack's Foundry deployments as an API of an API Management service that is there. Default: none."""
    deployers: dict[str, DeployerSettings] = Field(default_factory=dict)
    """Optional. By a name of one's own: who may deploy in the projects."""
    existing_deployer_roles: bool = False
    """Optional. Whether the deployers' role definitions are there already, made by the stack in bootstrap/ or by
    somebody else who may define roles; the stack then only assigns them. Default: false."""
    tags: dict[str, str] = Field(default_factory=dict)
    """Optional. Tags on everything, beside `environment` and `managed-by`."""
    profile: ProfileName = ProfileName.DEVELOPMENT
    """Optional. development or protected: what holds for settings that say so and that the file leaves out.
    Default: development."""
    deletion_protection: bool = False
    """Optional. Whether Pulumi refuses to delete the hub and what it stands on. Default: false."""
    as_of: Date = Field(default_factory=dt.date.today)
    """Optional. The date on which models and regions are judged. Default: today. In a cloud of Azure's own another
    date than today is refused, unless `allowAsOf` is set."""
    allow_as_of: bool = False
    """Optional. Whether `asOf` may be another date than today in a cloud of Azure's own, to look back; preflight and
    the guardrails judge by today as well. Default: false."""
    region_snapshot: SnapshotName | None = None
    """Optional. A named snapshot of the region tables to judge by, such as `seed`. Default: the tables of `asOf`."""

    @model_validator(mode="after")
    def _something_to_do(self) -> Self:
        makes_one = (self.hub is not None and self.hub.name is not None) or (
            self.foundry is not None and self.foundry.existing is None
        )
        if not self.projects and not makes_one:
            raise ValueError(
                "projects is empty, and the hub is not made here, nor a Foundry resource: there is nothing to deploy"
            )
        return self

    @model_validator(mode="after")
    def _projects_have_a_hub(self) -> Self:
        if self.hub is not None:
            return self
        for key, project in self.projects.items():
            needing = [name for name in ("existing", "serverless", "managed", "subscriptions", "connections")
                       if getattr(project, name)]  # fmt: skip
            needing += [
                f"endpoints.{name}" for name, one in project.endpoints.items() if self.ends(one) != (BackEnd.FOUNDRY,)
            ]
            if needing:
                raise ValueError(
                    f"projects.{key}.{needing[0]} needs a hub: give llama-azure:hub; endpoints whose backEnd is "
                    "foundry need none"
                )
            if not project.endpoints:
                raise ValueError(f"projects.{key} has no endpoints, and there is no hub to make it in: add one of them")
        return self

    @model_validator(mode="after")
    def _content_filters_exist(self) -> Self:
        own = {} if self.foundry is None else self.foundry.content_filters
        for key, project in self.projects.items():
            for name, one in project.endpoints.items():
                wanted = one.foundry.content_filter
                if wanted is not None and wanted not in own and not wanted.startswith("Microsoft."):
                    raise ValueError(
                        f"projects.{key}.endpoints.{name}.foundry.contentFilter names {wanted}: describe it under "
                        "llama-azure:foundry, contentFilters, or name one of Microsoft's, such as Microsoft.DefaultV2"
                    )
        return self

    @model_validator(mode="after")
    def _callers_have_somewhere_to_call(self) -> Self:
        if self.foundry is not None and self.foundry.callers and not self.uses_foundry:
            raise ValueError("foundry.callers: the stack has no account that they could call; remove them")
        return self

    @model_validator(mode="after")
    def _something_of_its_own(self) -> Self:
        makes_hub = self.hub is not None and self.hub.name is not None
        if self.network is not None and not makes_hub and not self.makes_foundry_account and self.gateway is None:
            raise ValueError(
                "network: private endpoints lead to what the stack makes, and it makes neither a hub nor a Foundry "
                "resource; remove it"
            )
        if self.budget is not None and not self.makes_resource_group:
            raise ValueError("budget: the stack makes no resource group that it could watch; remove it")
        if self.alerts is not None and self.alerts.enabled and not self.makes_resource_group:
            raise ValueError("alerts: the stack makes no resource group that the rules could lie in; remove it")
        return self

    @model_validator(mode="after")
    def _gateway_has_a_place(self) -> Self:
        if self.gateway is not None:
            if self.network is None:
                raise ValueError(
                    "gateway: it stands in a virtual network, where its database and its keys are reached: give "
                    "llama-azure:network"
                )
            self._check_gateway_subnet(self.gateway, self.network)
            if not self.projects:
                raise ValueError("gateway: the stack has no endpoint that it could stand in front of; remove it")
        if self.api_management is not None and not any(
            BackEnd.FOUNDRY in self.ends(one)
            for project in self.projects.values()
            for one in project.endpoints.values()
        ):
            raise ValueError(
                "apiManagement: the stack deploys nothing in a Foundry resource, and API Management signs in to no "
                "endpoint here; remove it"
            )
        return self

    @staticmethod
    def _check_gateway_subnet(gateway: GatewaySettings, network: NetworkSettings) -> None:
        wanted = gateway.subnet_address_prefix
        if wanted is None:
            return
        if network.address_space is None:
            raise ValueError(
                "gateway.subnetAddressPrefix: the stack makes no virtual network that the subnet could be made in; "
                "give gateway.subnet, one that is there"
            )
        whole, own = ipaddress.ip_network(network.address_space), ipaddress.ip_network(wanted)
        others = ipaddress.ip_network(network.subnet_address_prefix or network.address_space)
        if own.version != whole.version or not own.subnet_of(whole):  # type: ignore[arg-type]
            raise ValueError(f"gateway.subnetAddressPrefix {own} does not lie in network.addressSpace {whole}")
        if own.overlaps(others):
            raise ValueError(
                f"gateway.subnetAddressPrefix {own} lies in the subnet for private endpoints, {others}: give "
                "network.subnetAddressPrefix, a part of the address space that leaves room"
            )
        if own.prefixlen > gateway_facts("containerApps")["smallestSubnet"]:
            raise ValueError(f"gateway.subnetAddressPrefix {own} is too small: Azure asks for a /27 or larger")

    @model_validator(mode="after")
    def _keys_are_names(self) -> Self:
        problems = [
            f"projects.{key}: {problem}; or give the project a name beside its key"
            for key, project in self.projects.items()
            if project.name is None and project.existing is None
            if (problem := name_problem(NameKind.WORKSPACE, key)) is not None
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @model_validator(mode="after")
    def _stacks_deploy_projects(self) -> Self:
        if not self.stacks:
            return self
        first: dict[str, str] = {}
        for stack, keys in self.stacks.items():
            for key in keys:
                if key not in self.projects:
                    known = ", ".join(sorted(self.projects)) or "none"
                    raise ValueError(f"stacks.{stack}: there is no project {key}; there are {known}")
                if key in first:
                    raise ValueError(f"stacks.{stack}: {key} is deployed by {first[key]} already; name it once")
                first[key] = stack
        if self.hub is None:
            raise ValueError(
                "stacks: without a hub all is in the Foundry resource, which takes one write at a time; remove it"
            )
        # What needs every project at once could not be made before them nor after them.
        for section in ("deployers", "gateway", "litellm"):
            if getattr(self, section):
                raise ValueError(
                    f"stacks and {section} do not go together: {section} needs every project in one stack; remove one"
                )
        return self

    @model_validator(mode="after")
    def _deployers_have_projects(self) -> Self:
        if self.deployers and (
            self.hub is None or all(project.existing is not None for project in self.projects.values())
        ):
            raise ValueError(
                "deployers: the stack makes no project that they could deploy in; remove them, or give them rights "
                "in the stack that makes the project"
            )
        return self

    @model_validator(mode="after")
    def _existing_is_used(self) -> Self:
        if self.existing_deployer_roles and not self.deployers:
            raise ValueError("existingDeployerRoles: the stack has no deployers to assign them to; remove it")
        if self.existing_resource_group and not self.makes_resource_group:
            raise ValueError("existingResourceGroup: nothing of the stack lies in a resource group; remove it")
        return self

    @model_validator(mode="after")
    def _one_name_each(self) -> Self:
        # The outputs, and Azure in the region, know an endpoint by its name alone; Azure knows a project so.
        workspaces = [
            (project.existing or project.name or key, f"projects.{key}") for key, project in self.projects.items()
        ]
        endpoints = []
        deployments: list[tuple[str | None, str]] = []
        for key, project in self.projects.items():
            for index, entry in enumerate(project.serverless):
                endpoints.append((entry.name, f"projects.{key}.serverless[{index}]"))
            for managed, endpoint in project.managed.items():
                endpoints.append((endpoint.existing or endpoint.name, f"projects.{key}.managed.{managed}"))
            for name, one in project.endpoints.items():
                place, ends = f"projects.{key}.endpoints.{name}", self.ends(one)
                if BackEnd.SERVERLESS in ends:
                    endpoints.append((one.serverless.name, f"{place}.serverless"))
                if BackEnd.MANAGED in ends and one.managed is not None:
                    endpoints.append((one.managed.existing or one.managed.name, f"{place}.managed"))
                if BackEnd.FOUNDRY in ends:
                    deployments.append((one.foundry.name, f"{place}.foundry"))
        told = [*_names_used_twice(workspaces), *_names_used_twice(endpoints), *_names_used_twice(deployments)]
        if told:
            raise ValueError("; ".join(told))
        return self

    @property
    def undivided(self) -> Self:
        """The same settings with all projects in this stack, for who asks about everything that the file describes."""
        return self.model_copy(update={"stacks": {}, "part_of": None}) if self.stacks else self

    @property
    def makes_resource_group(self) -> bool:
        """Whether anything of the stack lies in its resource group, which it makes unless that is there already."""
        own_hub = self.hub is not None and self.hub.name is not None
        in_hub = self.hub is not None and any(project.existing is None for project in self.projects.values())
        return own_hub or self.makes_foundry_account or in_hub or self.gateway is not None

    @property
    def makes_foundry_account(self) -> bool:
        """Whether the stack makes a Foundry resource."""
        return self.uses_foundry and (self.foundry is None or self.foundry.existing is None)

    @property
    def uses_foundry(self) -> bool:
        """Whether the stack has a Foundry resource, its own or an existing one."""
        return self.foundry is not None or any(
            BackEnd.FOUNDRY in self.ends(one)
            for project in self.projects.values()
            for one in project.endpoints.values()
        )

    def back_end(self, endpoint: EndpointSettings) -> BackEnd:
        """Return the back end that an endpoint is on, or is moved to."""
        return self.ends(endpoint)[0]

    def ends(self, endpoint: EndpointSettings) -> tuple[BackEnd, ...]:
        """Return every back end that an endpoint is on, the one first that it is moved to."""
        return endpoint.ends(back_ends(endpoint.model, self.as_of))

    @property
    def watched(self) -> AlertsSettings | None:
        """The section ``alerts`` as it holds; ``None`` where the stack has no alert rules."""
        if self.alerts is not None:
            return self.alerts if self.alerts.enabled else None
        return AlertsSettings() if self.defaults.alerts and self.makes_resource_group else None

    @property
    def defaults(self) -> Profile:
        """What holds where the file says nothing."""
        return PROFILES[self.profile]

    @property
    def region(self) -> str:
        """The location's ARM name."""
        return normalise_region(self.location)

    @property
    def regions_on(self) -> dt.date:
        """The date of the region tables."""
        return self.as_of if self.region_snapshot is None else snapshot_date(self.region_snapshot)
