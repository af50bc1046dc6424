"""Sandboxes of the tests, whose servers are forked from a process that has their modules."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from llama_azure_sandbox import process
from llama_azure_sandbox.home import SandboxHome
from tests.support import fork_server


@contextmanager
def forked_sandboxes() -> Iterator[None]:
    """Fork the servers that this process starts; what the `sandbox` command starts begins as always."""
    with pytest.MonkeyPatch.context() as patch:
        if fork_server.IS_POSSIBLE:
            patch.setattr(process, "_spawn_server", _fork)
            patch.setattr(process, "_has_ended", lambda pid: not psutil.pid_exists(pid))
        yield


def _fork(home: SandboxHome, arguments: list[str]) -> int:
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(home.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return fork_server.spawn(["-m", "llama_azure_sandbox.server", *arguments], (nothing, log, log))
    finally:
        os.close(nothing)
        os.close(log)
