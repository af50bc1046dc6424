"""Limits on requests and tokens in a sliding window.

A request passes if those of the last minute, itself included, stay within the limits: exact to one request, at any
moment, where a window that starts anew each minute would let twice as many pass around its turn. Windows are kept in
memory: a restarted sandbox forgets what is at most a minute old.
"""

import math
import threading
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """How much passes in a period."""

    requests: int
    tokens: int | None = None
    seconds: float = 60.0
    overshoots: bool = False
    """Whether a request passes as long as the tokens before it stay below the limit, and takes the count above it."""


@dataclass(slots=True)
class Admission:
    """A request that passed: when, and for how many tokens; ``tokens`` is corrected when they are known."""

    time: float
    tokens: int
    gone: bool = False
    """Whether it has left the window."""


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A request that does not pass, and the whole seconds after which it will."""

    retry_after: int
    what: str
    of_tokens: bool = False
    """Whether the limit is one of tokens, and not of requests."""


class RateWindow:
    """What passed in the last period. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._admissions: deque[Admission] = deque()
        self._tokens = 0

    def admit(self, now: float, tokens: int, limit: Limit) -> Admission | Exceeded:
        """Admit a request that may take ``tokens``, unless a limit is exceeded; ``now`` in seconds since the epoch."""
        with self._lock:
            self._forget(now, limit)
            if len(self._admissions) >= limit.requests:
                last = len(self._admissions) - limit.requests
                return Exceeded(self._wait(last, now, limit), f"{limit.requests} requests")
            if limit.tokens is not None:
                holding = self._holding_up(1 if limit.overshoots else tokens, limit.tokens)
                if holding is not None:
                    return Exceeded(self._wait(holding, now, limit), f"{limit.tokens} tokens", of_tokens=True)
            admission = Admission(now, tokens)
            self._admissions.append(admission)
            self._tokens += tokens
            return admission

    def correct(self, admission: Admission, tokens: int) -> None:
        """Replace what a request might have taken by what it took."""
        with self._lock:
            if not admission.gone:
                self._tokens += tokens - admission.tokens
            admission.tokens = tokens

    def left(self, now: float, limit: Limit) -> tuple[int, int]:
        """Return how many requests and tokens the limits leave; tokens may be less than none (source S222)."""
        with self._lock:
            self._forget(now, limit)
            return limit.requests - len(self._admissions), (limit.tokens or 0) - self._tokens

    def _forget(self, now: float, limit: Limit) -> None:
        while self._admissions and self._admissions[0].time + limit.seconds <= now:
            oldest = self._admissions.popleft()
            oldest.gone = True
            self._tokens -= oldest.tokens

    def _holding_up(self, tokens: int, limit: int) -> int | None:
        """Return which admission must leave the window for ``tokens`` to fit; ``None`` if they fit now."""
        excess = self._tokens + tokens - limit
        if excess <= 0:
            return None
        for index, admission in enumerate(self._admissions):
            excess -= admission.tokens
            if excess <= 0:
                return index
        return len(self._admissions) - 1

    def _wait(self, holding: int, now: float, limit: Limit) -> int:
        """Return the whole seconds until an admission leaves the window."""
        if not self._admissions:
            return math.ceil(limit.seconds)
        freed_at = self._admissions[max(holding, 0)].time + limit.seconds
        wait = max(1, math.ceil(freed_at - now))
        return wait if now + wait >= freed_at else wait + 1
