"""Calling the webhooks of action groups with the common alert schema. The sandbox calls this machine alone."""

import ipaddress
import logging
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from llama_azure_sandbox.arm.store import Json

_log = logging.getLogger(__name__)
_SECONDS = 5.0
_THREADS = 2


class Webhooks:
    """Tells addresses of alerts, one call after the other, while nobody waits."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="webhook")

    def close(self) -> None:
        """Call nobody any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def tell(self, address: str, content: Json) -> None:
        """Call an address in a while; one that is not of this machine is not called."""
        if not is_loopback(address):
            _log.info("a webhook of an action group is not on this machine and is not called")
            return
        self._threads.submit(_call, address, content)


def is_loopback(address: str) -> bool:
    """Whether an address leads to this machine."""
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _call(address: str, content: Json) -> None:
    import httpx  # few sandboxes call anybody

    try:
        # Azure judges certificates; one that this machine made for itself is of no use to judge.
        httpx.post(address, json=content, timeout=_SECONDS, verify=False)  # noqa: S501 - loopback only
    except httpx.HTTPError as error:
        _log.warning("a webhook of an action group cannot be called: %s", type(error).__name__)
