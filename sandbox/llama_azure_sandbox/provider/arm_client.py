"""Azure Resource Manager calls over the Azure SDK's own pipeline, with the official plugin's patience."""

import base64
import json
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import HeadersPolicy, HTTPPolicy, RequestIdPolicy, UserAgentPolicy
from azure.core.polling import LROPoller
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.exceptions import ARMErrorFormat
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.core.polling.arm_polling import ARMPolling

from llama_azure_sandbox.provider.types import Json

SCOPE = "https://management.azure.com/.default"
_RETRIES = 3
_THROTTLED = 429
_RETRIED_STATUSES = frozenset({408, _THROTTLED, 500, 502, 503, 504})
_RETRIED_CODE = "AnotherOperationInProgress"
_PROVIDER_API_VERSION = "2020-06-01"


class CancelledError(Exception):
    """The engine asked the plugin to stop while an operation was running."""

    def __str__(self) -> str:
        return "cancelled while Azure was at work; it may still finish"


class ArmRequestError(Exception):
    """Azure refused a request, or ended an operation as failed; the message is Azure's."""


class HalfDoneError(Exception):
    """Azure took a request, and what came of it could not be learned or is a failure."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the plugin waits, in seconds."""

    retry: float
    """Before the first retry; then three times as long each time."""
    longest_retry: float
    poll_put: float
    """Between two looks at a PUT that Azure is at work on, where Azure does not say."""
    poll_delete: float
    poll_registration: float
    registration: float
    """Until a resource provider that is being registered is given up."""
    throttled: float
    """How long a request may be kept waiting by 429s with Retry-After before one of them counts as a try."""

    @classmethod
    def of_environment(cls) -> "Patience":
        """Return the official plugin's, or a short one where ``SANDBOX_WAITS`` is ``short``."""
        return SHORT if os.environ.get("SANDBOX_WAITS") == "short" else OFFICIAL


OFFICIAL = Patience(20, 120, 10, 30, 15, 300, throttled=0)
SHORT = Patience(0.5, 120, 1, 1, 0.2, 300, throttled=300)


class ArmClient:
    """Reads and changes resources by id. Every call waits until Azure is done."""

    def __init__(
        self, base_url: str, subscription_id: str, credential: TokenCredential, patience: Patience = OFFICIAL
    ) -> None:
        self.subscription_id = subscription_id
        self._credential = credential
        self._patience = patience
        self._cancelled = threading.Event()
        self._client: ARMPipelineClient[HttpRequest, Any] = ARMPipelineClient(
            base_url=base_url,
            policies=[
                RequestIdPolicy(),
                HeadersPolicy({"Accept": "application/json"}),
                UserAgentPolicy("llama-azure-sandbox-azure-native"),
                _RegistrationPolicy(self._register),
                _RetryPolicy(patience, self._wait),
                ARMChallengeAuthenticationPolicy(credential, SCOPE),
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
        body: Json = _json(self._checked(response))
        return body

    def read(self, resource_id: str, api_version: str) -> Json:
        """Return a resource's body; that there is none is Azure's error."""
        body: Json = _json(self._checked(self._send("GET", resource_id, api_version)))
        return body

    def put(self, resource_id: str, api_version: str, body: Json) -> Json:
        """Create or replace a resource and return its body once Azure is done with it.

        Raises:
            ArmRequestError: Azure refused.
            HalfDoneError: Azure agreed, and the operation failed, or its end could not be seen.
        """
        response = self._checked(self._send("PUT", resource_id, api_version, body))
        try:
            return self._finished(response, self._patience.poll_put)
        except (ArmRequestError, CancelledError) as error:
            raise HalfDoneError(str(error)) from None

    def delete(self, resource_id: str, api_version: str) -> None:
        """Delete a resource, if it is there."""
        response = self._send("DELETE", resource_id, api_version)
        if response.http_response.status_code != 404:
            self._finished(self._checked(response), self._patience.poll_delete)

    def post(self, resource_id: str, action: str, api_version: str, body: Json | None = None) -> Any:
        """Run an action on a resource and return its answer."""
        return _json(self._checked(self._send("POST", f"{resource_id}/{action}", api_version, body or {})))

    def claims(self) -> dict[str, str]:
        """Return what the access token says of its holder."""
        payload = self.token(SCOPE).split(".")[1]
        claims: dict[str, str] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return claims

    def token(self, scope: str) -> str:
        """Return an access token."""
        return self._credential.get_token(scope).token

    def _register(self, namespace: str) -> None:
        """Register a resource provider and wait until it is."""
        path = f"/subscriptions/{self.subscription_id}/providers/{namespace}"
        self._checked(self._send("POST", f"{path}/register", _PROVIDER_API_VERSION))
        deadline = time.monotonic() + self._patience.registration
        while _json(self._checked(self._send("GET", path, _PROVIDER_API_VERSION)))["registrationState"] != "Registered":
            if time.monotonic() > deadline:
                raise ArmRequestError(f"{namespace} was not registered within {self._patience.registration:.0f} s")
            self._wait(self._patience.poll_registration)

    def _wait(self, seconds: float) -> None:
        if self._cancelled.wait(seconds):
            raise CancelledError

    def _send(
        self, method: str, path: str, api_version: str, body: Json | None = None
    ) -> PipelineResponse[HttpRequest, Any]:
        request = HttpRequest(method, self._client.format_url(path), params={"api-version": api_version}, json=body)
        try:
            return self._client._pipeline.run(request)  # noqa: SLF001 - polling needs the PipelineResponse
        except HttpResponseError as error:
            raise ArmRequestError(_in_words(error, path)) from None
        except AzureError as error:
            raise ArmRequestError(f"'{path}': {error.message or 'no answer'}") from None

    def _checked(self, response: PipelineResponse[HttpRequest, Any]) -> PipelineResponse[HttpRequest, Any]:
        http_response: HttpResponse = response.http_response
        if not 200 <= http_response.status_code < 300:
            error = HttpResponseError(response=http_response, error_format=ARMErrorFormat)
            raise ArmRequestError(_in_words(error, _path(http_response)))
        return response

    def _finished(self, response: PipelineResponse[HttpRequest, Any], seconds: float) -> Json:
        polling: ARMPolling = _InterruptiblePolling(seconds, self._wait)
        poller: LROPoller[Json] = LROPoller(self._client, response, _json, polling)
        try:
            return poller.result()
        except HttpResponseError as error:
            raise ArmRequestError(_in_words(error, _path(response.http_response))) from None
        except AzureError as error:
            raise ArmRequestError(f"'{_path(response.http_response)}': {error.message or 'no answer'}") from None


class _RetryPolicy(HTTPPolicy[HttpRequest, HttpResponse]):
    """Tries again after no answer, a status that passes, and a 409 that tells of an operation that runs."""

    def __init__(self, patience: Patience, wait: Callable[[float], None]) -> None:
        self._patience = patience
        self._wait = wait

    def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, HttpResponse]:
        throttled_until = time.monotonic() + self._patience.throttled
        retries = 0
        while True:
            told, counts = None, True
            try:
                response = self.next.send(request)
            except AzureError:
                if retries == _RETRIES:
                    raise
            else:
                if not _passes(response.http_response):
                    return response
                told = _retry_after(response.http_response)
                if told is not None and response.http_response.status_code == _THROTTLED:
                    counts = time.monotonic() + told > throttled_until
                if (told or 0) > self._patience.longest_retry or (counts and retries == _RETRIES):
                    return response
            retries += counts
            backoff = min(self._patience.retry * (2**retries - 1), self._patience.longest_retry)
            self._wait(backoff if told is None else told)


class _RegistrationPolicy(HTTPPolicy[HttpRequest, HttpResponse]):
    """Registers a resource provider that a request shows to be missing, and sends the request again."""

    def __init__(self, register: Callable[[str], None]) -> None:
        self._register = register

    def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, HttpResponse]:
        response = self.next.send(request)
        if _code(response.http_response) != "MissingSubscriptionRegistration":
            return response
        providers: list[str] = re.findall(r"/providers/([^/?]+)", request.http_request.url)
        self._register(providers[-1])
        return self.next.send(request)


