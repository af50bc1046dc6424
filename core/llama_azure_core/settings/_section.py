"""The base of every section of the settings, and the types of their values."""

import datetime as dt
import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo, WithJsonSchema
from pydantic.alias_generators import to_camel

from llama_azure_core.catalogue import Model, UnknownModelError, all_models, find_model
from llama_azure_core.naming import NameKind, name_problem, name_rule

_RESOURCE_ID = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/[^/]+(/[^/]+/[^/]+)+", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Section(BaseModel):
    """A part of the settings: camelCase in YAML, immutable, and an unknown key is an error."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )


AS_OF = "as_of"
"""The key of the validation context under which the date stands on which models are judged."""


def judging_date(info: ValidationInfo) -> dt.date:
    """Return the date on which models are judged: the stack's own, whatever else of the stack is wrong."""
    date = (info.context or {}).get(AS_OF)
    return date if isinstance(date, dt.date) else dt.date.today()


class PrincipalType(StrEnum):
    """What a role is assigned to. Azure asks for it where the principal may be new to the directory."""

    USER = "User"
    GROUP = "Group"
    SERVICE_PRINCIPAL = "ServicePrincipal"


def _checked(kind: NameKind) -> AfterValidator:
    def check(name: str) -> str:
        problem = name_problem(kind, name)
        if problem is not None:
            raise ValueError(problem)
        return name

    return AfterValidator(check)


def _pattern(kind: NameKind) -> WithJsonSchema:
    """Let editors check what Azure accepts."""
    return WithJsonSchema({"type": "string", "pattern": f"^{name_rule(kind).pattern}$"})


def _to_model(value: object) -> object:
    if isinstance(value, str):
        try:
            return find_model(value)
        except UnknownModelError as error:
            raise ValueError(str(error)) from None
    raise ValueError("a model is given by its name in the catalogue, such as Meta-Llama-3-8B-Instruct")


def _resource_id(value: str) -> str:
    if _RESOURCE_ID.fullmatch(value) is None:
        raise ValueError(
            f"{value!r} is no Azure resource id: "
            "write /subscriptions/<id>/resourceGroups/<group>/providers/<type>/<name>"
        )
    return value


def _guid(value: str) -> str:
    if _GUID.fullmatch(value) is None:
        raise ValueError(f"{value!r} is no object id: write the GUID that `az ad signed-in-user show` or a like gives")
    return value


CatalogueModel = Annotated[
    Model,
    BeforeValidator(_to_model),
    WithJsonSchema({"type": "string", "enum": [model.name for model in all_models()]}),
]
ResourceGroupName = Annotated[str, _checked(NameKind.RESOURCE_GROUP), _pattern(NameKind.RESOURCE_GROUP)]
WorkspaceName = Annotated[str, _checked(NameKind.WORKSPACE), _pattern(NameKind.WORKSPACE)]
ServerlessEndpointName = Annotated[str, _checked(NameKind.SERVERLESS_ENDPOINT), _pattern(NameKind.SERVERLESS_ENDPOINT)]
OnlineEndpointName = Annotated[str, _checked(NameKind.ONLINE_ENDPOINT), _pattern(NameKind.ONLINE_ENDPOINT)]
OnlineDeploymentName = Annotated[str, _checked(NameKind.ONLINE_DEPLOYMENT), _pattern(NameKind.ONLINE_DEPLOYMENT)]
ConnectionName = Annotated[str, _checked(NameKind.CONNECTION), _pattern(NameKind.CONNECTION)]
ResourceId = Annotated[str, AfterValidator(_resource_id)]
ObjectId = Annotated[str, AfterValidator(_guid)]
