"""A forge that the steps speak with."""

from collections.abc import Iterator

import pytest

from tests.support.forge import Forge, open_forge


@pytest.fixture
def forge() -> Iterator[Forge]:
    with open_forge() as forge:
        yield forge
