"""Another project, which may lie in a region without the model, uses the endpoint."""

import pulumi
from ai_hub import hub
from place import GROUP, LOCATION, TAGS
from serverless_endpoint import endpoint

from llama_azure import AiProject, ServerlessConnection

search = AiProject(
    "search",
    {
        "resource_group_name": GROUP,
        "location": LOCATION,
        "project_name": "search",
        "hub_id": hub.hub_id,
        "tags": TAGS,
    },
)
connection = ServerlessConnection(
    "search-llama",
    {
        "resource_group_name": GROUP,
        "project_name": "search",
        "connection_name": "llama",
        "endpoint_uri": endpoint.uri,
        "endpoint_key": endpoint.primary_key,
    },
    pulumi.ResourceOptions(depends_on=[search]),
)
