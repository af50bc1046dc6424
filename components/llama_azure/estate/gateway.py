"""Declaring what stands in front of a stack's endpoints; loaded by the stacks that have it alone."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi

from llama_azure.api_management_backends import (
    ApiManagementBackend,
    ApiManagementBackends,
    ApiManagementBackendsArgs,
)
from llama_azure.estate.built import Built
from llama_azure.model_gateway import GatewaySecret, ModelGateway, ModelGatewayArgs
from llama_azure_core.azure_enums import GatewayAccess
from llama_azure_core.gateway import gateway_facts
from llama_azure_core.plan import ApiManagement, Gateway, Plan
from llama_azure_core.plan.litellm import StackEndpoints, gateway_configuration, token_prices
from llama_azure_core.settings.litellm import LiteLlmSettings

Rows = Mapping[str, Mapping[str, Any]]

_ADDRESS = "https://address.invalid/"
"""Stands for an address that is not known yet, where only the names of keys are asked for."""


def declare_gateway(
    gateway: Gateway, wanted: Plan, rows: Rows, keys: Mapping[str, pulumi.Output[str]], built: Built
) -> dict[str, Any]:
    """Declare the gateway of a plan, and return what the stack says of it.

    Args:
        gateway: the plan's.
        wanted: the plan.
        rows: the stack's output ``endpoints``.
        keys: the endpoints' keys, by the same names.
        built: what is declared already.
    """
    options = (wanted.litellm or LiteLlmSettings()).model_copy(
        update={"database": True, "redis": True, "redis_tls": True, "keys_from_vault": False}
    )
    addressed = {name: {**row, "uri": _ADDRESS, "baseUrl": _ADDRESS} for name, row in rows.items()}
    named = gateway_configuration([StackEndpoints(wanted.stack, addressed)], options).keys
    prices = token_prices(wanted)
    text = pulumi.Output.from_input(rows).apply(
        lambda known: gateway_configuration([StackEndpoints(wanted.stack, known, prices)], options).text()
    )
    secrets: dict[str, GatewaySecret] = {
        variable: {"secret_name": endpoint, "value": keys[endpoint]}
        for variable, (_, endpoint) in named.items()
        if endpoint in keys
    }
    args = cast(ModelGatewayArgs, {**gateway.arguments, "configuration": text, "secret_variables": secrets})
    component = ModelGateway(gateway.logical_name, args, built.after(gateway.depends_on))
    built.by_id[gateway.id] = component
    return {
        "id": component.gateway_id,
        "baseUrl": component.base_url,
        # With the access public a token of Microsoft Entra ID is the caller's Authorization, and the key has a header.
        "auth": "key" if gateway.access is GatewayAccess.PRIVATE else "tokenAndKey",
        "keyHeader": "Authorization" if gateway.access is GatewayAccess.PRIVATE else gateway_facts("keys")["header"],
        "models": sorted({str(row["model"]) for row in rows.values() if row["model"] is not None}),
        "keyVault": component.key_vault_id,
        "teamSecrets": component.team_secrets,
        "teamsJob": component.teams_job_id,
    }


def declare_api_management(api: ApiManagement, rows: Rows, built: Built) -> dict[str, Any]:
    """Declare the API of a plan, and return what the stack says of it."""
    models = {
        model: [_backend(rows[one.exported]["uri"], one.name) for one in members]
        for model, members in api.models.items()
    }
    args = cast(ApiManagementBackendsArgs, {**api.arguments, "models": models})
    component = ApiManagementBackends(api.logical_name, args, built.after(api.depends_on))
    return {"baseUrl": component.base_url, "auth": "subscriptionKey", "models": sorted(models)}


def _backend(uri: pulumi.Input[str], deployment: str) -> ApiManagementBackend:
    address = pulumi.Output.from_input(uri).apply(lambda found: found.rstrip("/"))
    return {"url": pulumi.Output.format("{0}/openai/deployments/{1}", address, deployment)}
