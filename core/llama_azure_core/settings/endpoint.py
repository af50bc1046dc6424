"""Endpoints that name a model, and their back end as one field."""

import math
from typing import Any, Self

from pydantic import ConfigDict, Field, ValidationError, ValidationInfo, model_validator

from llama_azure_core.azure_enums import ServerlessAuthMode, VersionUpgradeOption
from llama_azure_core.catalogue import BackEnd, Model, back_ends, lifecycle_refusal, what_remains
from llama_azure_core.foundry import FoundryModel, FoundryVersion, catalogue_date, foundry_models
from llama_azure_core.frozen import Frozen
from llama_azure_core.limits import limits
from llama_azure_core.managed_compute import back_end_hint
from llama_azure_core.settings._section import (
    CatalogueModel,
    FoundryDeploymentName,
    FoundrySku,
    ServerlessEndpointName,
    TokensPerDay,
    judging_date,
)
from llama_azure_core.settings.managed import ManagedDeploymentSettings, ManagedEndpointSettings
from llama_azure_core.settings.serverless import ServerlessSettings


class ServerlessOptions(Frozen):
    """What an endpoint is like as a serverless API."""

    name: ServerlessEndpointName | None = None
    """Optional. The endpoint's name, unique in its Azure region. Default: derived from the key of this section and the
    model."""
    auth_mode: ServerlessAuthMode = ServerlessAuthMode.KEY
    """Optional. Key, AAD (Microsoft Entra ID) or KeyAndAAD. Default: Key."""
    content_safety: bool = True
    """Optional. Whether Azure AI Content Safety filters prompts and completions. Default: true."""
    subscribe: bool | None = None
    """Optional. Whether the stack subscribes the project to the model's Marketplace offer; false where somebody did
    already. Default: true for a model that needs it."""


class ManagedDeploymentOptions(ManagedDeploymentSettings):
    """A deployment on virtual machines, behind an endpoint that names the model."""

    model_config = ConfigDict(json_schema_extra=lambda schema: schema["required"].remove("model"))

    model: CatalogueModel
    """Optional. A model name of the catalogue. Default: the endpoint's."""


class ManagedOptions(ManagedEndpointSettings):
    """What an endpoint is like on managed compute."""

    deployments: dict[str, ManagedDeploymentOptions] = Field(min_length=1)  # type: ignore[assignment]
    """Required. By deployment name: the deployments, such as blue and green."""


class FoundryOptions(Frozen):
    """What an endpoint is like as a deployment of the stack's Foundry resource."""

    name: FoundryDeploymentName | None = None
    """Optional. The deployment's name, unique in its account and never a model's own. Default: derived from the key of
    this section and the model."""
    version: str | None = None
    """Optional. The model's version. Default: the catalogue's, from then on pinned in this project's release."""
    version_upgrade_option: VersionUpgradeOption = VersionUpgradeOption.NO_AUTO_UPGRADE
    """Optional. When Azure changes the version by itself: NoAutoUpgrade, OnceCurrentVersionExpired or
    OnceNewDefaultVersionAvailable. Default: NoAutoUpgrade."""
    sku: FoundrySku = "GlobalStandard"
    """Optional. How it is paid for, and where prompts may be processed: GlobalStandard, DataZoneStandard, Standard,
    GlobalProvisionedManaged or another that the catalogue offers the model as. Default: GlobalStandard."""
    capacity: int | None = Field(default=None, ge=1)
    """Optional. The units of capacity; for a model that Azure sells, thousands of tokens a minute. Default: the
    catalogue's."""
    content_filter: str | None = None
    """Optional. The content filter: one of the stack's, or one of Microsoft's. Default: Microsoft.DefaultV2."""

    def model_version(self, row: FoundryModel) -> str:
        """Return the version to deploy."""
        return self.version or row.default_version.version

    def units(self, row: FoundryModel) -> int:
        """Return the capacity to deploy."""
        version = row.version(self.model_version(row))
        sku = None if version is None else version.sku(self.sku)
        return self.capacity or (1 if sku is None else sku.capacity.default)


