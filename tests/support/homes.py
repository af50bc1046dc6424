"""A running sandbox for some tests."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import StartOptions, start, stop


@contextmanager
def open_home(folder: Path, latency: Latency, as_of: dt.date | None = None) -> Iterator[SandboxHome]:
    """Start a sandbox in a folder, on a port that is free, and stop it in the end."""
    home = SandboxHome(folder)
    start(home, StartOptions(port=0, latency=latency, as_of=as_of))
    try:
        yield home
    finally:
        stop(home)
