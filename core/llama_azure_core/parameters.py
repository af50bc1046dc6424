"""The parameters that callers of a model may send, with their ranges and defaults (``facts/parameters.yaml``)."""

from enum import StrEnum
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue import Api, Model


class Family(StrEnum):
    """Whose API a route belongs to."""

    LLAMA = "llama"
    MODEL_INFERENCE = "modelInference"
    OPENAI = "openai"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Parameter(_Row):
    """One parameter: what it may be, and what it is if it is not given."""

    apis: tuple[Api, ...]
    type: str
    capability: str | None = None
    """What a model must be able to do to take it, by its name below ``capabilities``."""
    documented_type: str | None = None
    """The type as the document's table prints it; ``None`` for what the tables do not have."""
    required: bool = False
    default: Any = None
    unset: Any = None
    """What a ``null`` means to the model."""
    minimum: float | None = None
    maximum: float | None = None
    source: tuple[str, ...] = ()
    inferred: str = ""
    oddity: str = ""
    ignored: str = ""


class Capability(_Row):
    """What only some models can do."""

    families: tuple[str, ...]
    source: tuple[str, ...]
    inferred: str = ""


class Combination(_Row):
    """A rule between parameters."""

    rule: str
    names: tuple[str, ...]
    source: tuple[str, ...]
    inferred: str = ""


class RouteFamily(_Row):
    """The parameters that the routes of a family take by themselves."""

    takes: tuple[str, ...]
    refusal: Literal[400, 422]
    """The HTTP status of a parameter that it does not take."""
    defaults: dict[Api, dict[str, Any]] = {}
    """Where they differ from the parameter's own, or the family does not have it."""
    source: tuple[str, ...]


class ExtraParameters(_Row):
    """The header that says what becomes of other parameters."""

    header: str
    values: tuple[str, ...]
    drops: tuple[str, ...]
    """The values that leave such a parameter out."""
    default: str
    source: tuple[str, ...]


class ParameterTable(_Row):
    """The whole file."""

    parameters: dict[str, Parameter]
    routes: dict[Family, RouteFamily]
    extra_parameters: ExtraParameters = Field(alias="extraParameters")
    roles: tuple[str, ...]
    tool_role: str
    finish_reasons: tuple[str, ...]
    tool_calls_reason: str
    response_formats: tuple[str, ...]
    capabilities: dict[str, Capability]
    context_where_unknown: int
    combinations: dict[str, Combination]
    score: dict[str, Parameter]

    def of(self, api: Api, family: Family) -> dict[str, Parameter]:
        """Return the parameters by name that the routes of a family take, with the defaults that they have there."""
        return {name: row for name, row in self.known(api, family).items() if name in self.routes[family].takes}

    def known(self, api: Api, family: Family) -> dict[str, Parameter]:
        """Return every parameter by name that a model takes, with the defaults that it has behind such a route."""
        other = self.routes[family].defaults.get(api, {})
        return {
            name: row.model_copy(update={"default": other[name], "required": False}) if name in other else row
            for name, row in self.parameters.items()
            if api in row.apis
        }

    def able(self, model: Model) -> frozenset[str]:
        """Return what a model can do."""
        return frozenset(name for name, one in self.capabilities.items() if model.family in one.families)


@cache
def parameter_table() -> ParameterTable:
    """Return the table."""
    return ParameterTable.model_validate(load_facts("parameters"))
