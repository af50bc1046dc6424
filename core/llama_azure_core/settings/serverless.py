"""Models deployed as serverless APIs."""

from typing import Self

from pydantic import ValidationInfo, field_validator, model_validator

from llama_azure_core.azure_enums import ServerlessAuthMode
from llama_azure_core.catalogue import Model, lifecycle_refusal
from llama_azure_core.frozen import Frozen
from llama_azure_core.managed_compute import back_end_hint
from llama_azure_core.settings._section import CatalogueModel, ServerlessEndpointName, TokensPerDay, judging_date


class ServerlessSettings(Frozen):
    """A model deployed as a serverless API."""

    model: CatalogueModel
    """Required. A model name of the catalogue, such as Meta-Llama-3-8B-Instruct."""
    name: ServerlessEndpointName | None = None
    """Optional. The endpoint's name, unique in its Azure region. Default: derived from the model's name."""
    auth_mode: ServerlessAuthMode = ServerlessAuthMode.KEY
    """Optional. Key, AAD (Microsoft Entra ID) or KeyAndAAD. Default: Key."""
    content_safety: bool = True
    """Optional. Whether Azure AI Content Safety filters prompts and completions. Default: true."""
    subscribe: bool | None = None
    """Optional. Whether the stack subscribes the project to the model's Marketplace offer; false where somebody did
    already. Default: true for a model that needs it."""
    expected_tokens_per_day: TokensPerDay | None = None
    """Optional. What callers are expected to use in a day, by `input` and `output`: the estimate of the cost counts
    with it. Default: not known."""

    @model_validator(mode="after")
    def _subscribes_to_something(self) -> Self:
        if self.subscribe and not self.model.needs_subscription:
            raise ValueError(f"{self.model.name} has no Marketplace offer to subscribe to; remove subscribe")
        return self

    @property
    def subscribes(self) -> bool:
        """Whether the stack makes the subscription."""
        return self.model.needs_subscription if self.subscribe is None else self.subscribe

    @field_validator("model")
    @classmethod
    def _serverless_and_not_retired(cls, model: Model, info: ValidationInfo) -> Model:
        if model.serverless is None:
            raise ValueError(f"{model.name} is not offered as a serverless API: {back_end_hint(model)}")
        # Calls to a retired model fail everywhere. Regions and deprecation are the policy pack's to judge:
        # it can be told of exceptions, and knows what is deployed already.
        on = judging_date(info)
        if model.lifecycle.retired is not None and on >= model.lifecycle.retired:
            raise ValueError(lifecycle_refusal(model, on))
        return model
