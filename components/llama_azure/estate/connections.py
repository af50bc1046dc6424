"""The use of serverless endpoints of other projects and other stacks."""

from typing import Any

import pulumi

from llama_azure.estate.context import Place
from llama_azure.estate.outputs import Estate
from llama_azure.estate.stacks import full_stack_name
from llama_azure.serverless_connection import ServerlessConnection
from llama_azure_core.settings import ConnectionSettings, ProjectSettings


def add_connections(estate: Estate, key: str, project: ProjectSettings, place: Place) -> None:
    """Declare a project's connections; the stack's own endpoints are all declared by now.

    Raises:
        pulumi.RunError: an endpoint is not there, or takes no keys.
    """
    for name, settings in project.connections.items():
        where = f"llama-azure:projects.{key}.connections.{name}"
        uri, primary_key = _of_stack(where, settings) if settings.stack else _own(where, settings, estate)
        ServerlessConnection(
            f"{key}-{name}",
            {
                "resource_group_name": place.resource_group,
                "project_name": place.name,
                "connection_name": name,
                "endpoint_uri": uri,
                "endpoint_key": primary_key,
            },
            place.options,
        )


def _own(where: str, settings: ConnectionSettings, estate: Estate) -> tuple[pulumi.Input[str], pulumi.Input[str]]:
    _require(where, settings, estate.endpoints, estate.endpoint_keys)
    return estate.endpoints[settings.endpoint]["uri"], estate.endpoint_keys[settings.endpoint]


def _of_stack(where: str, settings: ConnectionSettings) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    stack = pulumi.StackReference(full_stack_name(settings.stack or ""))
    outputs = pulumi.Output.all(stack.get_output("endpoints"), stack.get_output("endpointKeys"))

    def found(both: list[Any]) -> tuple[str, str]:
        endpoints, keys = both[0] or {}, both[1] or {}
        _require(where, settings, endpoints, keys)
        return endpoints[settings.endpoint]["uri"], keys[settings.endpoint]

    pair = outputs.apply(found)
    return pair.apply(lambda one: one[0]), pulumi.Output.secret(pair.apply(lambda one: one[1]))


def _require(where: str, settings: ConnectionSettings, endpoints: dict[str, Any], keys: dict[str, Any]) -> None:
    owner = f"the stack {settings.stack}" if settings.stack else "this stack"
    if settings.endpoint not in endpoints:
        there = ", ".join(sorted(endpoints)) or "none"
        raise pulumi.RunError(f"{where}.endpoint: {owner} has no endpoint {settings.endpoint}; it has {there}")
    if endpoints[settings.endpoint]["kind"] != "serverless":
        raise pulumi.RunError(f"{where}.endpoint: {settings.endpoint} of {owner} is no serverless endpoint")
    if settings.endpoint not in keys:
        raise pulumi.RunError(
            f"{where}.endpoint: {settings.endpoint} of {owner} takes no keys, and a connection needs one; "
            "set its authMode to Key or KeyAndAAD"
        )
