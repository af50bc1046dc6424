"""One running sandbox for the tests of a module, and a signed-in client of it."""

from collections.abc import Iterator

import pytest

from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.home import SandboxHome
from tests.support.arm import Arm, sign_in
from tests.support.homes import open_home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    """The home of a running sandbox whose operations take a moment."""
    with open_home(tmp_path_factory.mktemp("sandbox"), Latency.FAST) as home:
        yield home


@pytest.fixture(scope="module")
def arm(home: SandboxHome) -> Iterator[Arm]:
    with sign_in(home) as arm:
        yield arm
