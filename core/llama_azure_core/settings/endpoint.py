"""Endpoints that name a model, and their back end as one field."""

from typing import Any, Self

from pydantic import ConfigDict, Field, ValidationError, ValidationInfo, model_validator

from llama_azure_core.azure_enums import ServerlessAuthMode, VersionUpgradeOption
from llama_azure_core.catalogue import BackEnd, Model, back_ends, lifecycle_refusal, what_remains
from llama_azure_core.foundry import FoundryModel, FoundryVersion, foundry_models
from llama_azure_core.frozen import Frozen
from llama_azure_core.managed_compute import back_end_hint
from llama_azure_core.settings._section import (
    CatalogueModel,
    FoundryDeploymentName,
    ServerlessEndpointName,
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
    sku: str = "GlobalStandard"
    """Optional. How it is paid for, and where the model may run. Default: GlobalStandard."""
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
    foundry: FoundryOptions = Field(default_factory=FoundryOptions)
    """Optional. What it is like as a deployment of the Foundry resource."""
    serverless: ServerlessOptions = Field(default_factory=ServerlessOptions)
    """Optional. What it is like as a serverless API."""
    managed: ManagedOptions | None = None
    """Conditional. What it is like on managed compute."""

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


def _options_problem(model: Model, row: FoundryModel, options: FoundryOptions) -> str | None:
    """Return what the catalogue says against a deployment; it may know less than Azure, and then says nothing."""
    if options.name is not None and options.name.casefold() in {one.casefold() for one in foundry_models()}:
        return (
            f"foundry.name is the model's own name, {options.name}, which Azure refuses; give another, or leave it out"
        )
    version: FoundryVersion | None = row.version(options.model_version(row))
    if version is None:
        known = ", ".join(one.version for one in row.versions)
        return f"foundry.version: the catalogue has no version {options.version} of {model.name}; it has {known}"
    sku = version.sku(options.sku)
    if sku is None:
        known = ", ".join(one.name for one in version.skus)
        return (
            f"foundry.sku: version {version.version} of {model.name} is not offered as {options.sku}; it is as {known}"
        )
    problem = None if options.capacity is None else sku.capacity_problem(options.capacity)
    return None if problem is None else f"foundry.capacity: {problem}"
