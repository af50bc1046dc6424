"""Serverless endpoints: which one a request is for, and whether it may be served."""

import datetime as dt

from starlette.requests import Request

from llama_azure_core.catalogue import Model
from llama_azure_sandbox.inference.access import Access
from llama_azure_sandbox.inference.endpoints import Endpoint, Endpoints
from llama_azure_sandbox.inference.errors import no_such_endpoint, refusal
from llama_azure_sandbox.inference.serving import Target

_ONLINE = "Online"


class Serverless:
    """Finds the target of a request to a serverless endpoint."""

    def __init__(self, endpoints: Endpoints, access: Access) -> None:
        self._endpoints = endpoints
        self._access = access

    def target(self, request: Request) -> Target:
        """Return what a request is for.

        Raises:
            DataPlaneError: there is no such endpoint, the caller may not use it, or it does not serve.
        """
        region, name = request.path_params["region"], request.path_params["endpoint"]
        current = self._endpoints.current()
        endpoint = current.serverless.get((region.lower(), name.lower()))
        if endpoint is None:
            raise no_such_endpoint(name, region)
        self._access.require(endpoint, request.headers)
        (deployment,) = endpoint.deployments.values()
        if deployment.model is None:
            raise refusal(404, "NotFound", f"The model of the endpoint {name} is not known.")
        _require_serving(endpoint, deployment.model, current.as_of)
        return Target(
            endpoint,
            deployment,
            deployment.model,
            window=deployment.instance,
            limit=current.limits.serverless,
            managed=False,
        )


def _require_serving(endpoint: Endpoint, model: Model, as_of: dt.date) -> None:
    """Refuse an endpoint that is there and does not serve; both bodies are this sandbox's own (source S3, S9)."""
    if endpoint.state != _ONLINE:
        raise refusal(
            403,
            "EndpointNotOnline",
            f"The endpoint {endpoint.name} is {endpoint.state}: it needs its project's subscription to the "
            "Marketplace offer of its model.",
        )
    retired = model.lifecycle.retired
    if retired is not None and as_of >= retired:
        raise refusal(410, "ModelRetired", f"The model {model.name} was retired on {retired}.")
