"""A sandbox whose operations take no time, and Azure's resource client of it."""

from collections.abc import Iterator

import pytest

from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.home import SandboxHome
from tests.support.by_id import ById, open_by_id
from tests.support.homes import open_home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    with open_home(tmp_path_factory.mktemp("sandbox"), Latency.NONE) as home:
        yield home


@pytest.fixture(scope="module")
def azure(home: SandboxHome) -> Iterator[ById]:
    with open_by_id(home) as azure:
        yield azure
