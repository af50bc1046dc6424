"""Foundry resources: the models that they deploy, as the models API lists them, and their limits.

Facts: ``facts/foundry.yaml``, and ``facts/foundry_catalogue.yaml``, which ``refresh-catalogue`` writes. Versions, SKUs
and usage names stand there as Azure lists them; nothing here builds one.
"""

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any

from llama_azure_core._facts import load_facts
from llama_azure_core.frozen import Frozen
from llama_azure_core.regions import normalise_region


class SkuCapacity(Frozen):
    """How many units a deployment may have."""

    minimum: int
    maximum: int | None
    """``None`` where only the counter's limit ends it."""
    step: int
    default: int


class RateLimits(Frozen):
    """What a unit of capacity lets callers send."""

    tokens_per_minute: int
    requests_per_minute: int


class FoundrySku(Frozen):
    """A way to pay for a version of a model, with the counter that it takes its capacity from."""

    name: str
    """``GlobalStandard``, say."""
    usage_name: str
    """The counter's name in the usages API."""
    capacity: SkuCapacity
    rate_limits: RateLimits
    regions: tuple[str, ...]
    """The ARM names of the regions that list it."""
    deprecation: dt.date | None = None
    """The day from which it is no longer served."""

    def capacity_problem(self, capacity: int) -> str | None:
        """Return why a deployment cannot have so many units; ``None`` if it can."""
        least, most, step = self.capacity.minimum, self.capacity.maximum, self.capacity.step
        if capacity < least or (most is not None and capacity > most):
            limit = f"exactly {least}" if least == most else f"{least} to {most}" if most else f"at least {least}"
            return f"the capacity of {self.name} is {limit}, not {capacity}"
        if (capacity - least) % step:
            return f"the capacity of {self.name} goes from {least} in steps of {step}, so not {capacity}"
        return None


class FoundryVersion(Frozen):
    """A version of a model that deployments take; the registry's versions are others."""

    version: str
    is_default: bool = False
    lifecycle_status: str
    inference_ends: dt.date | None = None
    """The day from which calls fail, where Azure names one."""
    replacement: str | None = None
    """The model that Azure names in its place."""
    skus: tuple[FoundrySku, ...]

    def sku(self, name: str) -> FoundrySku | None:
        """Return the SKU of a name, whatever its case."""
        return next((one for one in self.skus if one.name.casefold() == name.casefold()), None)


class FoundryModel(Frozen):
    """A model as a deployment of a Foundry resource."""

    name: str
    format: str
    sold_by_azure: bool
    """Whether Azure sells it itself; a partner's is bought through the Marketplace as it is deployed."""
    versions: tuple[FoundryVersion, ...]
    source: tuple[str, ...]
    confidence: str
    note: str = ""

    @property
    def default_version(self) -> FoundryVersion:
        """The version that is deployed where none is given."""
        return next((one for one in self.versions if one.is_default), self.versions[0])

    def version(self, version: str) -> FoundryVersion | None:
        """Return a version; ``None`` where the catalogue has none of that name."""
        return next((one for one in self.versions if one.version == version), None)


class Counter(Frozen):
    """A counter of the usages API."""

    limit: int
    """What a subscription was seen with."""
    scope: str
    """Regional, Global or DataZone; every region repeats what is not regional."""
    source: tuple[str, ...]
    confidence: str

    @property
    def is_pooled(self) -> bool:
        """Whether it counts the whole subscription, so that another region is no remedy."""
        return self.scope != "Regional"


class AccountFacts(Frozen):
    """What is always so of an account that this project makes."""

    kind: str
    sku: str
    domains: tuple[str, ...]
    inference_endpoint: str
    """The key of ``properties.endpoints`` under which the host stands that answers the OpenAI routes."""
    open_ai_path: str
    token_scope: str
    """What callers ask Microsoft Entra ID a token for."""
    caller_role: str
    encryption_role: str
    """What the account's identity needs at the key vault of a customer-managed key."""
    private_link_group: str
    default_content_filter: str
    source: tuple[str, ...]


class SkuFacts(Frozen):
    """What is so of an SKU of deployments, whichever model is deployed."""

    processed_in: str
    """Where prompts are processed."""
    paid_by: str
    """What is paid for: a token, or throughput that is reserved whether it is used or not."""


class FilterCategory(Frozen):
    """A category of a content filter."""

    sides: tuple[str, ...]
    """Prompt, Completion, or both."""
    has_severity: bool


@cache
def foundry_models() -> Mapping[str, FoundryModel]:
    """Return every model of the catalogue by its name."""
    rows = [FoundryModel.model_validate(row) for row in load_facts("foundry_catalogue")["models"]]
    return {row.name: row for row in rows}


def catalogue_date() -> dt.date:
    """Return the day on which the catalogue was read."""
    day: dt.date = load_facts("foundry_catalogue")["asOf"]
    return day


@cache
def usage_counters() -> Mapping[str, Counter]:
    """Return the counters that are known, by name."""
    return {name: Counter.model_validate(row) for name, row in load_facts("foundry_catalogue")["usages"].items()}


@cache
def account_facts() -> AccountFacts:
    """Return what is always so of an account."""
    return AccountFacts.model_validate(_facts()["account"])


@cache
def deployment_skus() -> Mapping[str, SkuFacts]:
    """Return the SKUs of deployments by name."""
    return {name: SkuFacts.model_validate(row) for name, row in _facts()["skus"]["names"].items()}


def sku_names() -> tuple[str, ...]:
    """Return every SKU that a deployment may name: those that are known, and what else the catalogue lists."""
    listed = (sku.name for row in foundry_models().values() for version in row.versions for sku in version.skus)
    return tuple(dict.fromkeys((*deployment_skus(), *listed)))


@cache
def foundry_limits() -> Mapping[str, int]:
    """Return the limits of accounts by name: ``deploymentsPerAccount``, say."""
    return {name: value for name, value in _facts()["limits"].items() if isinstance(value, int)}


@cache
def filter_categories() -> Mapping[str, FilterCategory]:
    """Return the categories of a content filter by name."""
    rows = _facts()["contentFilters"]["categories"]
    return {name: FilterCategory.model_validate(row) for name, row in rows.items()}


def is_offered(model: FoundryModel, region: str, version: str | None = None, sku: str | None = None) -> bool:
    """Whether a region lists a model, in a version and a SKU where they are given."""
    place = normalise_region(region)
    return any(
        place in one.regions
        for row in model.versions
        if version in (None, row.version)
        for one in row.skus
        if sku is None or one.name.casefold() == sku.casefold()
    )


def _facts() -> Any:
    return load_facts("foundry")
