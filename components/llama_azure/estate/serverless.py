"""Declaring serverless endpoints."""

from typing import cast

from llama_azure.estate.built import Built, EndpointOutputs, as_spelled
from llama_azure.serverless_endpoint import ServerlessEndpoint, ServerlessEndpointArgs
from llama_azure_core.plan import Endpoint


def declare_serverless(endpoint: Endpoint, built: Built) -> EndpointOutputs:
    """Declare a serverless endpoint of a plan."""
    component = ServerlessEndpoint(
        endpoint.logical_name,
        cast(ServerlessEndpointArgs, endpoint.arguments),
        built.after(endpoint.depends_on, as_spelled(endpoint.logical_name, endpoint.name)),
    )
    built.by_id[endpoint.id] = component
    base_url = component.uri.apply(lambda uri: f"{uri.rstrip('/')}/v1/" if uri else "")
    return EndpointOutputs(component.uri, component.primary_key, base_url)
