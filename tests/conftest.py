"""Fixtures that several tiers share."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from llama_azure_sandbox.engine.find import EngineError, find_engine
from llama_azure_sandbox.process import StartOptions
from tests.support.sandboxes import forked_sandboxes
from tests.support.workbench import Workbench, open_workbench

pytest_plugins = ["tests.support.compatibility"]

# How long one example takes says nothing on a machine that does other things at the same time.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# The hundreds of programs, plugins and servers that the tests start need not compile this checkout each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


@pytest.fixture(scope="session", autouse=True)
def _forked_sandboxes() -> Iterator[None]:
    """Have no sandbox import its modules anew."""
    with forked_sandboxes():
        yield


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """A sandbox and a project folder that the tests of one module share."""
    with open_workbench(tmp_path_factory.mktemp("workbench")) as bench:
        yield bench


@pytest.fixture
def own_workbench(tmp_path: Path) -> Iterator[Workbench]:
    """A sandbox and a project folder for one test alone."""
    with open_workbench(tmp_path / "workbench", StartOptions(port=0)) as bench:
        yield bench


_LONGEST = (
    "gitops/test_rollout.py",
    "gitops/test_story.py",
    "gitops/test_writers.py",
    "gateway/test_proxy.py",
    "engine/test_move_between_back_ends.py",
    "engine/test_traffic_goes_on.py",
    "gitops/test_runbook.py",
    "engine/test_components_life.py",
    "engine/test_half_made.py",
    "engine/test_environments.py",
    "engine/test_foundry_life.py",
    "unit/components/test_every_setting.py",
    "browser/test_first_minutes.py",
    "clients/test_command.py",
    "clients/test_data_plane_clients.py",
    "clients/test_foundry.py",
    "engine/test_recovery.py",
    "engine/test_deployers_and_connections.py",
    "engine/test_walkthrough.py",
    "engine/test_lifecycle.py",
    "engine/test_faults.py",
    "live/test_live_tier.py",
    "preflight/test_least_role.py",
    "preflight/test_scale.py",
    "preflight/test_checks.py",
    "preflight/test_hints.py",
    "engine/test_policy_environments.py",
    "engine/test_languages.py",
    "sandbox/test_process.py",
)
"""The files that take a minute and more, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, so that no worker is left with one of them when the others have ended."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_report_header() -> str:
    """Say which Pulumi CLI the tests met."""
    try:
        engine = find_engine()
    except EngineError as error:
        return f"pulumi: {error}"
    return f"pulumi: {engine.version}, {engine.origin} ({engine.folder})"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--crd", help="The operator's own definition of Stack, to hold operator/*.yaml to the whole of it."
    )
    parser.addoption("--seconds", type=float, help="How long the attacks of tests/soak take together; they need it.")
    parser.addoption("--seed", type=int, help="The seed that each attack of tests/soak begins with; else any.")
    parser.addoption("--report", help="Where the table of tests/soak is written.")
    parser.addoption("--small-model", action="store_true", help="Ask the model of `make model`: tests/model needs it.")
    parser.addoption("--judged", type=Path, help="The page to write of what others say of the stacks prod and dev.")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the long attacks to whoever says how long, and what needs an environment of its own to whoever has it."""
    if collection_path.match("tests/model"):
        return None if config.getoption("--small-model") else True
    if collection_path.name == "soak":
        return True if config.getoption("--seconds") is None else None
    return True if collection_path.match("policy/sdk") else None
