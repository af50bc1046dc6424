"""The settings of a sandbox's world: what kind of customer Azure sees, and how strict it is."""

import datetime as dt
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

from llama_azure_core.limits import limits
from llama_azure_core.prices import price_list
from llama_azure_core.subscriptions import SubscriptionKind, SubscriptionKindFacts, subscription_kind

_A_CENTURY = 100 * 365 * 86400
"""In seconds: no calendar ends before it."""


class EnrolmentState(StrEnum):
    """Whether the administrator of an enterprise enrolment lets its subscriptions buy from the Marketplace."""

    ALLOWED = "Allowed"
    BLOCKED = "Blocked"


class SubscriptionState(StrEnum):
    """The states of a subscription, as Azure Resource Manager spells them."""

    ENABLED = "Enabled"
    WARNED = "Warned"
    PAST_DUE = "PastDue"
    DISABLED = "Disabled"
    DELETED = "Deleted"


class Throttling(StrEnum):
    """Whether Azure Resource Manager's limits of requests hold."""

    NONE = "none"
    ARM = "arm"


class CallerNetwork(StrEnum):
    """Where callers stand."""

    PUBLIC = "public"
    PRIVATE = "private"


class FoundryModelSettings(BaseModel):
    """What Azure says of a model otherwise than ``facts/foundry_catalogue.yaml``."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    ends: dt.date | None = None
    """The day from which calls of its versions fail; by default that of the facts, which may have none."""
    replacement: str | None = None
    """The model that Azure names in its place."""
    regions: tuple[str, ...] | None = None
    """The regions that list it; by default those of the facts."""


class WorldSettings(BaseModel):
    """What can be changed while a sandbox runs. JSON names are camelCase: ``subscriptionKind``."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    subscription_kind: SubscriptionKind = SubscriptionKind.ENTERPRISE_AGREEMENT
    """The kind of subscription; some kinds cannot buy Marketplace offers."""
    subscription_state: SubscriptionState = SubscriptionState.ENABLED
    """The state of the subscription: Azure refuses to write to one that is Warned, Disabled or Deleted."""
    billing_country: str = Field(default="US", pattern="^[A-Z]{2}$")
    """The country of the billing account, by its ISO 3166 code."""
    payment_method: bool = True
    """Whether a valid payment method belongs to the subscription."""
    marketplace_purchases: EnrolmentState = EnrolmentState.ALLOWED
    """What the enrolment's administrator allows."""
    default_core_quota: int = Field(default=480, ge=0)
    """Cores of each VM family in each region. On Azure GPU families begin with none."""
    core_quotas: dict[str, int] = Field(default_factory=dict)
    """Cores by ``<region>/<family>``, such as ``eastus2/standardNCADSA100v4Family``, where they differ."""
    foundry_quotas: dict[str, int] = Field(default_factory=dict)
    """Units of capacity by the name of their counter, as the usages API has it, where they differ from
    ``facts/foundry_catalogue.yaml``; of a counter that is a region's, also by ``<region>/<counter>``."""
    foundry_models: dict[str, FoundryModelSettings] = Field(default_factory=dict)
    """By a model's name: what the models API says otherwise than the facts."""
    retail_prices: dict[str, dict[str, float | None]] = Field(default_factory=dict)
    """By the key of a meter in ``facts/prices.yaml`` and by region, or ``everywhere``: prices that are otherwise; null
    for one that the sandbox does not know."""
    limits: dict[str, int] = Field(default_factory=dict)
    """Limits raised or lowered, by their names in ``facts/limits.yaml``, such as ``endpointsPerRegion``."""
    soft_delete: bool = False
    """Whether deleted workspaces and key vaults hold their names until they are purged."""
    check_api_versions: bool = True
    """Whether api-versions are refused that the listed types do not have."""
    names_of_others: tuple[str, ...] = ()
    """Storage accounts and key vaults of other customers: these names are unique in all of Azure."""
    unregistered_providers: tuple[str, ...] = ()
    """Resource providers that the subscription is not registered for."""
    not_offered: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By type, such as ``Microsoft.App/managedEnvironments``: the regions in which this customer is offered none."""
    role_assignment_delay_seconds: float = Field(default=0.0, ge=0, le=_A_CENTURY)
    """How long a new role assignment does not count yet; Azure's take minutes to be known everywhere."""
    caller_network: CallerNetwork = CallerNetwork.PUBLIC
    """Where callers of endpoints stand who do not say so: on public networks, or inside, in a virtual network with
    private endpoints. The header x-sandbox-network says it of one request."""
    private_dns_by_policy: bool = False
    """Whether an Azure Policy of a landing zone gives every private endpoint its DNS records."""
    throttling: Throttling = Throttling.NONE
    """Whether each principal has Azure Resource Manager's token buckets of reads, writes and deletes."""
    clock_offset_seconds: float = Field(default=0.0, ge=0, le=_A_CENTURY)
    """How far the sandbox's clock is ahead of the machine's."""

    @field_validator("limits")
    @classmethod
    def _known_limits(cls, chosen: dict[str, int]) -> dict[str, int]:
        for name in chosen:
            if name not in limits():
                raise ValueError(f"{name!r} is not a limit; the limits are {', '.join(limits())}")
        return chosen

    @field_validator("retail_prices")
    @classmethod
    def _known_meters(cls, chosen: dict[str, dict[str, float | None]]) -> dict[str, dict[str, float | None]]:
        for key, by_region in chosen.items():
            if key not in price_list().meters:
                raise ValueError(f"{key!r} is no meter of facts/prices.yaml")
            for region, amount in by_region.items():
                if amount is not None and amount <= 0:
                    raise ValueError(f"{key!r} in {region}: a price is above 0, or null where none is known")
        return chosen

    def limit(self, name: str) -> int:
        """Return a limit: the chosen one, or Azure's."""
        return self.limits.get(name, limits()[name])

    def foundry_model(self, name: str) -> FoundryModelSettings:
        """Return what is said of a model otherwise than in the facts."""
        known = {model.lower(): one for model, one in self.foundry_models.items()}
        return known.get(name.lower(), FoundryModelSettings())

    def is_offered(self, resource_type: str, region: str) -> bool:
        """Whether this customer is offered a type in a region, by its ARM name."""
        known = {kind.lower(): regions for kind, regions in self.not_offered.items()}
        return region not in known.get(resource_type.lower(), ())

    @property
    def kind_facts(self) -> SubscriptionKindFacts:
        """What is known of the kind of subscription."""
        return subscription_kind(self.subscription_kind)
