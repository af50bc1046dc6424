"""A gateway: one address in front of a stack's endpoints, an unmodified LiteLLM proxy on Azure Container Apps."""

import uuid
from typing import NotRequired, TypedDict

import pulumi

from llama_azure._arguments import ArgumentError, Origin, choice, origin
from llama_azure._azure_native import authorization, managedidentity, monitor
from llama_azure._azure_now import with_what_azure_has
from llama_azure._gateway_app import Proxy, declare_environment, declare_proxy, declare_teams
from llama_azure._gateway_stores import Place, Store, declare_database, declare_redis, declare_vault
from llama_azure._options import child_options
from llama_azure_core.azure_enums import GatewayAccess
from llama_azure_core.foundry import account_facts
from llama_azure_core.gateway import gateway_facts
from llama_azure_core.naming import NameKind, name_problem
from llama_azure_core.rbac import built_in_role
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import ROLE_DEFINITION, SUBNET

_NAME = "ModelGateway"
_NAMES = uuid.UUID("5d1c2f0e-95a7-5c0b-8a55-0b6f3f2f8f11")
_WITHOUT_LOGS = frozenset({"proxy", "redis"})
"""What has metrics alone: the environment keeps the logs of what runs in it."""
_NAME_LENGTH = 26
"""Of the gateway's name: the job's is longer by six characters, and Azure lets it have 32."""


class GatewayNetwork(TypedDict):
    """Where the gateway stands: a subnet of its own, and one for the private endpoints of what it keeps things in."""

    subnet_name: NotRequired[str]
    """Conditional. The name of the subnet to make, which takes `virtual_network_id` and `subnet_address_prefix`. Give
    this or `subnet_id`."""
    virtual_network_id: NotRequired[str]
    """Conditional. The resource id of the virtual network in which the subnet is made."""
    subnet_address_prefix: NotRequired[str]
    """Conditional. The addresses of the subnet to make: a /27 or larger, such as `10.20.0.64/27`."""
    subnet_id: NotRequired[str]
    """Conditional. The resource id of a subnet that is there, delegated to Microsoft.App/environments. Give this or
    `subnet_name`."""
    endpoints_subnet_id: pulumi.Input[str]
    """Required. The resource id of the subnet for the private endpoints of vault, database and Redis."""
    private_dns_zone_ids: NotRequired[dict[str, pulumi.Input[str]]]
    """Optional. By name: the resource ids of the private DNS zones of those private endpoints. Default: none; somebody
    else, such as an Azure Policy of the landing zone, then has to write their addresses."""
    environment_dns: NotRequired[bool]
    """Optional. Whether a private gateway gets a private DNS zone of its own name, linked with the virtual network.
    Default: true."""


class GatewaySignIn(TypedDict):
    """Who is let through to a gateway that the public reaches: callers with a token of Microsoft Entra ID."""

    client_id: pulumi.Input[str]
    """Required. The client id of the app registration that callers ask tokens for."""
    allowed_audiences: NotRequired[list[str]]
    """Optional. The audiences of tokens that are let in. Default: the client id, and api:// with the client id."""


class GatewayReplicas(TypedDict):
    """How many copies of the proxy run."""

    minimum: NotRequired[int]
    """Optional. The least. Default: 2."""
    maximum: NotRequired[int]
    """Optional. The most. Default: 10."""
    concurrent_requests: NotRequired[int]
    """Optional. How many requests at a time have Azure start one more. Default: 50."""
    cpu: NotRequired[float]
    """Optional. The cores of each. Default: 1."""
    memory: NotRequired[str]
    """Optional. The memory of each; Azure wants twice as many Gi as cores. Default: 2Gi."""


