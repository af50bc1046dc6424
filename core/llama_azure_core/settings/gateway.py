"""One address in front of a stack's endpoints: a gateway of its own, or an API Management service that is there."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from llama_azure_core.azure_enums import GatewayAccess
from llama_azure_core.frozen import Frozen
from llama_azure_core.gateway import image_name_problem, postgres_tier
from llama_azure_core.resource_ids import ResourceId as Parsed
from llama_azure_core.resource_types import (
    API_MANAGEMENT,
    KEY_VAULT,
    LOG_ANALYTICS_WORKSPACE,
    MANAGED_REDIS,
    POSTGRES_SERVER,
    SUBNET,
)
from llama_azure_core.settings._section import (
    AddressRange,
    ApiName,
    ContainerAppName,
    ManagedRedisName,
    ObjectId,
    PostgresServerName,
    ResourceId,
)

TeamName = Annotated[str, Field(pattern="^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,62}[a-zA-Z0-9])?$")]


def _require_type(value: str | None, kind: str, what: str) -> None:
    if value is not None and not Parsed.parse(value).is_type(kind):
        raise ValueError(f"{what} {value} is not the id of a {kind}")


class GatewaySignInSettings(Frozen):
    """Who gets through to a gateway that the public reaches: whoever has a token of Microsoft Entra ID for it."""

    client_id: ObjectId
    """Required. The client id of the app registration that callers ask tokens for."""
    allowed_audiences: tuple[str, ...] = ()
    """Optional. The audiences of tokens that are let in. Default: the client id, and api:// with it."""


