"""What the clients do when Azure Resource Manager throttles, by a clock that a test turns."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import pytest
from azure.core.pipeline import Pipeline
from azure.core.pipeline.policies import HTTPPolicy
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest
from azure.core.rest._http_response_impl import HttpResponseImpl
from azure.core.utils import CaseInsensitiveDict

from llama_azure_access import PatientRetryPolicy
from llama_azure_sandbox.provider import arm_client
from llama_azure_sandbox.provider.arm_client import OFFICIAL, SHORT, Patience

MOST_SECONDS = 300.0
_URL = "https://management.azure.com/subscriptions/s/resourceGroups/rg"
_TRIES_WITHOUT_PATIENCE = 4


class Azure(HttpTransport[HttpRequest, Any]):
    """Answers with a status and headers as often as it is told, and then with 200; sleeping turns its clock."""

    def __init__(self, status: int, headers: dict[str, str], times: int) -> None:
        self.now = 1000.0
        self.tries = 0
        self._refusal = (status, headers)
        self._times = times

    def open(self) -> None: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None: ...

    def sleep(self, duration: float) -> None:
        self.now += duration

    def send(self, request: HttpRequest, **_options: Any) -> Any:
        self.tries += 1
        status, headers = self._refusal if self.tries <= self._times else (200, {})
        return HttpResponseImpl(
            request=request,
            internal_response=None,
            status_code=status,
            headers=CaseInsensitiveDict(headers),
            reason="",
            content_type="application/json",
            stream_download_generator=None,
        )


Policy = Callable[[Azure], HTTPPolicy[HttpRequest, Any]]


def accesses(_azure: Azure) -> HTTPPolicy[HttpRequest, Any]:
    return PatientRetryPolicy(MOST_SECONDS, retry_backoff_factor=0)


def stand_in(patience: Patience) -> Policy:
    return lambda azure: arm_client._RetryPolicy(patience, azure.sleep)


def status(azure: Azure, policy: Policy, monkeypatch: pytest.MonkeyPatch) -> int:
    """Send one request; return the status that its sender sees."""
    monkeypatch.setattr(time, "monotonic", lambda: azure.now)
    sent = Pipeline(azure, [policy(azure)]).run(HttpRequest("PUT", _URL, json={}))
    code: int = sent.http_response.status_code
    return code


PATIENT = pytest.mark.parametrize("policy", [accesses, stand_in(SHORT)], ids=["access", "sandbox env"])
IMPATIENT = pytest.mark.parametrize("policy", [stand_in(OFFICIAL)], ids=["official"])
ALL = pytest.mark.parametrize("policy", [accesses, stand_in(SHORT), stand_in(OFFICIAL)])


@PATIENT
def test_who_is_throttled_waits_as_told_until_let_through(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    azure = Azure(429, {"Retry-After": "2"}, times=50)
    assert status(azure, policy, monkeypatch) == 200
    assert (azure.tries, azure.now) == (51, 1100.0)


@PATIENT
def test_nobody_waits_longer_than_the_bound_in_all(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    azure = Azure(429, {"Retry-After": "100"}, times=50)
    assert status(azure, policy, monkeypatch) == 429
    # Three waits are within the bound; then tries are used up as ever.
    assert azure.now - 1000 <= MOST_SECONDS + (_TRIES_WITHOUT_PATIENCE - 1) * 100
    assert azure.tries <= 3 + _TRIES_WITHOUT_PATIENCE


@IMPATIENT
def test_the_official_plugin_gives_up_at_the_fourth_refusal(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    azure = Azure(429, {"Retry-After": "2"}, times=50)
    assert status(azure, policy, monkeypatch) == 429
    assert (azure.tries, azure.now) == (_TRIES_WITHOUT_PATIENCE, 1006.0)


@pytest.mark.parametrize("policy", [stand_in(SHORT), stand_in(OFFICIAL)])
def test_a_retry_after_of_nothing_is_waited_for_as_if_none_were_given(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    azure = Azure(429, {"Retry-After": "0"}, times=3)
    assert status(azure, policy, monkeypatch) == 200
    assert azure.now >= 1000 + (1 + 3 + 7) * SHORT.retry


@ALL
@pytest.mark.parametrize(("code", "headers"), [(503, {"Retry-After": "2"}), (500, {}), (429, {})])
def test_what_else_passes_is_tried_four_times(
    policy: Policy, code: int, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    azure = Azure(code, headers, times=50)
    assert status(azure, policy, monkeypatch) == code
    assert azure.tries == _TRIES_WITHOUT_PATIENCE
