"""The types of the settings' values."""

import datetime as dt
import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticKnownError

from llama_azure_core.catalogue import Model, UnknownModelError, all_models, find_model, foundry_only_models
from llama_azure_core.engine_values import to_date
from llama_azure_core.foundry import sku_names
from llama_azure_core.frozen import Frozen
from llama_azure_core.naming import NameKind, name_problem, name_rule
from llama_azure_core.principals import placeholder_problem

_RESOURCE_ID = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/[^/]+(/[^/]+/[^/]+)+", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


AS_OF = "as_of"
"""The key of the validation context under which the date stands on which models are judged."""


def judging_date(info: ValidationInfo) -> dt.date:
    """Return the date on which models are judged: the stack's own, whatever else of the stack is wrong."""
    date = (info.context or {}).get(AS_OF)
    return date if isinstance(date, dt.date) else dt.date.today()


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
            f"{value!r} is not an Azure resource id: "
            "write /subscriptions/<id>/resourceGroups/<group>/providers/<type>/<name>"
        )
    return value


def _guid(value: str) -> str:
    problem = placeholder_problem(value)
    if problem is not None:
        raise ValueError(problem)
    if _GUID.fullmatch(value) is None:
        raise ValueError(
            f"{value!r} is not an object id: write the GUID that `az ad signed-in-user show` or a like gives"
        )
    return value


def _address_space(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        raise ValueError(f"{value!r} is no address range: {error}; write it as 10.20.0.0/24") from None


def _public_addresses(value: str) -> str:
    network = ipaddress.ip_network(_address_space(value))
    if any(network.subnet_of(private) for private in _PRIVATE if private.version == network.version):
        raise ValueError(f"{value!r} is private, and Azure's firewalls take public addresses only")
    return value


_PRIVATE = [ipaddress.IPv4Network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]


def _to_sku(value: str) -> str:
    known = {one.casefold(): one for one in sku_names()}
    if value.casefold() not in known:
        raise ValueError(f"{value!r} is not an SKU of a deployment: use one of {', '.join(known.values())}")
    return known[value.casefold()]


CatalogueModel = Annotated[
    Model,
    BeforeValidator(_to_model),
    WithJsonSchema({"type": "string", "enum": [model.name for model in (*all_models(), *foundry_only_models())]}),
]
ResourceGroupName = Annotated[str, _checked(NameKind.RESOURCE_GROUP), _pattern(NameKind.RESOURCE_GROUP)]
WorkspaceName = Annotated[str, _checked(NameKind.WORKSPACE), _pattern(NameKind.WORKSPACE)]
ServerlessEndpointName = Annotated[str, _checked(NameKind.SERVERLESS_ENDPOINT), _pattern(NameKind.SERVERLESS_ENDPOINT)]
OnlineEndpointName = Annotated[str, _checked(NameKind.ONLINE_ENDPOINT), _pattern(NameKind.ONLINE_ENDPOINT)]
OnlineDeploymentName = Annotated[str, _checked(NameKind.ONLINE_DEPLOYMENT), _pattern(NameKind.ONLINE_DEPLOYMENT)]
ConnectionName = Annotated[str, _checked(NameKind.CONNECTION), _pattern(NameKind.CONNECTION)]
FoundryAccountName = Annotated[str, _checked(NameKind.FOUNDRY_ACCOUNT), _pattern(NameKind.FOUNDRY_ACCOUNT)]
FoundryDeploymentName = Annotated[str, _checked(NameKind.FOUNDRY_DEPLOYMENT), _pattern(NameKind.FOUNDRY_DEPLOYMENT)]
FoundrySku = Annotated[str, AfterValidator(_to_sku), WithJsonSchema({"type": "string", "enum": list(sku_names())})]
ContentFilterName = Annotated[str, _checked(NameKind.CONTENT_FILTER), _pattern(NameKind.CONTENT_FILTER)]
BlocklistName = Annotated[str, _checked(NameKind.BLOCKLIST), _pattern(NameKind.BLOCKLIST)]
KeyVaultName = Annotated[str, _checked(NameKind.KEY_VAULT), _pattern(NameKind.KEY_VAULT)]
ContainerRegistryName = Annotated[str, _checked(NameKind.CONTAINER_REGISTRY), _pattern(NameKind.CONTAINER_REGISTRY)]
VirtualNetworkName = Annotated[str, _checked(NameKind.VIRTUAL_NETWORK), _pattern(NameKind.VIRTUAL_NETWORK)]
ContainerAppName = Annotated[str, _checked(NameKind.CONTAINER_APP), _pattern(NameKind.CONTAINER_APP)]
PostgresServerName = Annotated[str, _checked(NameKind.POSTGRES_SERVER), _pattern(NameKind.POSTGRES_SERVER)]
ManagedRedisName = Annotated[str, _checked(NameKind.MANAGED_REDIS), _pattern(NameKind.MANAGED_REDIS)]
ApiName = Annotated[str, _checked(NameKind.API_MANAGEMENT_API), _pattern(NameKind.API_MANAGEMENT_API)]
ResourceId = Annotated[str, AfterValidator(_resource_id)]
AddressRange = Annotated[str, AfterValidator(_address_space)]
"""Addresses of a network, such as ``10.20.0.0/24``."""
PublicAddresses = Annotated[str, AfterValidator(_public_addresses)]
"""A public address, or a range of them."""
ObjectId = Annotated[str, AfterValidator(_guid)]
Date = Annotated[dt.date, BeforeValidator(to_date), WithJsonSchema({"type": "string", "format": "date"})]


class TokensPerDay(Frozen):
    """What callers are expected to send and to get in a day. It is for the estimate of the cost, and limits nothing."""

    input: int = Field(ge=0)
    """Required. Tokens of prompts."""
    output: int = Field(ge=0)
    """Required. Tokens of answers."""


def _text_or_secret(value: object) -> object:
    if not isinstance(value, (str, SecretStr)):
        raise PydanticKnownError("string_type")
    return value


TextOrSecret = Annotated[
    str | SecretStr,
    BeforeValidator(_text_or_secret),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"secure": {"type": "string"}},
                    "required": ["secure"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
"""A text that may be a secret. Only what never becomes a name, a tag or an output of Azure's may be of this type."""
