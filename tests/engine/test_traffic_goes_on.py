"""Whatever an `up` writes, somebody who calls an endpoint ten times a second is answered, and by whom the file says.

The tests run in order: each begins where the one before left off.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.process import StartOptions
from tests.support.arm import Arm, sign_in
from tests.support.caller import SCORE, Caller
from tests.support.estates import put_and_wait
from tests.support.workbench import Workbench, open_workbench

STACK = "sandbox"
ENDPOINT = "traffic-goes-on"
PROJECT = "/resourceGroups/rg-llama-sandbox/providers/Microsoft.MachineLearningServices/workspaces/assistants"
PATH = f"{PROJECT}/onlineEndpoints/{ENDPOINT}"


def describe(bench: Workbench, owner: str = "platform", *, green: int = 10, **endpoint: Any) -> None:
    """Write the stack's file."""
    deployment = {"model": "Llama-2-7b-chat", "vmSize": "Standard_NC24s_v3"}
    deployments = {"blue": {**deployment, "traffic": 100 - green}, "green": {**deployment, "traffic": green}}
    chat = {"name": ENDPOINT, "deployments": deployments, **endpoint}
    projects = {"assistants": {"managed": {"chat": chat}}}
    bench.configure(STACK, **{"llama-azure:projects": projects, "llama-azure:tags": {"owner": owner}})


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("traffic") / "bench", StartOptions(port=0)) as bench:
        describe(bench)
        bench.pulumi("stack", "select", STACK, "--create")
        bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
        yield bench


@pytest.fixture(scope="module")
def arm(bench: Workbench) -> Iterator[Arm]:
    with sign_in(bench.home) as arm:
        yield arm


@pytest.fixture
def caller(bench: Workbench) -> Iterator[Caller]:
    """Somebody who calls while a test runs, and whom nobody has refused in the end."""
    outputs = bench.outputs(STACK)
    uri, key = outputs["endpoints"][ENDPOINT]["uri"], outputs["endpointKeys"][ENDPOINT]
    with Caller(bench.home, uri, lambda: key, SCORE) as caller:
        yield caller
    assert caller.refused == []
    assert caller.answered


def changes(bench: Workbench, *options: str) -> dict[str, int]:
    counts = bench.changes("up", *options, "--stack", STACK)
    return {operation: count for operation, count in counts.items() if operation != "same"}


def traffic(arm: Arm) -> dict[str, int]:
    found: dict[str, int] = arm.call("GET", PATH).json()["properties"]["traffic"]
    return found


def test_what_nobody_changed_is_not_written(bench: Workbench, caller: Caller) -> None:
    assert changes(bench) == {}
    assert changes(bench, "--refresh") == {}
    assert changes(bench, "--refresh") == {}
    drift = bench.pulumi("preview", "--refresh", "--expect-no-changes", "--stack", STACK, check=False)
    assert drift.returncode == 0, drift.stdout


def test_another_tag_and_another_network_access_move_no_request(bench: Workbench, arm: Arm, caller: Caller) -> None:
    describe(bench, "somebody-else", publicNetworkAccess=False)
    assert changes(bench).keys() == {"update"}
    shown = arm.call("GET", PATH).json()
    assert (shown["tags"]["owner"], shown["properties"]["publicNetworkAccess"]) == ("somebody-else", "Disabled")
    assert traffic(arm) == {"blue": 90, "green": 10}
    assert changes(bench) == {}


def test_traffic_of_yesterday_in_the_state_does_not_come_back(bench: Workbench, arm: Arm, caller: Caller) -> None:
    describe(bench, "somebody-else", green=100, publicNetworkAccess=False)
    assert changes(bench) == {"update": 1}
    before = caller.answered["blue"]
    describe(bench, "platform", green=100, publicNetworkAccess=False)
    assert changes(bench).keys() == {"update"}
    assert traffic(arm) == {"green": 100}
    # One request may have been under way when the traffic moved.
    assert caller.answered["blue"] <= before + 1


def test_drift_is_repaired_under_the_callers(bench: Workbench, arm: Arm, caller: Caller) -> None:
    body = arm.call("GET", PATH).json()
    properties = {**body["properties"], "traffic": {"blue": 100}}
    put_and_wait(arm, PATH, {**body, "tags": {**body["tags"], "owner": "nobody"}, "properties": properties})
    assert changes(bench, "--refresh").get("update") == 2
    assert arm.call("GET", PATH).json()["tags"]["owner"] == "platform"
    assert traffic(arm) == {"green": 100}
    assert changes(bench, "--refresh") == {}
