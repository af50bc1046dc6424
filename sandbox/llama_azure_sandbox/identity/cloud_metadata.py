"""The description of this cloud that clients ask for before anything else, in both of its shapes."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from llama_azure_sandbox.addresses import METADATA_PATH
from llama_azure_sandbox.arm.cloud import cloud_description

_LIST_VERSIONS = ("2018-05-01", "2019-05-01", "2020-06-01")


def metadata_route(base_url: str) -> Route:
    """Return the route of the cloud's metadata: a list of clouds in older api-versions, one cloud in newer ones."""

    def metadata(request: Request) -> JSONResponse:
        cloud = cloud_description(base_url)
        version = request.query_params.get("api-version", "")
        return JSONResponse([cloud] if version in _LIST_VERSIONS else cloud)

    return Route(METADATA_PATH, metadata, methods=["GET"])