class ReplicasSettings(Frozen):
    """How many copies of the proxy run, and how large each is."""

    minimum: int = Field(default=2, ge=1, le=1000)
    """Optional. The least. Default: 2."""
    maximum: int = Field(default=10, ge=1, le=1000)
    """Optional. The most. Default: 10."""
    concurrent_requests: int = Field(default=50, ge=1, le=10_000)
    """Optional. How many requests at a time have Azure start one more. Default: 50."""
    cpu: float = Field(default=1.0, ge=0.25, le=4)
    """Optional. The cores of each; Azure gives two GiB of memory for each. Default: 1."""

    @model_validator(mode="after")
    def _from_least_to_most(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is more than maximum {self.maximum}")
        if self.cpu * 4 != int(self.cpu * 4):
            raise ValueError(f"cpu {self.cpu} is none that Azure has: it goes in steps of 0.25")
        return self


class DatabaseSettings(Frozen):
    """The PostgreSQL server of the gateway, made by the stack or there already."""

    name: PostgresServerName | None = None
    """Optional. The name of the server that the stack makes, unique in Azure. Default: derived."""
    existing: ResourceId | None = None
    """Optional. The resource id of a flexible server that is there, with the database, and a user of the gateway's
    identity. The stack changes nothing in it."""
    database_name: str = Field(default="litellm", pattern="^[a-z_][a-z0-9_]{0,62}$")
    """Optional. The database. Default: litellm."""
    user: str | None = None
    """Optional. The user of the gateway's identity in a server that is there. Default: the identity's name."""
    sku: str | None = None
    """Optional. The server's SKU. Default: Standard_B2s, with high availability Standard_D2ds_v5."""
    storage_gb: int = Field(default=32, ge=32, le=32767)
    """Optional. Its storage, in GiB. Default: 32."""
    high_availability: bool | None = None
    """Optional. Whether there is a second server in another zone. Default: false; with the profile `protected` true."""
    backup_retention_days: int = Field(default=7, ge=7, le=35)
    """Optional. For how many days backups are kept. Default: 7."""

    @model_validator(mode="after")
    def _made_or_there(self) -> Self:
        if self.sku is not None and postgres_tier(self.sku) == "Burstable" and self.high_availability:
            raise ValueError(f"sku {self.sku} has no high availability: take one that begins with Standard_D")
        if self.existing is None:
            if self.user is not None:
                raise ValueError("user is of a server that is there: give existing, or remove user")
            return self
        _require_type(self.existing, POSTGRES_SERVER, "existing")
        fixed = sorted(self.model_fields_set - {"existing", "user", "database_name"})
        if fixed:
            keys = ", ".join(type(self).model_fields[key].alias or key for key in fixed)
            raise ValueError(f"{keys} cannot be set on an existing server; remove them, or remove existing")
        return self


class RedisSettings(Frozen):
    """The Azure Managed Redis of the gateway, made by the stack or there already."""

    name: ManagedRedisName | None = None
    """Optional. The name of the Redis that the stack makes. Default: derived."""
    existing: ResourceId | None = None
    """Optional. The resource id of an Azure Managed Redis that is there; the gateway's identity may use its data."""
    sku: str = Field(default="Balanced_B0", pattern="^(Balanced|MemoryOptimized|ComputeOptimized|FlashOptimized)_")
    """Optional. Its SKU. Default: Balanced_B0."""
    high_availability: bool = True
    """Optional. Whether a second node holds what the first does. Default: true."""

    @model_validator(mode="after")
    def _made_or_there(self) -> Self:
        _require_type(self.existing, MANAGED_REDIS, "existing")
        fixed = sorted(self.model_fields_set - {"existing"}) if self.existing is not None else []
        if fixed:
            keys = ", ".join(type(self).model_fields[key].alias or key for key in fixed)
            raise ValueError(f"{keys} cannot be set on an existing Redis; remove them, or remove existing")
        return self


class TeamSettings(Frozen):
    """A team with a key of its own."""

    models: tuple[str, ...] = ()
    """Optional. The models that it may call. Default: all that the gateway serves."""
    tokens_per_minute: int | None = Field(default=None, ge=1)
    """Optional. How many tokens it may use a minute. Default: as many as the endpoints have."""
    requests_per_minute: int | None = Field(default=None, ge=1)
    """Optional. How many requests it may send a minute. Default: as many as the endpoints take."""
    budget: float | None = Field(default=None, gt=0)
    """Optional. How much it may spend in each period, in US dollars, by the prices in the configuration. Default: no
    limit."""
    budget_duration: str = Field(default="30d", pattern="^[1-9][0-9]*[hd]$")
    """Optional. The period: a number and d for days or h for hours. Default: 30d."""


class GatewaySettings(Frozen):
    """A LiteLLM proxy in front of every endpoint of the stack, in its virtual network (`llama-azure:network`)."""

    name: ContainerAppName | None = Field(default=None, max_length=26)
    """Optional. The name of the container app: 1 to 26 lower-case letters, digits and hyphens. Default: derived."""
    access: GatewayAccess = GatewayAccess.PRIVATE
    """Optional. private, from the virtual network and those peered with it, or public, with `signIn`. Default:
    private."""
    sign_in: GatewaySignInSettings | None = None
    """Conditional. Who is let in. Required with the access public."""
    subnet: ResourceId | None = None
    """Conditional. The resource id of a subnet that is there, delegated to Microsoft.App/environments. Give this or
    `subnetAddressPrefix`."""
    subnet_address_prefix: AddressRange | None = None
    """Conditional. The addresses, a /27 or more, of a subnet that the stack makes in its virtual network. Give this or
    `subnet`."""
    image: str | None = None
    """Optional. The proxy's image, in production by its digest. Default: the release that this package was read
    against, by its tag."""
    replicas: ReplicasSettings = ReplicasSettings()
    """Optional. How many copies run."""
    zone_redundant: bool = False
    """Optional. Whether they are spread over the region's zones. Default: false."""
    database: DatabaseSettings = DatabaseSettings()
    """Optional. The PostgreSQL server for teams and spend. Default: one is made."""
    redis: RedisSettings = RedisSettings()
    """Optional. The Redis for what replicas share. Default: one is made."""
    key_vault: ResourceId | None = None
    """Optional. The resource id of a key vault that is there, and authorises by Azure RBAC, for the gateway's keys.
    Default: one is made."""
    log_analytics_workspace: ResourceId | None = None
    """Optional. The Log Analytics workspace that gets logs and metrics. Default: that of the hub, where the stack makes
    one that keeps logs."""
    teams: dict[TeamName, TeamSettings] = Field(default_factory=dict)
    """Optional. By name: teams, each with a key that is made in the key vault."""

    @model_validator(mode="after")
    def _who_gets_in(self) -> Self:
        if self.access is GatewayAccess.PUBLIC and self.sign_in is None:
            raise ValueError("access is public: give signIn, without which everybody could call it; or remove access")
        if self.access is GatewayAccess.PRIVATE and self.sign_in is not None:
            raise ValueError("signIn is of a gateway that the public reaches: set access to public, or remove signIn")
        return self

    @model_validator(mode="after")
    def _one_subnet(self) -> Self:
        if (self.subnet is None) == (self.subnet_address_prefix is None):
            raise ValueError(
                "give either subnetAddressPrefix, to have a subnet made in the stack's network, or subnet, one that "
                "is there"
            )
        _require_type(self.subnet, SUBNET, "subnet")
        _require_type(self.key_vault, KEY_VAULT, "keyVault")
        _require_type(self.log_analytics_workspace, LOG_ANALYTICS_WORKSPACE, "logAnalyticsWorkspace")
        return self

    @model_validator(mode="after")
    def _an_image(self) -> Self:
        problem = None if self.image is None else image_name_problem(self.image)
        if problem is not None:
            raise ValueError(problem)
        return self


class BackendBreakerSettings(Frozen):
    """When API Management leaves an endpoint alone."""

    failures: int = Field(default=3, ge=1, le=10_000)
    """Optional. After how many answers of 429 or 5xx within `intervalSeconds`. Default: 3."""
    interval_seconds: int = Field(default=30, ge=1, le=3600)
    """Optional. Within what time. Default: 30."""
    trip_seconds: int = Field(default=30, ge=1, le=3600)
    """Optional. For how long, unless the endpoint itself says it. Default: 30."""


class ApiManagementSettings(Frozen):
    """The stack's Foundry deployments as an API of an API Management service that is there."""

    service: ResourceId
    """Required. The resource id of the service, which has a system-assigned identity."""
    api_name: ApiName = "llama"
    """Optional. The API's name, unique in the service. Default: llama."""
    path: str | None = Field(default=None, pattern="^[A-Za-z0-9][A-Za-z0-9/_.-]*$")
    """Optional. Its path below the service's address. Default: its name."""
    tokens_per_minute: int | None = Field(default=None, ge=1)
    """Optional. How many tokens the holder of a subscription key may use a minute. Default: no limit."""
    subscriptions: tuple[TeamName, ...] = ()
    """Optional. The teams that get a subscription of the API. Default: none."""
    circuit_breaker: BackendBreakerSettings = BackendBreakerSettings()
    """Optional. When an endpoint is left alone."""

    @model_validator(mode="after")
    def _a_service(self) -> Self:
        _require_type(self.service, API_MANAGEMENT, "service")
        return self
