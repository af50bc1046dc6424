"""The Azure SDK's retries, for which being throttled costs time and no tries."""

import time
from typing import Any

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import RetryPolicy

_THROTTLED = 429


class PatientRetryPolicy(RetryPolicy[Any, Any]):
    """Comes again after each ``Retry-After`` of a 429, as long as no request waits longer than some seconds in all.

    The SDK's own policy gives up at the fourth refusal. Resource Manager tells everybody that it throttles to come
    back in a second or so, and whoever shares the allowance may have been faster four times. Whatever else passes is
    tried again as often as the SDK does.

    Args:
        throttled_seconds: how long a request may be kept waiting.
        options: the SDK's.
    """

    def __init__(self, throttled_seconds: float, **options: Any) -> None:
        super().__init__(**options)
        self._throttled_seconds = throttled_seconds

    def configure_retries(self, options: dict[str, Any]) -> dict[str, Any]:
        """Note when this request, at the latest, is let go of."""
        return {**super().configure_retries(options), "throttled_until": time.monotonic() + self._throttled_seconds}

    def increment(
        self,
        settings: dict[str, Any],
        response: PipelineRequest[Any] | PipelineResponse[Any, Any] | None = None,
        error: Exception | None = None,
    ) -> bool:
        """Return whether to go on; a wait that is within the bound uses up no count."""
        told = _told_to_wait(response)
        if told is None or time.monotonic() + told > settings["throttled_until"]:
            return super().increment(settings, response, error)
        counts = {name: settings[name] for name in ("total", "status")}
        # None of the counts is used up: each has one to spare for the SDK's own arithmetic.
        settings.update({name: max(count, 1) for name, count in counts.items()})
        goes_on = super().increment(settings, response, error)
        settings.update(counts)
        return goes_on


def _told_to_wait(
    response: PipelineRequest[Any] | PipelineResponse[Any, Any] | None,
) -> float | None:
    """Return the seconds after which Azure, which throttles, lets the request come again."""
    if not isinstance(response, PipelineResponse) or response.http_response.status_code != _THROTTLED:
        return None
    return RetryPolicy().get_retry_after(response)
