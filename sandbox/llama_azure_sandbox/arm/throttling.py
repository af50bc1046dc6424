"""Azure Resource Manager's own limits of requests: a token bucket for each principal, scope and kind of request.

They hold while the world setting ``throttling`` is ``arm``. Buckets are kept in memory, by the machine's clock: a
restarted sandbox has full ones. Figures, and what a refused client is told, are of source S112.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from llama_azure_core._facts import load_facts
from llama_azure_sandbox.arm.caller import Caller
from llama_azure_sandbox.arm.errors import ArmError

_MOST_BUCKETS = 10_000
_KINDS: Mapping[str, str] = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float
    """When it had these tokens, in seconds of the clock."""


class Throttle:
    """The buckets of one sandbox. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, ...], _Bucket] = {}

    def admit(self, caller: Caller, method: str, path: str) -> dict[str, str]:
        """Take a token for a request; return the header that says how many are left.

        Raises:
            ArmError: 429, there is none; a request that comes before ``Retry-After`` is refused again.
        """
        kind = _KINDS.get(method, "writes")
        parts = [part for part in path.split("/") if part]
        subscription = parts[1] if len(parts) > 1 and parts[0].lower() == "subscriptions" else ""
        scope = "subscription" if subscription else "tenant"
        figures = load_facts("resource_manager")["throttling"][scope][kind]
        size, refill = float(figures["bucket"]), float(figures["refill"])
        with self._lock:
            if len(self._buckets) > _MOST_BUCKETS:
                self._buckets.clear()
            now = self._clock()
            bucket = self._buckets.setdefault((caller.object_id, subscription, kind), _Bucket(size, now))
            bucket.tokens = min(size, bucket.tokens + (now - bucket.filled) * refill)
            bucket.filled = now
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return {f"x-ms-ratelimit-remaining-{scope}-{kind}": str(int(bucket.tokens))}
            wait = max(1, math.ceil((1 - bucket.tokens) / refill))
        what = f"subscription '{subscription}'" if subscription else "tenant"
        raise ArmError(
            429,
            "SubscriptionRequestsThrottled" if subscription else "TenantRequestsThrottled",
            f"Number of '{kind}' requests for {what} actor '{caller.object_id}' exceeded. Please try again after "
            f"'{wait}' seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for "
            "additional information.",
            headers={"Retry-After": str(wait), f"x-ms-ratelimit-remaining-{scope}-{kind}": "0"},
        )