class GatewayDatabase(TypedDict):
    """The PostgreSQL server that holds teams, keys' hashes and spend. It is made, or there already."""

    server_name: NotRequired[str]
    """Conditional. The name of the flexible server to make: 3 to 63 lower-case letters, digits and hyphens, unique in
    Azure. Give this or `server_id`."""
    server_id: NotRequired[str]
    """Conditional. The resource id of a flexible server that is there; it takes tokens of Microsoft Entra ID, has the
    database, and a user of the gateway's identity. Give this or `server_name`."""
    database_name: NotRequired[str]
    """Optional. The database. Default: litellm."""
    user: NotRequired[str]
    """Optional. The user of the gateway's identity in a server that is there. Default: the identity's name."""
    version: NotRequired[str]
    """Optional. PostgreSQL's major version. Default: 17."""
    sku: NotRequired[str]
    """Optional. The server's SKU. Default: Standard_B2s, with high availability Standard_D2ds_v5."""
    storage_gb: NotRequired[int]
    """Optional. Its storage, in GiB. Default: 32."""
    high_availability: NotRequired[bool]
    """Optional. Whether there is a second server in another zone. Default: false."""
    backup_retention_days: NotRequired[int]
    """Optional. For how many days backups are kept, 7 to 35. Default: 7."""


class GatewayRedis(TypedDict):
    """The Azure Managed Redis in which replicas share counters. It is made, or there already."""

    cluster_name: NotRequired[str]
    """Conditional. The name of the Redis to make: letters, digits and hyphens. Give this or `cluster_id`."""
    cluster_id: NotRequired[str]
    """Conditional. The resource id of an Azure Managed Redis that is there, of the clustering policy NoCluster or
    EnterpriseCluster; the gateway's identity gets the right to use its data. Give this or `cluster_name`."""
    sku: NotRequired[str]
    """Optional. Its SKU. Default: Balanced_B0."""
    high_availability: NotRequired[bool]
    """Optional. Whether a second node holds what the first does. Default: true."""


class GatewayTeam(TypedDict):
    """A team with a key of its own: the models that it may call, and how much."""

    models: NotRequired[list[str]]
    """Optional. The models that it may call, by the names that the configuration has for them. Default: all."""
    tokens_per_minute: NotRequired[int]
    """Optional. How many tokens it may use a minute. Default: as many as the endpoints have."""
    requests_per_minute: NotRequired[int]
    """Optional. How many requests it may send a minute. Default: as many as the endpoints take."""
    budget: NotRequired[float]
    """Optional. How much it may spend in each period, in US dollars, by the prices of the configuration. Default: no
    limit."""
    budget_duration: NotRequired[str]
    """Optional. The period: a number and d for days or h for hours. Default: 30d."""


class GatewaySecret(TypedDict):
    """A secret of the gateway's key vault."""

    secret_name: str
    """Required. The secret's name: letters, digits and hyphens."""
    value: NotRequired[pulumi.Input[str]]
    """Optional. What it holds. Default: the secret is there already."""


class ModelGatewayArgs(TypedDict):
    """The inputs of a ModelGateway."""

    resource_group_name: pulumi.Input[str]
    """Required. The resource group that holds everything that is made."""
    location: pulumi.Input[str]
    """Required. The Azure region, which is the virtual network's."""
    gateway_name: str
    """Required. The name of the container app: 1 to 26 lower-case letters, digits and hyphens."""
    configuration: pulumi.Input[str]
    """Required. LiteLLM's configuration file, as YAML, without secrets: it names environment variables."""
    network: GatewayNetwork
    """Required. Where it stands."""
    database: GatewayDatabase
    """Required. Its PostgreSQL server."""
    redis: GatewayRedis
    """Required. Its Redis."""
    key_vault_name: NotRequired[str]
    """Conditional. The name of the key vault to make: 3 to 24 letters, digits and hyphens, unique in Azure. Give this
    or `key_vault_id`."""
    key_vault_id: NotRequired[str]
    """Conditional. The resource id of a key vault that is there and authorises by Azure RBAC; the gateway's keys are
    written into it. Give this or `key_vault_name`."""
    access: NotRequired[str]
    """Optional. private: it is reached from its virtual network and those peered with it; public: from everywhere, with
    `sign_in`. Default: private."""
    sign_in: NotRequired[GatewaySignIn]
    """Conditional. Who is let in. Required with the access public."""
    image: NotRequired[str]
    """Optional. The image of the proxy, in production by its digest. Default: the release that this package was read
    against, by its tag."""
    replicas: NotRequired[GatewayReplicas]
    """Optional. How many copies run, and how large they are."""
    zone_redundant: NotRequired[bool]
    """Optional. Whether the copies are spread over the region's zones. Default: false."""
    account_ids: NotRequired[list[str]]
    """Optional. The resource ids of Foundry resources that the gateway calls with tokens; its identity gets the role
    Foundry User there. Default: none."""
    teams: NotRequired[dict[str, GatewayTeam]]
    """Optional. By name, of letters, digits and hyphens: teams with a key each. Default: none."""
    environment_variables: NotRequired[dict[str, pulumi.Input[str]]]
    """Optional. More environment variables of the proxy, which are no secrets. Default: none."""
    secret_variables: NotRequired[dict[str, GatewaySecret]]
    """Optional. By name: environment variables that are secrets, such as endpoints' keys. Each is read from the
    gateway's key vault. Default: none."""
    log_analytics_workspace_id: NotRequired[pulumi.Input[str]]
    """Optional. The resource id of the Log Analytics workspace that gets logs and metrics. Default: none."""
    deletion_protection: NotRequired[bool]
    """Optional. Whether Pulumi refuses to delete the database and the vault. Default: false."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on everything that takes some."""


