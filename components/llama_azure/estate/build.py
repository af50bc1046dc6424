"""Declaring every resource of a plan."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pulumi

from llama_azure._azure_native import resources
from llama_azure._options import without_api_version_aliases
from llama_azure.ai_hub import AiHub, AiHubArgs
from llama_azure.ai_project import AiProject, AiProjectArgs
from llama_azure.budget import Budget, BudgetArgs
from llama_azure.client_config import subscription_id
from llama_azure.deployer_role import DeployerRole, DeployerRoleArgs
from llama_azure.estate.alerts import declare_action_group, declare_rules
from llama_azure.estate.built import Built, EndpointOutputs, as_spelled
from llama_azure.estate.engine_calls import spare_the_engine
from llama_azure.estate.foundry import declare_account, declare_deployment
from llama_azure.estate.managed import declare_managed
from llama_azure.estate.serverless import declare_serverless
from llama_azure.marketplace_subscription import MarketplaceSubscription, MarketplaceSubscriptionArgs
from llama_azure.private_network import PrivateNetwork, PrivateNetworkArgs
from llama_azure.serverless_connection import ServerlessConnection, ServerlessConnectionArgs
from llama_azure_core.azure_enums import ServerlessAuthMode
from llama_azure_core.plan import (
    BackEnd,
    Connection,
    Endpoint,
    FoundryAccount,
    Hub,
    Network,
    Owner,
    Plan,
    Project,
    plan,
)
from llama_azure_core.plan import Budget as PlannedBudget
from llama_azure_core.plan.build import connection_problem
from llama_azure_core.plan.calling import call_limits, routes
from llama_azure_core.plan.litellm import StackEndpoints, gateway_configuration, token_prices
from llama_azure_core.regions import normalise_region
from llama_azure_core.settings import Settings, SettingsError

_BACK_ENDS: Mapping[BackEnd, Callable[[Endpoint, Built], EndpointOutputs]] = {
    BackEnd.SERVERLESS: declare_serverless,
    BackEnd.MANAGED: declare_managed,
}


@dataclass
class Estate:
    """What a stack tells other tools and other stacks."""

    hub: dict[str, pulumi.Input[str]] = field(default_factory=dict)
    """``id`` and ``region`` of the hub that the stack's projects belong to; empty where they belong to none."""
    foundry: dict[str, pulumi.Input[str]] = field(default_factory=dict)
    """``id``, ``region`` and ``baseUrl`` of the Foundry resource; empty where the stack has none."""
    endpoints: dict[str, dict[str, pulumi.Input[Any]]] = field(default_factory=dict)
    """By endpoint name, or by the key of one of the section ``endpoints``: ``kind`` and ``backend`` (serverless,
    managed or foundry), ``model``, ``project``, ``region``, ``api`` (chat, completions or score), ``uri``, ``baseUrl``
    (for clients of OpenAI's API), ``deployment`` (what they send as the model: a Foundry deployment's name, and the
    model's elsewhere, where nobody looks at it), ``auth`` (key, token or keyOrToken), ``routes`` (URLs, by chat,
    completions, models or score) and ``limits`` (how much may be asked, by name); on shared quota also
    ``deletionTime`` (RFC 1123, in GMT), on a back end that a moving endpoint is on beside its own ``order`` (2 or 3),
    and ``retiring`` (true) where a gateway is to send nothing more. An endpoint without deployments has neither
    ``model`` nor ``api``."""
    gateway: dict[str, Any] = field(default_factory=dict)
    """``baseUrl``, ``auth`` (key or tokenAndKey), ``keyHeader``, ``models``, ``id``, ``keyVault``, ``teamSecrets`` (by
    team: where its key lies) and ``teamsJob`` of the gateway; empty where the stack has none."""
    api_management: dict[str, Any] = field(default_factory=dict)
    """``baseUrl``, ``auth`` and ``models`` of the API of an API Management service; empty where there is none."""
    endpoint_keys: dict[str, pulumi.Output[str]] = field(default_factory=dict)
    """By endpoint name: the primary key, a secret. Endpoints that take no keys are not in it."""
    endpoint_key_secrets: dict[str, pulumi.Output[str]] = field(default_factory=dict)
    """By endpoint name: the address of the secret that holds its key; empty where no vault is named for them."""
    litellm: pulumi.Output[dict[str, Any]] | None = None
    """The configuration of a LiteLLM proxy in front of the endpoints, without a secret; ``None`` where the settings
    have no section ``litellm``."""


