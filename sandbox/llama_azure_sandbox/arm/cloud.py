"""What the sandbox's cloud is called and where its parts lie.

Measured: azure-ai-ml takes a cloud only if ``resourceManager`` is part of the address it asked, and derives suffixes
from the third part of ``portal`` on. Whatever the sandbox does not have lies below ``sandbox.localhost``, so that no
client finds its way to the public cloud.
"""

from typing import Any

from llama_azure_sandbox.addresses import CLOUD_NAME
from llama_azure_sandbox.arm.world import TENANT_ID

MANAGEMENT_AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")
"""Management tokens are asked for with and without a slash at the end of these."""

_SUFFIX = "sandbox.localhost"


def cloud_description(base_url: str) -> dict[str, Any]:
    """Return the cloud as its metadata and the template function ``environment`` describe it."""
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
