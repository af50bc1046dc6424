"""A sandbox to measure in, and the environment of commands against it."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.engine.find import find_engine
from llama_azure_sandbox.engine_home import install_plugin
from llama_azure_sandbox.environment import client_environment
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import StartOptions, start, stop
from llama_azure_sandbox.records import ServerRecord


@dataclass(frozen=True, slots=True)
class MeasuredSandbox:
    """A running sandbox, with a folder beside it."""

    folder: Path
    home: SandboxHome
    record: ServerRecord
    environment: Mapping[str, str]


@contextmanager
def open_sandbox(latency: Latency | None = None, **world: Any) -> Iterator[MeasuredSandbox]:
    """Start a sandbox in a folder of its own, and stop it in the end."""
    with tempfile.TemporaryDirectory() as folder:
        home = SandboxHome(Path(folder, "sandbox"))
        record, _ = start(home, StartOptions(port=0, latency=latency))
        try:
            install_plugin(home)
            if world:
                change_world(home, **world)
            environment = os.environ | client_environment(home, record, find_engine().folder, os.environ)
            yield MeasuredSandbox(Path(folder), home, record, environment)
        finally:
            stop(home)