class ModelGateway(pulumi.ComponentResource):
    """One address for everything that a stack serves: a LiteLLM proxy in a virtual network, and what it stands on.

    The proxy signs in to PostgreSQL, Redis and Foundry resources with its managed identity; they take no passwords from
    it. Its own keys are random, made in the key vault and kept there alone. Teams' keys are handed to the proxy by a
    job in the same network, after each change and every half hour; one that was replaced in the vault goes on for a
    day.

    A first deployment can be refused because Azure has not made the identity's right at the vault known everywhere,
    which takes it up to some minutes; nothing here waits for that. Run it again.
    """

    gateway_id: pulumi.Output[str]
    """The container app's Azure resource id."""
    base_url: pulumi.Output[str]
    """The base URL for clients of OpenAI's API."""
    principal_id: pulumi.Output[str]
    """The object id of the gateway's managed identity, for more roles."""
    key_vault_id: pulumi.Output[str]
    """The resource id of the key vault that holds the keys."""
    team_secrets: pulumi.Output[dict[str, str]]
    """By team: the address of the secret that holds its key."""
    teams_job_id: pulumi.Output[str]
    """The resource id of the job that hands teams' keys to the proxy; empty where there are no teams."""

    def __init__(self, name: str, args: ModelGatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        access = choice(_NAME, args, "access", GatewayAccess.PRIVATE)
        _require_usable(args, access)
        client = authorization.get_client_config_output(opts=pulumi.InvokeOutputOptions(parent=self))
        identity_name = f"id-{args['gateway_name']}"
        identity = managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            resource_name_=identity_name,
            tags=args.get("tags"),
            opts=child_options(self),
        )
        self._place = place = Place(
            component=self,
            name=name,
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            tags=args.get("tags"),
            subscription=client.subscription_id,
            tenant=client.tenant_id,
            identity=identity,
            identity_name=identity_name,
            endpoints_subnet_id=args["network"]["endpoints_subnet_id"],
            dns_zone_ids=args["network"].get("private_dns_zone_ids", {}),
            protected=args.get("deletion_protection", False),
        )
        vault = declare_vault(place, args)
        database, redis = declare_database(place, args["database"]), declare_redis(place, args["redis"])
        environment = declare_environment(place, args, is_private=access is GatewayAccess.PRIVATE)
        roles = [self._role("vault-reader", vault.id, gateway_facts("containerApps")["secretReaderRole"], vault.ready)]
        roles += [
            self._role(f"caller-{ResourceId.parse(one).name}", one, account_facts().caller_role)
            for one in args.get("account_ids", [])
        ]
        after = [*roles, *vault.ready, *database.ready, *redis.ready]
        proxy = declare_proxy(place, args, vault, environment, database, redis, after)
        keys, self.teams_job_id = declare_teams(place, args, vault, environment, proxy)
        if (workspace_id := args.get("log_analytics_workspace_id")) is not None:
            stores = {"vault": vault, "database": database, "redis": redis}
            self._log(workspace_id, environment.id, proxy, {key: one for key, one in stores.items() if one.is_own})

        self.gateway_id = proxy.app.id
        self.base_url = proxy.host.apply(lambda shown: f"https://{shown}/v1/" if shown else "")
        self.principal_id = identity.principal_id
        self.key_vault_id = vault.id
        self.team_secrets = pulumi.Output.all(**{team: key.secret_uri for team, key in keys.items()})
        self.register_outputs(
            {
                "gateway_id": self.gateway_id,
                "base_url": self.base_url,
                "principal_id": self.principal_id,
                "key_vault_id": self.key_vault_id,
                "team_secrets": self.team_secrets,
                "teams_job_id": self.teams_job_id,
            }
        )

    def _log(
        self,
        workspace_id: pulumi.Input[str],
        environment_id: pulumi.Output[str],
        proxy: Proxy,
        stores: dict[str, Store],
    ) -> None:
        """Send logs and metrics to the workspace, of what is made here."""
        watched = {"environment": environment_id, "proxy": proxy.app.id, **{key: one.id for key, one in stores.items()}}
        for what, resource_id in watched.items():
            logs, metrics = what not in _WITHOUT_LOGS, what != "environment"
            monitor.DiagnosticSetting(
                f"{self._place.name}-{what}-diagnostics",
                resource_uri=resource_id,
                name="to-log-analytics",
                workspace_id=workspace_id,
                logs=[monitor.DiagnosticsLogSettingsArgs(category_group="allLogs", enabled=True)] if logs else [],
                metrics=[monitor.DiagnosticsMetricSettingsArgs(category="AllMetrics", enabled=True)] if metrics else [],
                opts=child_options(self, depends_on=list(stores[what].ready) if what in stores else None),
            )

    def _role(
        self, what: str, scope: pulumi.Input[str], role: str, after: tuple[pulumi.Resource, ...] = ()
    ) -> pulumi.Resource:
        """Give the gateway's identity a role."""
        found = built_in_role(role)
        if found is None:
            raise KeyError(role)
        principal = self._place.identity.principal_id
        # Azure lets nothing of an assignment change, so its name changes with whatever it is made of.
        guid = pulumi.Output.all(scope, principal).apply(
            lambda made_of: str(uuid.uuid5(_NAMES, "\0".join((role, *(str(one).casefold() for one in made_of)))))
        )
        return authorization.RoleAssignment(
            f"{self._place.name}-{what}",
            scope=scope,
            role_assignment_name=guid,
            role_definition_id=pulumi.Output.format(
                f"{{0}}/providers/{ROLE_DEFINITION}/{{1}}",
                pulumi.Output.format("/subscriptions/{0}", self._place.subscription),
                found.id,
            ),
            principal_id=principal,
            principal_type="ServicePrincipal",
            opts=child_options(self, depends_on=list(after), transforms=[with_what_azure_has(self)]),
        )


