"""A sandbox whose operations take no time, and Azure's resource client of it."""

from collections.abc import Iterator

import pytest

from sandbox.arm.world import Latency
from sandbox.home import SandboxHome
from sandbox.process import StartOptions, start, stop
from tests.support.by_id import ById, open_by_id


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    home = SandboxHome(tmp_path_factory.mktemp("sandbox"))
    start(home, StartOptions(port=0, latency=Latency.NONE))
    yield home
    stop(home)


@pytest.fixture(scope="module")
def azure(home: SandboxHome) -> Iterator[ById]:
    with open_by_id(home) as azure:
        yield azure