class RateSettings(Frozen):
    """How much is served, or wanted, in a minute."""

    tokens_per_minute: int | None = Field(default=None, ge=1)
    """Optional. Tokens a minute, of prompts and answers together."""
    requests_per_minute: int | None = Field(default=None, ge=1)
    """Optional. Requests a minute."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.tokens_per_minute is None and self.requests_per_minute is None:
            raise ValueError("give tokensPerMinute, requestsPerMinute, or both")
        return self

    def times(self, tokens: int | None, requests: int | None) -> int:
        """Return how many of what serves so many tokens and requests a minute it takes to serve this."""
        both = ((self.tokens_per_minute, tokens), (self.requests_per_minute, requests))
        return max((math.ceil(wanted / served) for wanted, served in both if wanted and served), default=1)


def rates(section: RateSettings | None) -> dict[str, int]:
    """Return what a section says of tokens and requests a minute, by the settings' names."""
    given = {} if section is None else {
        "tokensPerMinute": section.tokens_per_minute, "requestsPerMinute": section.requests_per_minute
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


class CapacitySettings(RateSettings):
    """How much callers of an endpoint may ask in a minute, however many deployments that takes."""

    per_instance: RateSettings | None = None
    """Conditional. On managed compute: what one instance serves, as you measured it; no document of Azure says it."""
    retiring: int = Field(default=0, ge=0)
    """Optional. Of the deployments that less capacity no longer takes, how many stay made, without traffic from a
    gateway, until this is 0 again. Default: 0."""


class EndpointSettings(Frozen):
    """A model that callers reach, whichever back end it runs on.

    The options of a back end that is not chosen may stay: moving an endpoint is a change of `backEnd` alone. The new
    one is made and answers before the old one is deleted.
    """

    model: CatalogueModel
    """Required. A model name of the catalogue, such as Llama-3.3-70B-Instruct."""
    back_end: BackEnd | None = None
    """Optional. Where it runs: foundry, serverless or managed. Default: the first of them that, so the catalogue says,
    serves the model on the stack's date; managed where none does and `managed` has deployments."""
    also_on: tuple[BackEnd, ...] = ()
    """Optional. Back ends that it stays on beside that one, or is made on ahead, while callers move. The stack's
    outputs have it there under its key with the back end's name after it, such as `chat-serverless`. Default: none."""
    expected_tokens_per_day: TokensPerDay | None = None
    """Optional. What callers are expected to use in a day, by `input` and `output`, on the back end that it is moved
    to: the estimate of the cost counts with it. Default: not known."""
    foundry: FoundryOptions = Field(default_factory=FoundryOptions)
    """Optional. What it is like as a deployment of the Foundry resource."""
    serverless: ServerlessOptions = Field(default_factory=ServerlessOptions)
    """Optional. What it is like as a serverless API."""
    managed: ManagedOptions | None = None
    """Conditional. What it is like on managed compute."""
    capacity: CapacitySettings | None = None
    """Optional. How much it must serve in a minute. As a serverless API it is then deployed in as many projects as that
    takes, as deployments of a Foundry resource with as many units, on managed compute with as many instances.
    Default: one deployment as its options say."""

    @model_validator(mode="before")
    @classmethod
    def _deployments_serve_the_model(cls, given: Any) -> Any:
        """Give a deployment that names no model the endpoint's."""
        deployments = given.get("managed", {}).get("deployments") if _holds_deployments(given) else None
        if not isinstance(deployments, dict) or "model" not in given:
            return given
        filled = {
            name: {"model": given["model"], **one} if isinstance(one, dict) else one
            for name, one in deployments.items()
        }
        return {**given, "managed": {**given["managed"], "deployments": filled}}

    @model_validator(mode="after")
    def _back_end_serves_the_model(self, info: ValidationInfo) -> Self:
        on = judging_date(info)
        offering = back_ends(self.model, on)
        if self.back_end is None and not offering and self.managed is None:
            raise ValueError(lifecycle_refusal(self.model, on) or f"no back end serves {self.model.name}: "
                             f"{back_end_hint(self.model)}. {what_remains(self.model, on)}")  # fmt: skip
        told = [problem for end in self.ends(offering) if (problem := self._problem(end, offering, info)) is not None]
        if told:
            raise ValueError("; ".join(told))
        if self.capacity is not None:
            problems = [self._capacity_problem(end, self.capacity) for end in self.ends(offering)]
            if any(problems):
                raise ValueError("; ".join(one for one in problems if one is not None))
        return self

    def chosen(self, offering: tuple[BackEnd, ...]) -> BackEnd:
        """Return the back end that the endpoint is on.

        Args:
            offering: those whose tables offer the model on the stack's date.
        """
        return self.back_end or (offering[0] if offering else BackEnd.MANAGED)

    def ends(self, offering: tuple[BackEnd, ...]) -> tuple[BackEnd, ...]:
        """Return every back end that the endpoint is on, the one first that it is moved to."""
        return tuple(dict.fromkeys((self.chosen(offering), *self.also_on)))

    def _problem(self, end: BackEnd, offering: tuple[BackEnd, ...], info: ValidationInfo) -> str | None:
        if end is BackEnd.MANAGED:
            return self._managed_problem()
        if end is BackEnd.SERVERLESS:
            return self._serverless_problem(info)
        return self._foundry_problem(offering, info)

    def as_serverless(self) -> ServerlessSettings:
        """Return the endpoint as one of the section ``serverless``."""
        return ServerlessSettings.model_construct(model=self.model, **dict(self.serverless))

    @property
    def foundry_row(self) -> FoundryModel | None:
        """The model as the Foundry's catalogue has it."""
        return None if self.model.foundry is None else foundry_models().get(self.model.foundry.name)

    def _capacity_problem(self, end: BackEnd, wanted: CapacitySettings) -> str | None:
        """Return why a capacity cannot be asked for on a back end."""
        if end is BackEnd.FOUNDRY:
            if self.foundry.capacity is not None:
                return "foundry.capacity is decided by capacity; remove one of them"
            unit = self.foundry_unit
            if unit is not None and not (unit[0] and unit[1]):
                return (
                    f"no table says what a unit of {self.foundry.sku} serves: leave capacity out, give foundry.capacity"
                )
        if end is BackEnd.MANAGED and self.managed is not None:
            if wanted.per_instance is None:
                return "on managed compute capacity needs perInstance, what one instance serves, as you measured it"
            fixed = [name for name, one in self.managed.deployments.items()
                     if one.autoscale is not None or "instances" in one.model_fields_set]  # fmt: skip
            if fixed:
                return f"capacity decides the instances of {', '.join(fixed)}: remove instances and autoscale there"
            return self._instances_problem(wanted, wanted.per_instance)
        return None

    def _instances_problem(self, wanted: CapacitySettings, per_instance: RateSettings) -> str | None:
        missing = [key for key in ("tokens_per_minute", "requests_per_minute")
                   if getattr(wanted, key) is not None and getattr(per_instance, key) is None]  # fmt: skip
        if missing:
            names = " and ".join(str(RateSettings.model_fields[key].alias) for key in missing)
            return f"capacity.perInstance does not say {names}, which capacity asks for"
        each, most = self.instances_needed(), limits()["instancesPerDeployment"]
        if max(each.values(), default=0) > most:
            tokens, requests = per_instance.tokens_per_minute, per_instance.requests_per_minute
            had = [
                f"{most * one} {what}" for one, what in ((tokens, "tokens"), (requests, "requests")) if one is not None
            ]
            return (
                f"capacity takes {max(each.values())} instances of one deployment, and Azure gives {most}: no more "
                f"than {' and '.join(had)} a minute can be had of one; give the rest to another endpoint"
            )
        per_second = limits()["requestsPerSecond"]
        if wanted.requests_per_minute is not None and wanted.requests_per_minute > per_second * 60:
            return (
                f"capacity asks for {wanted.requests_per_minute} requests a minute, and Azure passes {per_second} a "
                f"second, {per_second * 60} a minute, to an online endpoint; give the rest to another endpoint"
            )
        return None

    def instances_needed(self) -> dict[str, int]:
        """Return by deployment on managed compute the instances that the capacity takes, shared as the traffic is."""
        wanted = self.capacity
        if wanted is None or wanted.per_instance is None or self.managed is None:
            return {}
        whole = wanted.times(wanted.per_instance.tokens_per_minute, wanted.per_instance.requests_per_minute)
        return {
            name: math.ceil(whole * one.traffic / 100) for name, one in self.managed.deployments.items() if one.traffic
        }

    @property
    def asked(self) -> dict[str, int]:
        """What it must serve in a minute, by the settings' names."""
        return rates(self.capacity)

    @property
    def foundry_unit(self) -> tuple[int, int] | None:
        """Tokens and requests a minute that a unit of its Foundry deployment serves; ``None`` where it is not known."""
        row = self.foundry_row
        version = None if row is None else row.version(self.foundry.model_version(row))
        sku = None if version is None else version.sku(self.foundry.sku)
        return None if sku is None else (sku.rate_limits.tokens_per_minute, sku.rate_limits.requests_per_minute)

    def _managed_problem(self) -> str | None:
        return None if self.managed is not None else "backEnd or alsoOn is managed: say under managed what it runs on"

    def _serverless_problem(self, info: ValidationInfo) -> str | None:
        options = self.serverless.model_dump(exclude_unset=True)
        try:
            ServerlessSettings.model_validate({"model": self.model.name, **options}, context=info.context)
        except ValidationError as error:
            return "; ".join(one["msg"].removeprefix("Value error, ") for one in error.errors(include_url=False))
        return None

    def _foundry_problem(self, offering: tuple[BackEnd, ...], info: ValidationInfo) -> str | None:
        on, row = judging_date(info), self.foundry_row
        if row is None:
            ended = lifecycle_refusal(self.model, on)
            others = ended or f"{back_end_hint(self.model)}. {what_remains(self.model, on)}"
            return f"{self.model.name} is not offered as a deployment of a Foundry resource: {others}"
        if self.model.lifecycle.retired is not None and on >= self.model.lifecycle.retired:
            return lifecycle_refusal(self.model, on)
        if BackEnd.FOUNDRY not in offering and lifecycle_refusal(self.model, on) is None:
            return f"{self.model.name} is not offered as a deployment of a Foundry resource on {on}"
        return _options_problem(self.model, row, self.foundry)


def _holds_deployments(given: Any) -> bool:
    return isinstance(given, dict) and isinstance(given.get("managed"), dict)


def _catalogue() -> str:
    return f"the catalogue of {catalogue_date()}, which refresh-catalogue reads anew from Azure, has"


def _options_problem(model: Model, row: FoundryModel, options: FoundryOptions) -> str | None:
    """Return what the catalogue says against a deployment; it may know less than Azure, and then says nothing."""
    if options.name is not None and options.name.casefold() in {one.casefold() for one in foundry_models()}:
        return (
            f"foundry.name is the model's own name, {options.name}, which Azure refuses; give another, or leave it out"
        )
    version: FoundryVersion | None = row.version(options.model_version(row))
    if version is None:
        known = ", ".join(one.version for one in row.versions)
        return f"foundry.version: {_catalogue()} no version {options.version} of {model.name}; it has {known}"
    sku = version.sku(options.sku)
    if sku is None:
        known = ", ".join(one.name for one in version.skus)
        return (
            f"foundry.sku: {_catalogue()} version {version.version} of {model.name} not as {options.sku}; it has it as "
            f"{known}"
        )
    problem = None if options.capacity is None else sku.capacity_problem(options.capacity)
    return None if problem is None else f"foundry.capacity: {problem}"
