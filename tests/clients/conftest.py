"""A sandbox for the clients of one module, found by them through the environment alone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from llama_azure_sandbox.environment import client_environment
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import StartOptions, start, stop


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    home = SandboxHome(tmp_path_factory.mktemp("sandbox"))
    start(home, StartOptions(port=0))
    yield home
    stop(home)


@pytest.fixture(scope="module")
def signed_in(home: SandboxHome) -> Iterator[dict[str, str]]:
    """What `sandbox env` prints, set in this very process."""
    record, _ = start(home, StartOptions())
    environment = client_environment(home, record, Path("/nonexistent"), os.environ)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield environment
