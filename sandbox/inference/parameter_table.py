"""The table of the data plane's parameters, ``parameters.yaml``."""

from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from llama_azure_core.catalogue import Api


class Family(StrEnum):
    """Whose API a route belongs to."""

    LLAMA = "llama"
    MODEL_INFERENCE = "modelInference"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Parameter(_Row):
    """One parameter: what it may be, and what it is if it is not given."""

    apis: tuple[Api, ...]
    type: str
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

    @property
    def nullable(self) -> bool:
        """Whether ``null`` may be sent: where it is the default."""
        return not self.required and self.default is None


class Combination(_Row):
    """A rule between parameters."""

    rule: str
    names: tuple[str, ...]
    source: tuple[str, ...]
    inferred: str = ""


class RouteFamily(_Row):
    """The parameters that the routes of a family take by themselves."""

    takes: tuple[str, ...]
    unset: dict[str, Any]
    """Values of parameters that the family does not have."""
    source: tuple[str, ...]


class ExtraParameters(_Row):
    """The header that says what becomes of other parameters."""

    header: str
    values: tuple[str, ...]
    default: str
    source: tuple[str, ...]


class ParameterTable(_Row):
    """The whole file."""

    parameters: dict[str, Parameter]
    routes: dict[Family, RouteFamily]
    extra_parameters: ExtraParameters = Field(alias="extraParameters")
    roles: tuple[str, ...]
    finish_reasons: tuple[str, ...]
    refused_response_formats: tuple[str, ...]
    combinations: dict[str, Combination]
    score: dict[str, Parameter]

    def of(self, api: Api, family: Family | None = None) -> dict[str, Parameter]:
        """Return the parameters of an API by name: those that a family of routes takes, or all that the model takes."""
        names = self.parameters if family is None else self.routes[family].takes
        return {name: self.parameters[name] for name in names if api in self.parameters[name].apis}


@cache
def parameter_table() -> ParameterTable:
    """Return the table."""
    text = files(__package__).joinpath("parameters.yaml").read_text(encoding="utf-8")
    return ParameterTable.model_validate(yaml.safe_load(text))
