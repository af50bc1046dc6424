"""One running sandbox for the tests of a module, and a signed-in client of it."""

from collections.abc import Iterator

import pytest

from sandbox.arm.world import Latency
from sandbox.home import SandboxHome
from sandbox.process import StartOptions, start, stop
from tests.support.arm import Arm, sign_in


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    """The home of a running sandbox whose operations take a moment."""
    home = SandboxHome(tmp_path_factory.mktemp("sandbox"))
    start(home, StartOptions(port=0, latency=Latency.FAST))
    yield home
    stop(home)


@pytest.fixture(scope="module")
def arm(home: SandboxHome) -> Iterator[Arm]:
    with sign_in(home) as arm:
        yield arm
