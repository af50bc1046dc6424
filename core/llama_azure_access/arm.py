"""Azure Resource Manager over the Azure SDK's own pipeline: its sign-in, retries and polling."""

from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.policies import HeadersPolicy, RequestIdPolicy, UserAgentPolicy
from azure.core.polling import LROPoller
from azure.core.rest import HttpRequest
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.core.polling.arm_polling import ARMPolling

from llama_azure_access.options import AccessError
from llama_azure_access.retries import PatientRetryPolicy
from llama_azure_access.sign_in import Account

_NOT_FOUND, _BUSY = 404, 409
_POLL_SECONDS = 2.0  # where Azure does not say how long to wait
_THROTTLED_SECONDS = 300.0


class ArmError(AccessError):
    """Azure refused a request, ended an operation as failed, or did not answer."""

    def __init__(self, request: str, reason: str) -> None:
        super().__init__(f"Azure refuses {request}: {reason}")
        self.reason = reason
        """In Azure's own words."""


class NotFoundError(ArmError):
    """There is no such resource."""


class ArmClient:
    """Calls on resources by their ids. Every call waits until Azure is done.

    Like every client of the Azure SDK it tries again what cannot be reached; what is throttled is kept waiting for five
    minutes at most. ``retries_busy`` has it try again, too, what is refused because the resource is at work on
    something else.
    """

    def __init__(self, account: Account, user_agent: str, *, retries_busy: bool = False) -> None:
        self._client: ARMPipelineClient[HttpRequest, Any] = ARMPipelineClient(
            base_url=account.cloud.resource_manager,
            policies=[
                RequestIdPolicy(),
                HeadersPolicy({"Accept": "application/json"}),
                UserAgentPolicy(user_agent),
                PatientRetryPolicy(_THROTTLED_SECONDS, retry_on_status_codes=[_BUSY] if retries_busy else []),
                ARMChallengeAuthenticationPolicy(account.credential, account.cloud.scope),
            ],
        )

    def call(self, method: str, path: str, api_version: str, body: object = None, **query: str) -> Any:
        """Send a request and return the answer, ``None`` if Azure says nothing.

        Raises:
            NotFoundError: there is no such resource.
            ArmError: Azure refused it, or could not be reached.
        """
        parameters = {"api-version": api_version, **query}
        request = HttpRequest(method, self._client.format_url(path), params=parameters, json=body)
        try:
            first = self._client.send_request(request, _return_pipeline_response=True)
            first.http_response.raise_for_status()
            polling: ARMPolling = ARMPolling(timeout=_POLL_SECONDS)
            return LROPoller(self._client, first, _content, polling).result()
        except AzureError as error:
            missing = isinstance(error, HttpResponseError) and error.status_code == _NOT_FOUND
            raise (NotFoundError if missing else ArmError)(f"{method} {path}", error.message) from None


def _content(response: Any) -> Any:
    return response.http_response.json() if response.http_response.read() else None
