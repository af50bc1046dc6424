"""Azure Resource Manager calls over the Azure SDK's own pipeline: its sign-in, retries and polling."""

import base64
import json
import threading
from typing import Any

from azure.core.credentials import TokenCredential
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import HeadersPolicy, RequestIdPolicy, RetryPolicy, UserAgentPolicy
from azure.core.polling import LROPoller
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.exceptions import ARMErrorFormat
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.core.polling.arm_polling import ARMPolling

from sandbox.provider.types import Json

_SCOPE = "https://management.azure.com/.default"
_DEFAULT_POLL_SECONDS = 1.0  # where Azure does not say how long to wait


class CancelledError(Exception):
    """The engine asked the plugin to stop while an operation was running."""

    def __str__(self) -> str:
        return "cancelled while Azure was at work; it may still finish"


class ArmRequestError(Exception):
    """Azure refused a request, or ended an operation as failed; the message is Azure's."""


class ArmClient:
    """Reads and changes resources by id. Every call waits until Azure is done."""

    def __init__(self, base_url: str, subscription_id: str, credential: TokenCredential) -> None:
        self.subscription_id = subscription_id
        self._credential = credential
        self._cancelled = threading.Event()
        self._client: ARMPipelineClient[HttpRequest, Any] = ARMPipelineClient(
            base_url=base_url,
            policies=[
                RequestIdPolicy(),
                HeadersPolicy({"Accept": "application/json"}),
                UserAgentPolicy("llama-azure-sandbox-azure-native"),
                RetryPolicy(),
                ARMChallengeAuthenticationPolicy(credential, _SCOPE),
            ],
        )

    def cancel(self) -> None:
        """Make every waiting call end with CancelledError."""
        self._cancelled.set()

    def get(self, resource_id: str, api_version: str) -> Json | None:
        """Return a resource's body, or ``None`` if there is no such resource."""
        response = self._send("GET", resource_id, api_version)
        if response.http_response.status_code == 404:
            return None
        return _json(self._checked(response))

    def put(self, resource_id: str, api_version: str, body: Json) -> Json:
        """Create or replace a resource and return its body once Azure is done with it."""
        return self._finished(self._checked(self._send("PUT", resource_id, api_version, body)))

    def delete(self, resource_id: str, api_version: str) -> None:
        """Delete a resource, if it is there."""
        response = self._send("DELETE", resource_id, api_version)
        if response.http_response.status_code != 404:
            self._finished(self._checked(response))

    def post(self, resource_id: str, action: str, api_version: str) -> Json:
        """Run an action on a resource and return its answer."""
        return _json(self._checked(self._send("POST", f"{resource_id}/{action}", api_version)))

    def claims(self) -> dict[str, str]:
        """Return what the access token says of its holder."""
        payload = self._credential.get_token(_SCOPE).token.split(".")[1]
        claims: dict[str, str] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return claims

    def _send(
        self, method: str, path: str, api_version: str, body: Json | None = None
    ) -> PipelineResponse[HttpRequest, Any]:
        request = HttpRequest(method, self._client.format_url(path), params={"api-version": api_version}, json=body)
        try:
            return self._client._pipeline.run(request)  # noqa: SLF001 - polling needs the PipelineResponse
        except HttpResponseError as error:
            raise ArmRequestError(_spoken(error)) from None

    def _checked(self, response: PipelineResponse[HttpRequest, Any]) -> PipelineResponse[HttpRequest, Any]:
        http_response: HttpResponse = response.http_response
        if not 200 <= http_response.status_code < 300:
            raise ArmRequestError(_spoken(HttpResponseError(response=http_response, error_format=ARMErrorFormat)))
        return response

    def _finished(self, response: PipelineResponse[HttpRequest, Any]) -> Json:
        polling: ARMPolling = _InterruptiblePolling(self._cancelled)
        poller: LROPoller[Json] = LROPoller(self._client, response, _json, polling)
        try:
            return poller.result()
        except HttpResponseError as error:
            raise ArmRequestError(_spoken(error)) from None


class _InterruptiblePolling(ARMPolling):
    """ARM's polling, which a cancelled plugin does not sit out."""

    def __init__(self, cancelled: threading.Event) -> None:
        super().__init__(timeout=_DEFAULT_POLL_SECONDS)
        self._cancelled = cancelled

    def _sleep(self, delay: float) -> None:
        if self._cancelled.wait(delay):
            raise CancelledError


def _json(response: PipelineResponse[HttpRequest, Any]) -> Json:
    http_response: HttpResponse = response.http_response
    if not http_response.read():
        return {}
    body: Json = http_response.json()
    return body


def _spoken(error: HttpResponseError) -> str:
    """Return Azure's own words: code, message, those of its details and, where there is one, the innermost code."""
    if not isinstance(error.error, ARMErrorFormat):
        return str(error.message)
    words = f"Code={error.error.code} Message={error.error.message}"
    for detail in error.error.details or []:
        words += f" {detail.code}: {detail.message}"
    inner = [
        code for info in error.error.additional_info or [] if info.type == "InnerError" for code in _codes(info.info)
    ]
    return f"{words} ({inner[-1]})" if inner else words


def _codes(info: Any) -> list[str]:
    """Return the codes of a nested inner error, the outermost first."""
    node = (info or {}).get("value")
    codes = []
    while node:
        codes.append(node["code"])
        node = node.get("innerError")
    return codes
