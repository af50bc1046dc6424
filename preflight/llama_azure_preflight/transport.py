"""HTTP that only reads, and counts what it does."""

import ssl
import threading
import time
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter

# The POSTs that change nothing: they ask whether a name is free, and what policies would say.
_READING_POSTS = ("/checknameavailability", "/checkdomainavailability", "/evaluatedeploymentpolicies")


class WriteRefusedError(Exception):
    """A library tried to write to Azure; preflight never does."""


class _TrustingOnce(HTTPAdapter):
    """Reads the authorities that are trusted once, and not anew for each of the many connections."""

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        authorities = pool.pop("ca_certs", DEFAULT_CA_BUNDLE_PATH if verify is True else None)
        if authorities is not None:
            pool["ssl_context"] = _trusting(authorities)
        return host, pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
        if "ssl_context" in conn.conn_kw:
            conn.ca_certs = None  # which it would read again


@cache
def _trusting(authorities: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authorities)


class ReadingTransport(RequestsTransport):  # type: ignore[misc]
    """The SDK's own transport, for reads alone, with one pool of connections for all clients."""

    def __init__(self, connections: int, *, connect_seconds: float, read_seconds: float) -> None:
        super().__init__(connection_timeout=connect_seconds, read_timeout=read_seconds)
        self.open()
        retries = self.session.get_adapter("https://").max_retries
        adapter = _TrustingOnce(connections, connections, max_retries=retries, pool_block=True)
        self.session.mount("https://", adapter)
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