def build_estate(settings: Settings) -> Estate:
    """Declare every resource that ``settings`` describes, and return what the stack exports.

    Raises:
        pulumi.RunError: the settings name a stack or an endpoint that cannot be used.
    """
    spare_the_engine()
    # The names of endpoints, storage accounts and key vaults must differ from everybody else's in Azure.
    subscription = subscription_id()
    try:
        wanted = plan(settings, subscription=subscription, stack=pulumi.get_stack())
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
    return _Builder(wanted).estate


class _Builder:
    """Declares the items of one plan, in the order in which they need each other."""

    def __init__(self, wanted: Plan) -> None:
        self._plan = wanted
        self._built = Built()
        self.estate = Estate()
        # Deploying in what others own takes no rights on the subscription, so nothing is made that would.
        if wanted.uses_group:
            self._built.by_id[wanted.group_id] = _resource_group(wanted)
        network = None if wanted.network is None else self._network(wanted.network)
        told = self._told(wanted)
        if wanted.budget is not None:
            self._budget(wanted.budget, told)
        hub_id = self._hub(wanted.hub, network)
        if wanted.hub.owner is not Owner.NOBODY:
            self.estate.hub = {"id": hub_id, "region": wanted.region}
        for project in wanted.projects:
            self._project(project, hub_id)
        if wanted.foundry is not None:
            self._foundry(wanted.foundry)
        for project in wanted.projects:  # the stack's own endpoints are all declared by now
            for connection in project.connections:
                self._connection(connection, project)
        if wanted.litellm is not None:
            rows = pulumi.Output.from_input(self.estate.endpoints)
            self.estate.litellm = rows.apply(lambda known: _litellm(wanted, known))
        self._keep_keys(wanted.keys_vault_id)
        self._front()
        if wanted.deployers is not None:
            args = cast(DeployerRoleArgs, wanted.deployers.arguments)
            DeployerRole(wanted.deployers.logical_name, args, self._built.after(wanted.deployers.depends_on))
        self._watch(wanted, told)

    def _watch(self, wanted: Plan, told: list[pulumi.Input[str]]) -> None:
        if wanted.alerts is not None:
            declare_rules(wanted.alerts, told, self._group_id(), self._built)

    def _told(self, wanted: Plan) -> list[pulumi.Input[str]]:
        """Return the ids of the action groups that are told; none where the stack has no alerts."""
        if wanted.alerts is None:
            return []
        if wanted.alerts.owner is Owner.OTHER_STACK:
            return [wanted.alerts.id]
        return [declare_action_group(wanted.alerts, wanted.group_id, self._built)]

    def _keep_keys(self, vault_id: str | None) -> None:
        if vault_id is not None:
            from llama_azure.estate.kept_keys import declare_kept_keys

            self.estate.endpoint_key_secrets = declare_kept_keys(vault_id, self.estate.endpoint_keys)

    def _front(self) -> None:
        """Declare what stands in front of the endpoints; a stack without it loads nothing for it."""
        wanted = self._plan
        if wanted.gateway is None and wanted.api_management is None:
            return
        from llama_azure.estate.gateway import declare_api_management, declare_gateway

        if wanted.gateway is not None:
            told = self.estate
            told.gateway = declare_gateway(wanted.gateway, wanted, told.endpoints, told.endpoint_keys, self._built)
        if wanted.api_management is not None:
            rows = self.estate.endpoints
            self.estate.api_management = declare_api_management(wanted.api_management, rows, self._built)

    def _network(self, network: Network) -> PrivateNetwork:
        args = cast(PrivateNetworkArgs, network.arguments)
        component = PrivateNetwork(network.logical_name, args, self._built.after([self._plan.group_id]))
        self._built.by_id[network.subnet_id] = component
        return component

    def _budget(self, budget: PlannedBudget, told: list[pulumi.Input[str]]) -> None:
        alerts = self._plan.alerts
        groups = {"action_group_ids": told} if alerts is not None and alerts.watches_budget else {}
        args = cast(BudgetArgs, {**budget.arguments, **groups, "scope": self._group_id()})
        Budget(budget.logical_name, args, self._built.after([self._plan.group_id]))

    def _group_id(self) -> pulumi.Input[str]:
        """Return the resource group's id, which is that of the resource where the stack makes it."""
        group = self._built.by_id.get(self._plan.group_id)
        return group.id if isinstance(group, resources.ResourceGroup) else self._plan.group_id

    def _hub(self, hub: Hub, network: PrivateNetwork | None) -> pulumi.Input[str]:
        if hub.owner is Owner.OTHER_STACK:
            setting = "llama-azure:hub.stack" if hub.stack != self._plan.part_of else "llama-azure:partOf"
            return _hub_of_stack(hub.stack or "", self._plan.region, setting)
        if hub.owner in (Owner.EXISTING, Owner.NOBODY):
            return hub.id or ""
        args = cast(AiHubArgs, {**hub.arguments, **_reached(hub, network)})
        name = str(hub.arguments["hub_name"])
        options = self._built.after([self._plan.group_id], as_spelled(name.casefold(), name))
        component = AiHub(name.casefold(), args, options)
        if hub.id is not None:
            self._built.by_id[hub.id] = component
        return component.hub_id

    def _project(self, project: Project, hub_id: pulumi.Input[str]) -> None:
        if project.is_own:
            args = cast(AiProjectArgs, {**project.arguments, "hub_id": hub_id})
            component = AiProject(project.key, args, self._built.after([self._plan.group_id]))
            self._built.by_id[project.id] = component
        for offer in project.offers:
            self._built.by_id[offer.id] = MarketplaceSubscription(
                offer.logical_name,
                cast(MarketplaceSubscriptionArgs, offer.arguments),
                self._built.after(offer.depends_on),
            )
        for endpoint in project.endpoints:
            self._note(endpoint, project.name, _BACK_ENDS[endpoint.back_end](endpoint, self._built))

    def _foundry(self, account: FoundryAccount) -> None:
        component = declare_account(account, self._built)
        self.estate.foundry = {
            "id": component.account_id,
            "region": self._plan.region,
            "baseUrl": component.base_url,
        }
        for project in account.projects:
            for endpoint in project.endpoints:
                self._note(endpoint, project.name, declare_deployment(endpoint, component, self._built))

    def _note(self, endpoint: Endpoint, project: str, outputs: EndpointOutputs) -> None:
        model = None if endpoint.model is None else endpoint.model.name
        self.estate.endpoints[endpoint.exported] = {
            "kind": endpoint.back_end.value,
            "backend": endpoint.back_end.value,
            "auth": _auth(endpoint),
            "model": model,
            "project": project,
            "region": self._plan.region,
            "api": None if endpoint.model is None else endpoint.model.api.value,
            "uri": outputs.uri,
            "baseUrl": outputs.base_url,
            "deployment": endpoint.name if endpoint.back_end is BackEnd.FOUNDRY else model,
            "routes": _routes(endpoint, outputs),
            "limits": dict(call_limits(endpoint)),
            **({} if endpoint.order == 1 else {"order": endpoint.order}),
            **({"retiring": True} if endpoint.retiring else {}),
            **outputs.more,
        }
        if endpoint.takes_keys:
            self.estate.endpoint_keys[endpoint.exported] = outputs.primary_key

    def _connection(self, connection: Connection, project: Project) -> None:
        if connection.stack is None:
            uri: pulumi.Input[str] = self.estate.endpoints[connection.endpoint]["uri"]
            key: pulumi.Input[str] = self.estate.endpoint_keys[connection.endpoint]
        else:
            uri, key = _endpoint_of_stack(connection, connection.stack)
        ServerlessConnection(
            connection.logical_name,
            cast(ServerlessConnectionArgs, {**connection.arguments, "endpoint_uri": uri, "endpoint_key": key}),
            self._built.after([project.id], as_spelled(connection.logical_name, connection.name)),
        )


