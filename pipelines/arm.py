"""Azure Resource Manager, where Pulumi has no word for what a step does: an action on a resource."""

import os
from typing import Any

import httpx
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import RequestIdPolicy, RetryPolicy, UserAgentPolicy
from azure.core.polling import LROPoller
from azure.core.rest import HttpRequest
from azure.identity import DefaultAzureCredential
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.core.polling.arm_polling import ARMPolling

from pipelines.errors import StepError

_PUBLIC = "https://management.azure.com"
_SCOPE = "https://management.azure.com/.default"
_METADATA_SECONDS = 30.0
_POLL_SECONDS = 2.0  # where Azure does not say how long to wait


class Arm:
    """Actions on resources by their ids. Every call waits until Azure is done."""

    def __init__(self) -> None:
        credential = DefaultAzureCredential()
        self._client: ARMPipelineClient[HttpRequest, Any] = ARMPipelineClient(
            base_url=resource_manager(),
            policies=[
                RequestIdPolicy(),
                UserAgentPolicy("llama-azure-pipelines"),
                RetryPolicy(),
                ARMChallengeAuthenticationPolicy(credential, _SCOPE),
            ],
        )

    def act(self, resource_id: str, action: str, api_version: str, body: object = None) -> Any:
        """Run an action and return its answer, ``None`` if Azure says nothing.

        Raises:
            StepError: Azure refused it; the message is Azure's.
        """
        url = self._client.format_url(f"{resource_id}/{action}")
        request = HttpRequest("POST", url, params={"api-version": api_version}, json=body)
        try:
            first = self._client.send_request(request, _return_pipeline_response=True)
            first.http_response.raise_for_status()
            polling: ARMPolling = ARMPolling(timeout=_POLL_SECONDS)
            return LROPoller(self._client, first, _content, polling).result()
        except AzureError as error:
            raise StepError(f"Azure refuses {action} of {resource_id}: {error.message}") from None


def resource_manager() -> str:
    """Return the address of Azure Resource Manager: the public cloud's, or what ARM_CLOUD_METADATA_URL tells.

    Raises:
        StepError: the metadata cannot be read.
    """
    url = os.environ.get("ARM_CLOUD_METADATA_URL")
    if not url:
        return _PUBLIC
    try:
        found = httpx.get(url, timeout=_METADATA_SECONDS).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise StepError(f"ARM_CLOUD_METADATA_URL {url} cannot be read: {error}") from None
    cloud: dict[str, str] = found[0] if isinstance(found, list) else found
    return cloud.get("resourceManager", _PUBLIC).rstrip("/")


def _content(response: Any) -> Any:
    return response.http_response.json() if response.http_response.read() else None
