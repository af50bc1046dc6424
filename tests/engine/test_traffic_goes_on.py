"""Whatever an `up` writes, somebody who calls an endpoint ten times a second is answered, and by whom the file says.

The tests run in order: each begins where the one before left off.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from llama_azure_sandbox.client.faults import add_fault, clear_faults
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.process import StartOptions
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.caller import SCORE, Caller
from tests.support.estates import put_and_wait
from tests.support.workbench import Workbench, open_workbench

STACK = "sandbox"
ENDPOINT = "traffic-goes-on"
PROJECT = "/resourceGroups/rg-llama-sandbox/providers/Microsoft.MachineLearningServices/workspaces/assistants"
PATH = f"{PROJECT}/onlineEndpoints/{ENDPOINT}"
HUB = "hub-llama-sandbox"
IDENTITY = "/resourceGroups/rg-llama-sandbox/providers/Microsoft.ManagedIdentity/userAssignedIdentities/another"
LATER: dict[str, Any] = {"publicNetworkAccess": False, "description": "what people read"}
"""What the endpoint has from the middle on."""


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
        bench.judged = False
        stand_inside(bench)
        yield bench


def stand_inside(bench: Workbench) -> None:
    """Have a private endpoint lead to the hub and every caller stand inside, so that closing it shuts nobody out."""
    group = "/resourceGroups/rg-network"
    network = f"{group}/providers/Microsoft.Network/virtualNetworks/vnet"
    subnets = [{"name": "endpoints", "properties": {"addressPrefix": "10.20.0.0/24"}}]
    hub = PROJECT.replace("/assistants", f"/{HUB}")
    to_hub = {"privateLinkServiceId": f"{SUBSCRIPTION}{hub}", "groupIds": ["amlworkspace"]}
    endpoint = {
        "subnet": {"id": f"{SUBSCRIPTION}{network}/subnets/endpoints"},
        "privateLinkServiceConnections": [{"name": "hub", "properties": to_hub}],
    }
    with sign_in(bench.home) as arm:
        put_and_wait(arm, group, {"location": "eastus2"})
        space = {"addressSpace": {"addressPrefixes": ["10.20.0.0/24"]}, "subnets": subnets}
        put_and_wait(arm, network, {"location": "eastus2", "properties": space})
        path = f"{group}/providers/Microsoft.Network/privateEndpoints/hub"
        put_and_wait(arm, path, {"location": "eastus2", "properties": endpoint})
    change_world(bench.home, callerNetwork="private", privateDnsByPolicy=True)


@pytest.fixture(scope="module")
def arm(bench: Workbench) -> Iterator[Arm]:
    with sign_in(bench.home) as arm:
        yield arm


@pytest.fixture
def caller(bench: Workbench, arm: Arm) -> Iterator[Caller]:
    """Somebody who calls while a test runs, and whom nobody has refused in the end."""
    uri = arm.call("GET", PATH).json()["properties"]["scoringUri"]
    key = arm.call("POST", f"{PATH}/listKeys").json()["primaryKey"]
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
    # The drift step is the first to read what Azure has made of it.
    drift = bench.pulumi("preview", "--refresh", "--expect-no-changes", "--stack", STACK, check=False)
    assert drift.returncode == 0, drift.stdout
    assert changes(bench, "--refresh") == {}


def test_a_state_of_the_version_before_is_taken_over_as_it_is(bench: Workbench, caller: Caller) -> None:
    exported = json.loads(bench.pulumi("stack", "export", "--stack", STACK).stdout)
    for one in exported["deployment"]["resources"]:
        if one["type"].endswith(":OnlineEndpoint") and one.get("id"):
            # It replaced the endpoint by a trigger of the engine's, and knew of no traffic.
            one["replacementTrigger"] = "own quota"
            for properties in (one["inputs"]["properties"], one["outputs"]["properties"]):
                properties.pop("traffic", None)
                properties.pop("mirrorTraffic", None)
    path = bench.folder / "before.json"
    path.write_text(json.dumps(exported), encoding="utf-8")
    bench.pulumi("stack", "import", "--stack", STACK, "--file", str(path))
    assert changes(bench) == {}
    assert changes(bench, "--refresh") == {}


def test_another_tag_and_another_network_access_move_no_request(bench: Workbench, arm: Arm, caller: Caller) -> None:
    describe(bench, "somebody-else", publicNetworkAccess=False)
    assert changes(bench).keys() == {"update"}
    shown = arm.call("GET", PATH).json()
    assert (shown["tags"]["owner"], shown["properties"]["publicNetworkAccess"]) == ("somebody-else", "Disabled")
    assert traffic(arm) == {"blue": 90, "green": 10}


def test_traffic_of_yesterday_in_the_state_does_not_come_back(bench: Workbench, arm: Arm, caller: Caller) -> None:
    describe(bench, "somebody-else", green=100, publicNetworkAccess=False)
    assert changes(bench) == {"update": 1}
    before = caller.answered["blue"]
    describe(bench, "platform", green=100, **LATER)
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


def test_what_azure_fails_at_is_one_sentence_and_the_next_up_goes_on(bench: Workbench, arm: Arm) -> None:
    describe(bench, green=50, **LATER)
    add_fault(bench.home, "operation-failed", type="onlineEndpoints", operation="write", count=1)
    failed = bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview", check=False)
    said = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert "Azure refuses the traffic of" in said
    assert "Traceback" not in said
    clear_faults(bench.home)
    assert changes(bench).get("update", 0) >= 1
    assert traffic(arm) == {"blue": 50, "green": 50}


def test_connections_that_break_once_in_five_do_not_end_an_up(bench: Workbench, arm: Arm, caller: Caller) -> None:
    add_fault(bench.home, "reset", plane="arm", probability=0.2, seed=7)
    describe(bench, "third", green=20, **LATER)
    ended = bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview", check=False)
    clear_faults(bench.home)
    assert "Traceback" not in ended.stdout + ended.stderr
    changes(bench)
    assert traffic(arm) == {"blue": 80, "green": 20}


def test_a_preview_says_that_another_vm_size_refuses_callers(bench: Workbench) -> None:
    larger = {"model": "Llama-2-7b-chat", "vmSize": "Standard_NC48ads_A100_v4"}
    described = {"blue": {**larger, "traffic": 80}, "green": {**larger, "vmSize": "Standard_NC24s_v3", "traffic": 20}}
    chat = {"name": ENDPOINT, "deployments": described, **LATER, "authMode": "AADToken"}
    bench.configure(STACK, **{"llama-azure:projects": {"assistants": {"managed": {"chat": chat}}}})
    said = bench.pulumi("preview", "--stack", STACK).stdout
    assert "the deployment blue has 80 % of the requests of traffic-goes-on and is deleted and made anew" in said
    assert "the deployment green" not in said
    assert "the callers of the endpoint traffic-goes-on sign in by Key and are refused once it takes AADToken" in said


def test_another_identity_is_said_before_and_refused_and_nobody_notices(
    bench: Workbench, arm: Arm, caller: Caller
) -> None:
    put_and_wait(arm, IDENTITY, {"location": "eastus2"})
    describe(bench, "third", green=20, **LATER, identity=f"{SUBSCRIPTION}{IDENTITY}")
    ended = bench.pulumi("up", "--stack", STACK, "--yes", check=False)
    said = ended.stdout + ended.stderr
    assert ended.returncode != 0
    assert "keeps its identity for life (SystemAssigned): Azure refuses another one" in said
    assert "The identity of the endpoint traffic-goes-on cannot be changed" in said
    assert "Traceback" not in said
    assert traffic(arm) == {"blue": 80, "green": 20}


def test_a_roll_back_moves_the_requests_and_loses_none(bench: Workbench, arm: Arm, caller: Caller) -> None:
    describe(bench, "platform", green=0, **LATER)
    assert changes(bench).keys() == {"update"}
    assert traffic(arm) == {"blue": 100}


def test_after_a_destroy_the_same_file_serves_as_before(
    bench: Workbench, arm: Arm, request: pytest.FixtureRequest
) -> None:
    bench.pulumi("destroy", "--stack", STACK, "--yes", "--skip-preview")
    describe(bench, "platform", **LATER)
    assert changes(bench).keys() == {"create"}
    assert traffic(arm) == {"blue": 90, "green": 10}
    request.getfixturevalue("caller")
    assert changes(bench) == {}