def _litellm(wanted: Plan, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    try:
        served = StackEndpoints(wanted.stack, rows, token_prices(wanted))
        return dict(gateway_configuration([served], wanted.litellm).document)
    except SettingsError as error:
        pulumi.log.warn(f"the output litellm is empty: {error}")
        return {}


def _routes(endpoint: Endpoint, outputs: EndpointOutputs) -> dict[str, pulumi.Output[str]]:
    """Return the URL of each route that an endpoint answers; an empty one where the endpoint has no address."""
    urls = {name: _below(outputs.base_url, path) for name, path in routes(endpoint).items()}
    return {**urls, "score": outputs.uri} if endpoint.back_end is BackEnd.MANAGED else urls


def _below(base_url: pulumi.Output[str], path: str) -> pulumi.Output[str]:
    return base_url.apply(lambda url: f"{url}{path}" if url else "")


def _auth(endpoint: Endpoint) -> str:
    """Return how callers sign in: key, token (of Microsoft Entra ID, or of the workspace), or both."""
    if endpoint.back_end is BackEnd.FOUNDRY:
        return "keyOrToken" if endpoint.takes_keys else "token"
    if not endpoint.takes_keys:
        return "token"
    return "keyOrToken" if endpoint.arguments.get("auth_mode") == ServerlessAuthMode.KEY_AND_AAD else "key"


def _reached(hub: Hub, network: PrivateNetwork | None) -> dict[str, Any]:
    """Return a hub's arguments for its private endpoints, which come after subnet and zones and go before them."""
    wanted = hub.arguments.get("private_endpoints")
    if wanted is None or network is None:
        return {}
    made = network.private_dns_zone_ids
    zones = {name: made.apply(_one_of(name, zone_id)) for name, zone_id in wanted["private_dns_zone_ids"].items()}
    return {"private_endpoints": {**wanted, "subnet_id": network.subnet_id, "private_dns_zone_ids": zones}}


def _one_of(name: str, otherwise: str) -> Callable[[Mapping[str, str]], str]:
    return lambda ids: ids.get(name, otherwise)


def _resource_group(wanted: Plan) -> resources.ResourceGroup:
    """Declare the resource group; one that is there is read into the state, and neither changed nor deleted.

    It is declared all the same: a stack that made its group before would delete it otherwise, with all that lies in it.
    """
    kept = pulumi.ResourceOptions(
        import_=wanted.group_id, retain_on_delete=True, ignore_changes=["location", "tags", "managedBy"]
    )
    return resources.ResourceGroup(
        wanted.group.casefold(),
        resource_group_name=wanted.group,
        location=wanted.location,
        tags=dict(wanted.tags),
        opts=pulumi.ResourceOptions.merge(
            pulumi.ResourceOptions(
                aliases=as_spelled(wanted.group.casefold(), wanted.group),
                transformations=[without_api_version_aliases],
            ),
            None if wanted.makes_group else kept,
        ),
    )


def _full_stack_name(stack: str) -> str:
    """Return the name by which Pulumi finds a stack: ``platform`` is one of this project and organization."""
    return stack if "/" in stack else f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}"


