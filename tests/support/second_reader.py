"""Somebody else with the same identity, who reads whatever Azure Resource Manager lets through."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.home import SandboxHome
from tests.support.arm import SUBSCRIPTION, sign_in

_PATH = "/resourceGroups/rg-of-the-second-reader"
_PAUSE_SECONDS = 0.01


@contextmanager
def second_reader(home: SandboxHome) -> Iterator[None]:
    """Read all the time, and more greedily than a client that waits as it is told."""
    ended = threading.Event()

    def read() -> None:
        with sign_in(home) as arm:
            while not ended.wait(_PAUSE_SECONDS):
                arm.call("GET", _PATH)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        ended.set()
        reader.join()


def throttled_others(home: SandboxHome) -> int:
    """Return how many requests of others were throttled, of those that the journal still has."""
    return sum(one["status"] == 429 and one["path"] != SUBSCRIPTION + _PATH for one in journal(home))
