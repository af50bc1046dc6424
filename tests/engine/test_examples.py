"""The examples of the reference pages, one program, deployed by the real engine in a sandbox of their day."""

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from llama_azure.package import COMPONENTS
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_azure_sandbox.process import StartOptions
from tests.support.arm import sign_in
from tests.support.estates import workspace
from tests.support.workbench import Workbench, open_workbench

TODAY = dt.date(2026, 11, 25)
EXAMPLES = ("--cwd", "examples/components")
STACK = "dev"
GROUP = "rg-llama-examples"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("examples"), StartOptions(port=0, as_of=TODAY)) as bench:
        shutil.copytree(PROJECT_ROOT / EXAMPLES[1], bench.project / EXAMPLES[1])
        bench.pulumi(*EXAMPLES, "stack", "init", STACK)
        for name, value in (("deployer", "7c1f0d52-9a3e-4b6c-8d21-5e0f4a7b9c36"), ("llama-azure:asOf", str(TODAY))):
            bench.pulumi(*EXAMPLES, "config", "set", "--plaintext", "--stack", STACK, name, value)
        yield bench


def state(bench: Workbench) -> list[dict[str, Any]]:
    exported = bench.pulumi(*EXAMPLES, "stack", "export", "--stack", STACK).stdout
    resources: list[dict[str, Any]] = json.loads(exported)["deployment"]["resources"]
    return resources


def test_the_examples_make_every_component(bench: Workbench) -> None:
    assert bench.changes(*EXAMPLES, "up", "--stack", STACK).keys() == {"create"}
    bench.judged = False
    made = {one["type"] for one in state(bench)}
    assert {f"llama-azure:index:{component.__name__}" for component in COMPONENTS} <= made


def test_the_endpoints_of_the_examples_answer_for_their_deployments(bench: Workbench) -> None:
    with sign_in(bench.home) as arm:
        (endpoint,) = arm.call("GET", f"{workspace(GROUP, 'assistants')}/onlineEndpoints").json()["value"]
    assert endpoint["properties"]["traffic"] == {"blue": 90, "green": 10}


def test_a_second_up_changes_nothing(bench: Workbench) -> None:
    assert bench.changes(*EXAMPLES, "up", "--stack", STACK).keys() == {"same"}


def test_destroy_leaves_nothing(bench: Workbench) -> None:
    assert bench.changes(*EXAMPLES, "destroy", "--stack", STACK).keys() == {"delete"}
    with sign_in(bench.home) as arm:
        assert arm.resources() == []