def _hub_of_stack(stack: str, region: str, setting: str) -> pulumi.Output[str]:
    name = _full_stack_name(stack)

    def hub_id(hub: Any) -> str:
        if not isinstance(hub, dict) or "id" not in hub:
            raise pulumi.RunError(f"{setting}: the stack {name} exports no hub; deploy it first, or check the name")
        if normalise_region(hub["region"]) != region:
            raise pulumi.RunError(
                f"azure-native:location: {region} is not the region of the hub of stack {name}, {hub['region']}; "
                "a project lies in its hub's region"
            )
        return str(hub["id"])

    return pulumi.StackReference(name).get_output("hub").apply(hub_id)


def _endpoint_of_stack(connection: Connection, stack: str) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Return URI and key of another stack's endpoint."""
    other = pulumi.StackReference(_full_stack_name(stack))

    def found(both: list[Any]) -> tuple[str, str]:
        endpoints, keys = both[0] or {}, both[1] or {}
        name = connection.endpoint
        kind = endpoints[name]["kind"] if name in endpoints else None
        problem = connection_problem(connection, list(endpoints), kind, takes_keys=name in keys)
        if problem is not None:
            raise pulumi.RunError(problem)
        return endpoints[name]["uri"], keys[name]

    pair = pulumi.Output.all(other.get_output("endpoints"), other.get_output("endpointKeys")).apply(found)
    return pair.apply(lambda one: one[0]), pulumi.Output.secret(pair.apply(lambda one: one[1]))
