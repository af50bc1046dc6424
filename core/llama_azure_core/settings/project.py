"""AI projects and what is deployed in them."""

from typing import Annotated, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from llama_azure_core.catalogue import Model, lifecycle_refusal
from llama_azure_core.frozen import Frozen
from llama_azure_core.settings._section import (
    CatalogueModel,
    ConnectionName,
    ResourceId,
    WorkspaceName,
    judging_date,
)
from llama_azure_core.settings.endpoint import EndpointSettings
from llama_azure_core.settings.foundry import CallerSettings
from llama_azure_core.settings.managed import ManagedEndpointSettings
from llama_azure_core.settings.serverless import ServerlessSettings


class ConnectionSettings(Frozen):
    """The use of a serverless endpoint that lies in another project, maybe in another region."""

    endpoint: str
    """Required. The endpoint's name, as the owning stack exports it."""
    stack: str | None = None
    """Optional. The stack of this project that owns the endpoint. Default: this stack."""
    shared_to_all: bool = False
    """Optional. Whether the hub's other projects may use the connection too. Default: false."""


class ProjectSettings(Frozen):
    """An AI project and what is deployed in it."""

    name: WorkspaceName | None = None
    """Optional. The project's workspace name. Default: the key of this section."""
    existing: ResourceId | None = None
    """Optional. The resource id of a project that is there; the stack never changes or deletes it."""
    friendly_name: str | None = None
    """Optional. The name that people see. Default: the project's workspace name."""
    serverless: tuple[ServerlessSettings, ...] = ()
    """Optional. The models deployed as serverless APIs."""
    endpoints: dict[Annotated[str, Field(min_length=1)], EndpointSettings] = Field(default_factory=dict)
    """Optional. By a name of one's own, under which the stack's outputs have them: models, each with its back end."""
    callers: dict[str, CallerSettings] = Field(default_factory=dict)
    """Optional. By a name of one's own: who may call through this project of the Foundry resource; they get the role
    Foundry User on the project alone. Those of `llama-azure:foundry` may call all of them. Of no effect while none of
    the project's endpoints is on the Foundry resource."""
    public_network_access: bool | None = None
    """Optional. Whether the project is reached from public networks. Default: like the hub that the stack
    makes, or else true, with the profile `protected` false."""
    subscriptions: tuple[CatalogueModel, ...] = ()
    """Optional. Models to whose Marketplace offers the project stays subscribed even without an endpoint, so that a
    later deployment takes no rights on the Azure subscription."""
    managed: dict[str, ManagedEndpointSettings] = Field(default_factory=dict)
    """Optional. By a name of one's own: online endpoints on managed compute."""
    connections: dict[ConnectionName, ConnectionSettings] = Field(default_factory=dict)
    """Optional. By connection name: serverless endpoints of other projects that this one uses."""

    @field_validator("subscriptions")
    @classmethod
    def _offered(cls, models: tuple[Model, ...], info: ValidationInfo) -> tuple[Model, ...]:
        for model in models:
            if not model.needs_subscription:
                raise ValueError(f"{model.name} has no Marketplace offer to subscribe to; remove it")
            refusal = lifecycle_refusal(model, judging_date(info))
            if refusal is not None:
                raise ValueError(refusal)
        return models

    @model_validator(mode="after")
    def _one_name_per_endpoint(self) -> Self:
        fixed = self.model_fields_set & {"name", "public_network_access", "friendly_name"}
        if fixed and self.existing is not None:
            keys = " and ".join(sorted(type(self).model_fields[key].alias or key for key in fixed))
            raise ValueError(f"{keys} cannot be set on an existing project; remove it, or remove existing")
        # A model twice under two names is for the policy pack to judge; twice without names is one name twice.
        seen: set[str] = set()
        for entry in self.serverless:
            name = entry.name or entry.model.name
            if name.casefold() in seen:
                raise ValueError(f"serverless lists {name} twice: give each endpoint a name of its own, or remove one")
            seen.add(name.casefold())
        both = sorted(self.endpoints.keys() & self.managed.keys())
        if both:
            raise ValueError(f"{both[0]} stands in endpoints and in managed: give one of them another key")
        return self
