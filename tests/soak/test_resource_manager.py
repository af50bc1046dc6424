"""Wrong requests and odd templates, for as long as there is time."""

import random
from collections.abc import Iterator

import pytest

from tests.soak.conftest import Tally
from tests.support.arm import Arm
from tests.support.estates import make_endpoint
from tests.support.in_process import open_application
from tests.support.mutations import GROUP, attack, attack_by_template, make_world


@pytest.fixture(scope="module")
def arm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arm]:
    with open_application(tmp_path_factory.mktemp("application")) as arm:
        make_world(arm)
        yield arm


def test_wrong_bodies_to_resource_manager(arm: Arm, soak: Tally) -> None:
    uri = make_endpoint(arm, GROUP, "asked")["uri"]
    soak.run(lambda seed: attack(arm, uri, random.Random(seed)))  # noqa: S311 - repeatable


def test_expressions_of_templates(arm: Arm, soak: Tally) -> None:
    soak.run(lambda seed: attack_by_template(arm, random.Random(seed)))  # noqa: S311 - repeatable
