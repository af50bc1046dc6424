"""Who gets the requests: a change of two numbers moves them from blue to green, or back."""

from online_deployment import blue, green
from online_endpoint import endpoint

from llama_azure import OnlineEndpointTraffic

traffic = OnlineEndpointTraffic(
    "completions",
    {
        "endpoint_id": endpoint.endpoint_id,
        "endpoint_revision": endpoint.revision,
        "deployment_ids": {"blue": blue.deployment_id, "green": green.deployment_id},
        "traffic": {"blue": 90, "green": 10},
    },
)
