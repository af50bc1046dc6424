"""HTTP that only reads, and counts what it does."""

import threading
import time
from typing import Any
from urllib.parse import urlsplit

from azure.core.pipeline.transport import RequestsTransport

# The POSTs that change nothing: they ask whether a name is free, and what policies would say.
_READING_POSTS = ("/checknameavailability", "/checkdomainavailability", "/evaluatedeploymentpolicies")


class WriteRefusedError(Exception):
    """A library tried to write to Azure; preflight never does."""


class ReadingTransport(RequestsTransport):  # type: ignore[misc]
    """The SDK's own transport, for reads alone, with one pool of connections for all clients."""

    def __init__(self, connections: int, *, connect_seconds: float, read_seconds: float) -> None:
        super().__init__(connection_timeout=connect_seconds, read_timeout=read_seconds)
        self.open()
        self.session.get_adapter("https://").init_poolmanager(connections, connections, block=True)
        self._lock = threading.Lock()
        self.calls = 0
        """How many requests were sent, repeated ones included."""

    def send(self, request: Any, **options: Any) -> Any:
        """Send a request that reads.

        Raises:
            WriteRefusedError: it is another one.
        """
        if request.method not in {"GET", "HEAD"} and not _only_asks(request):
            raise WriteRefusedError(f"{request.method} {urlsplit(request.url).path} would change Azure")
        with self._lock:
            self.calls += 1
        return super().send(request, **options)


def _only_asks(request: Any) -> bool:
    path = urlsplit(request.url).path.casefold()
    return bool(request.method == "POST" and path.endswith(_READING_POSTS))


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """The time passed."""
        return time.monotonic() - self._start