class _InterruptiblePolling(ARMPolling):
    """ARM's polling, which a cancelled plugin does not sit out."""

    def __init__(self, seconds: float, wait: Callable[[float], None]) -> None:
        super().__init__(timeout=seconds)
        self._wait = wait

    def _sleep(self, delay: float) -> None:
        self._wait(delay)


def _passes(response: HttpResponse) -> bool:
    return response.status_code in _RETRIED_STATUSES or _code(response) == _RETRIED_CODE


def _code(response: HttpResponse) -> str | None:
    """Return Azure's code of a conflict."""
    if response.status_code != 409:
        return None
    response.read()
    error = HttpResponseError(response=response, error_format=ARMErrorFormat).error
    return error.code if isinstance(error, ARMErrorFormat) else None


def _retry_after(response: HttpResponse) -> float | None:
    """Return the seconds that Azure asks to wait; none means as long as without being asked."""
    for header, unit in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1)):
        value = response.headers.get(header, "")
        if value.isdigit() and int(value):
            return int(value) * unit
    return None


def _json(response: PipelineResponse[HttpRequest, Any]) -> Any:
    http_response: HttpResponse = response.http_response
    return http_response.json() if http_response.read() else {}


def _path(response: HttpResponse) -> str:
    return re.sub(r"^https://[^/]*|\?.*$", "", response.request.url)


def _in_words(error: HttpResponseError, path: str) -> str:
    """Return the resource, the status and Azure's own words: its code, message, details and innermost code."""
    status = "" if error.status_code is None else f"Status={error.status_code} "
    if not isinstance(error.error, ARMErrorFormat):
        return f"'{path}': {status}{error.message}".strip()
    words = f"{error.error.message}"
    for detail in error.error.details or []:
        words += f" {detail.code}: {detail.message}"
    inner = [
        code for info in error.error.additional_info or [] if info.type == "InnerError" for code in _codes(info.info)
    ]
    words += f" ({inner[-1]})" if inner else ""
    return f'{status}Code="{error.error.code}" Message="{words}" Resource="{path}"'


def _codes(info: Any) -> list[str]:
    """Return the codes of a nested inner error, the outermost first."""
    node = (info or {}).get("value")
    codes = []
    while node:
        codes.append(node["code"])
        node = node.get("innerError")
    return codes
