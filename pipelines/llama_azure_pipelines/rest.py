"""Calls of the REST APIs of GitHub and Azure DevOps: what passes is tried again, what does not is told in a line."""

import time
from collections.abc import Mapping
from typing import Any

import httpx

from llama_azure_pipelines.errors import StepError

_TIMEOUT_SECONDS = 30.0
_PAUSES = (1.0, 3.0, 9.0)
_LONGEST_PAUSE = 60.0
# A POST may have been carried out although the answer says otherwise; these say that it was not.
_NOTHING_WAS_DONE = frozenset({429, 503})
_PASSING = frozenset({429, 500, 502, 503, 504})


_NOTHING_THERE = 404


class _NothingThereError(StepError):
    """The API has nothing at the path, or does not show it to the caller."""


class Rest:
    """A REST API, below one address, with a job's token."""

    def __init__(
        self,
        name: str,
        base_url: str,
        headers: Mapping[str, str],
        *,
        advice: str,
        parameters: Mapping[str, str] | None = None,
        pauses: tuple[float, ...] = _PAUSES,
    ) -> None:
        """Make a client.

        Args:
            name: what it is called in messages.
            base_url: where it is.
            headers: sent with every request.
            advice: what a refusal is told with, such as the permission that is needed.
            parameters: sent with every request.
            pauses: the seconds between one attempt and the next, where the API does not say how long to wait.
        """
        self._name = name
        self._advice = advice
        self._pauses = pauses
        self._client = httpx.Client(
            base_url=base_url, headers=dict(headers), params=dict(parameters or {}), timeout=_TIMEOUT_SECONDS
        )

    def find(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        """Return the JSON that stands at a path, or ``None`` where there is nothing.

        Raises:
            StepError: the API refused it, or could not be reached.
        """
        try:
            return self.call("GET", path, parameters=parameters)
        except _NothingThereError:
            return None

    def call(self, method: str, path: str, body: object = None, parameters: Mapping[str, str] | None = None) -> Any:
        """Send a request and return the JSON of the answer.

        Raises:
            StepError: the API refused it, or could not be reached.
        """
        for pause in (*self._pauses, None):
            try:
                answer = self._client.request(method, path, json=body, params=dict(parameters or {}))
                answer.raise_for_status()
                return answer.json()
            except httpx.HTTPStatusError as error:
                wait = _wait(method, error.response, pause)
                if wait is None:
                    status = error.response.status_code
                    kind = _NothingThereError if status == _NOTHING_THERE else StepError
                    raise kind(f"{self._name} answers {status} to {method} {path}; {self._advice}") from None
            except httpx.HTTPError as error:
                is_safe = method != "POST" or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
                wait = pause if is_safe else None
                if wait is None:
                    raise StepError(f"{self._name} cannot be reached: {type(error).__name__}: {error}") from None
            time.sleep(wait)
        raise AssertionError("the last attempt returns or raises")


def _wait(method: str, answer: httpx.Response, pause: float | None) -> float | None:
    """Return how long to wait before the next attempt; ``None`` where there is no sense in one."""
    given = answer.headers.get("retry-after", "")
    seconds = float(given) if given.isdigit() else pause
    passes = answer.status_code in (_NOTHING_WAS_DONE if method == "POST" else _PASSING)
    # GitHub answers 403, too, to whoever writes too fast.
    if pause is None or seconds is None or seconds > _LONGEST_PAUSE or not (passes or given.isdigit()):
        return None
    return seconds
