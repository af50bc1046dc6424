"""Azure Resource Manager, where Pulumi has no word for what a step does: renewing a key, purging a name."""

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
    """Calls on resources by their ids. Every call waits until Azure is done."""

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

    def call(self, method: str, path: str, api_version: str, body: object = None, **query: str) -> Any:
        """Send a request and return the answer, ``None`` if Azure says nothing.

        Raises:
            StepError: Azure refused it; the message is Azure's.
        """
        parameters = {"api-version": api_version, **query}
        request = HttpRequest(method, self._client.format_url(path), params=parameters, json=body)
        try:
            first = self._client.send_request(request, _return_pipeline_response=True)
            first.http_response.raise_for_status()
            polling: ARMPolling = ARMPolling(timeout=_POLL_SECONDS)
            return LROPoller(self._client, first, _content, polling).result()
        except AzureError as error:
            raise StepError(f"Azure refuses {method} {path}: {error.message}") from None


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