def _require_usable(args: ModelGatewayArgs, access: GatewayAccess) -> None:
    name = args["gateway_name"]
    if len(name) > _NAME_LENGTH or name_problem(NameKind.CONTAINER_APP, name) is not None:
        raise ArgumentError(
            _NAME, "gateway_name",
            f"gateway_name is {name!r}; give 1 to {_NAME_LENGTH} lower-case letters, digits, hyphens, a letter first",
        )  # fmt: skip
    if (access is GatewayAccess.PUBLIC) != (args.get("sign_in") is not None):
        reason = (
            "give sign_in, without which everybody could call a public gateway; or leave access out"
            if access is GatewayAccess.PUBLIC
            else "sign_in is of a public gateway; set access to public, or remove sign_in"
        )
        raise ArgumentError(_NAME, "sign_in", reason)
    wanted = args["network"]
    if origin(f"{_NAME}: network", wanted, "subnet") is Origin.CREATED:
        for key in ("virtual_network_id", "subnet_address_prefix"):
            if wanted.get(key) is None:
                raise ArgumentError(f"{_NAME}: network", key, f"give {key}, which a subnet that is made needs")
    elif not ResourceId.parse(wanted["subnet_id"]).is_type(SUBNET):
        raise ArgumentError(f"{_NAME}: network", "subnet_id", f"{wanted['subnet_id']!r} is not the id of a subnet")
    for team in args.get("teams", {}):
        if not team or not all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in team):
            raise ArgumentError(f"{_NAME}: teams", team, f"a team cannot be called {team!r}: letters, digits, hyphens")
