"""How a LiteLLM proxy in front of a stack's endpoints is configured, whoever runs it."""

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from llama_azure_core.catalogue import UnknownModelError, all_models, find_model
from llama_azure_core.frozen import Frozen


def _known(name: str) -> str:
    try:
        return find_model(name).name
    except UnknownModelError as error:
        raise ValueError(str(error)) from None


_ModelName = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": [model.name for model in all_models()]})
]


class LiteLlmSettings(Frozen):
    """The configuration of a LiteLLM proxy, which the stack has as its output `litellm` where this section is there.

    `{}` is enough: every endpoint, grouped by model, keys by the name of a variable.
    """

    fallbacks: dict[_ModelName, tuple[_ModelName, ...]] = Field(default_factory=dict)
    """Optional. By model: the models that answer in its place once all its endpoints failed. Default: none; another
    model's answers are other answers, so none is taken unasked."""
    database: bool = False
    """Optional. Whether keys, teams, budgets and spend are kept in PostgreSQL, whose address the proxy reads from the
    variable DATABASE_URL. Default: false."""
    redis: bool = False
    """Optional. Whether several proxies share their counts through Redis, at REDIS_HOST and REDIS_PORT, with
    REDIS_PASSWORD. Default: false."""
    redis_tls: bool = False
    """Optional. Whether Redis is reached by TLS, as Azure's is. Default: false."""
    keys_from_vault: bool = False
    """Optional. Whether the proxy reads the endpoints' keys from the key vault at AZURE_KEY_VAULT_URI, under the names
    that `pipelines keep-keys` gives them, in place of variables. Default: false."""
    margin_percent: int = Field(default=0, ge=0, le=90)
    """Optional. By how much the proxy stays below Azure's limits, for what else calls the same endpoints. It then
    counts itself, by the minute of the clock, and what exceeds a minute waits for the next. Default: 0, and Azure alone
    refuses."""
