"""What a stack asks for: the typed form of ``stacks/Pulumi.<stack>.yaml``.

Plain values only. :func:`parse_settings` judges the whole file and reports every
problem at once, each with the path to the value and what to write instead.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from llama_azure_core.catalogue import Model, UnknownModelError, find_model
from llama_azure_core.naming import NameKind, name_problem
from llama_azure_core.regions import normalise_region

NAMESPACE = "llama-azure"
"""The configuration namespace of the settings; also the Pulumi project's name."""

LOCATION_KEY = "azure-native:location"


class SettingsError(ValueError):
    """The settings cannot be used; the message names every value at fault and its remedy."""


def _valid_name(kind: NameKind) -> AfterValidator:
    def check(name: str) -> str:
        problem = name_problem(kind, name)
        if problem is not None:
            raise ValueError(problem)
        return name

    return AfterValidator(check)


def _to_model(value: object) -> object:
    if isinstance(value, str):
        try:
            return find_model(value)
        except UnknownModelError as error:
            raise ValueError(str(error)) from None
    return value


CatalogueModel = Annotated[Model, BeforeValidator(_to_model)]
ResourceGroupName = Annotated[str, _valid_name(NameKind.RESOURCE_GROUP)]
WorkspaceName = Annotated[str, _valid_name(NameKind.WORKSPACE)]
ServerlessEndpointName = Annotated[str, _valid_name(NameKind.SERVERLESS_ENDPOINT)]


class _Section(BaseModel):
    """A part of the settings: camelCase in YAML, immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class HubSettings(_Section):
    """The AI hub that the stack creates."""

    name: WorkspaceName
    """Required. The hub's workspace name, 3 to 33 characters, unique in its resource group."""


class ServerlessSettings(_Section):
    """A model deployed as a serverless API."""

    model: CatalogueModel
    """Required. A model name of the catalogue, such as Meta-Llama-3-8B-Instruct."""
    name: ServerlessEndpointName | None = None
    """Optional. The endpoint's name, unique in its Azure region. Default: derived from the model's name."""


class ProjectSettings(_Section):
    """An AI project and what is deployed in it."""

    name: WorkspaceName | None = None
    """Optional. The project's workspace name. Default: the key of this section."""
    serverless: tuple[ServerlessSettings, ...] = ()
    """Optional. The models deployed as serverless APIs."""

    @model_validator(mode="after")
    def _one_name_per_endpoint(self) -> "ProjectSettings":
        # A model twice under two names is for the policy pack to judge; twice without names is one name twice.
        seen: set[str] = set()
        for entry in self.serverless:
            name = entry.name or entry.model.name
            if name.casefold() in seen:
                raise ValueError(f"serverless lists {name} twice: give each endpoint a name of its own, or remove one")
            seen.add(name.casefold())
        return self


class Settings(_Section):
    """Everything that one stack describes."""

    location: str
    """Required (azure-native:location). The Azure region of the hub, its projects and their endpoints."""
    resource_group: ResourceGroupName
    """Required. The name of the resource group that the stack creates."""
    hub: HubSettings
    """Required. The AI hub."""
    projects: dict[WorkspaceName, ProjectSettings] = Field(min_length=1)
    """Required. The AI projects; a key is a project's workspace name unless the project gives another."""
    as_of: dt.date = Field(default_factory=dt.date.today)
    """Optional. The date on which models and regions are judged. Default: today."""

    @property
    def region(self) -> str:
        """The location's ARM name."""
        return normalise_region(self.location)


def parse_settings(config: Mapping[str, Any], source: str) -> Settings:
    """Turn a stack's configuration into settings.

    Args:
        config: values by full key, ``llama-azure:hub`` and ``azure-native:location``; keys of other
            namespaces are left alone. Structured values are mappings and lists, not JSON text.
        source: the file the values come from, for messages.

    Raises:
        SettingsError: something is missing, unknown or wrong; the message lists all of it.
    """
    prefix = f"{NAMESPACE}:"
    values = {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
    if LOCATION_KEY in config:
        values["location"] = config[LOCATION_KEY]
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        problems = "\n".join(f"  {_path(problem['loc'])}: {_explain(problem)}" for problem in error.errors())
        raise SettingsError(f"{source} cannot be used:\n{problems}") from None


def _path(location: tuple[int | str, ...]) -> str:
    """Spell a value's place as a person writes it: ``llama-azure:projects.chat.serverless[0].model``."""
    head, *rest = location
    path = LOCATION_KEY if head == "location" else f"{NAMESPACE}:{head}"
    for step in rest:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path


def _explain(problem: Any) -> str:
    """Say what is wrong and what to do, in the words of the file rather than of the validator."""
    match problem["type"]:
        case "missing":
            return "is missing; add it"
        case "extra_forbidden":
            return "is not a setting; remove it or check its spelling"
        case "value_error":
            return str(problem["ctx"]["error"])
        case _:
            return f"{problem['msg']} (found {problem['input']!r})"
