"""Somebody else with the same identity, who reads whatever Azure Resource Manager lets through."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.home import SandboxHome
from tests.support.arm import SUBSCRIPTION, sign_in

_PATH = "/resourceGroups/rg-of-the-second-reader"
_READERS = 4
_PAUSE_SECONDS = 0.01
_LOOK_SECONDS = 2.0


@dataclass
class Throttled:
    """What became of others meanwhile."""

    others: int = 0
    """How many of their requests were throttled."""


@contextmanager
def second_reader(home: SandboxHome) -> Iterator[Throttled]:
    """Read all the time, and more greedily than a client that waits as it is told."""
    ended = threading.Event()
    found = Throttled()

    def read() -> None:
        with sign_in(home) as arm:
            while not ended.wait(_PAUSE_SECONDS):
                arm.call("GET", _PATH)

    def count() -> None:
        # The journal is not endless, and most of it is of the readers.
        since = 0
        while not ended.wait(_LOOK_SECONDS):
            for entry in journal(home, since):
                since = entry["number"]
                found.others += entry["status"] == 429 and entry["path"] != SUBSCRIPTION + _PATH

    threads = [threading.Thread(target=one) for one in (count, *[read] * _READERS)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        ended.set()
        for thread in threads:
            thread.join()
