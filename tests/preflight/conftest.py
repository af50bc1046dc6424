"""A sandbox that the preflight tests of one worker share; each test finds its world as it is at the start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.arm.world_settings import WorldSettings
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import SandboxHome
from tests.preflight.bench import Bench
from tests.support.arm import Arm, sign_in
from tests.support.homes import open_home


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    with open_home(tmp_path_factory.mktemp("sandbox"), Latency.NONE) as home:
        yield home


@pytest.fixture(scope="session")
def arm(home: SandboxHome) -> Iterator[Arm]:
    with sign_in(home) as arm:
        yield arm


@pytest.fixture
def bench(home: SandboxHome, arm: Arm, tmp_path: Path) -> Iterator[Bench]:
    yield Bench(home, arm, tmp_path)
    change_world(home, **WorldSettings().model_dump(by_alias=True, mode="json"))
