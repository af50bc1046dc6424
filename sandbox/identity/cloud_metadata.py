"""The description of this cloud that clients ask for before anything else, in both of its shapes.

Measured: azure-ai-ml takes a cloud only if ``resourceManager`` is part of the address it asked, and derives suffixes
from the third part of ``portal`` on. Whatever the sandbox does not have lies below ``sandbox.localhost``, so that no
client finds its way to the public cloud.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.addresses import CLOUD_NAME, METADATA_PATH
from sandbox.arm.world import TENANT_ID
from sandbox.identity.tokens import MANAGEMENT_AUDIENCES

_LIST_VERSIONS = ("2018-05-01", "2019-05-01", "2020-06-01")
_SUFFIX = "sandbox.localhost"


def metadata_route(base_url: str) -> Route:
    """Return the route of the cloud's metadata: a list of clouds in older api-versions, one cloud in newer ones."""

    def metadata(request: Request) -> JSONResponse:
        cloud = _cloud(base_url)
        version = request.query_params.get("api-version", "")
        return JSONResponse([cloud] if version in _LIST_VERSIONS else cloud)

    return Route(METADATA_PATH, metadata, methods=["GET"])


def _cloud(base_url: str) -> dict[str, Any]:
    return {
        "name": CLOUD_NAME,
        "resourceManager": base_url,
        "portal": f"https://portal.{_SUFFIX}",
        "authentication": {
            "loginEndpoint": base_url,
            "audiences": [f"{audience}/" for audience in MANAGEMENT_AUDIENCES],
            "tenant": TENANT_ID,
            "identityProvider": "AAD",
        },
        "graph": base_url,
        "graphAudience": base_url,
        "microsoftGraphResourceId": base_url,
        "gallery": base_url,
        "batch": base_url,
        "media": base_url,
        "sqlManagement": base_url,
        "vmImageAliasDoc": base_url,
        "logAnalyticsResourceId": base_url,
        "appInsightsResourceId": base_url,
        "suffixes": {
            "storage": f"core.{_SUFFIX}",
            "keyVaultDns": f"vault.{_SUFFIX}",
            "mhsmDns": f"managedhsm.{_SUFFIX}",
            "acrLoginServer": f"azurecr.{_SUFFIX}",
            "sqlServerHostname": f"database.{_SUFFIX}",
            "attestationEndpoint": f"attest.{_SUFFIX}",
            "azureFrontDoorEndpointSuffix": f"azurefd.{_SUFFIX}",
        },
    }
