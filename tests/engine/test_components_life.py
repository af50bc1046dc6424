"""The life of a hub and of an online endpoint with its deployments and traffic, by the real engine.

The tests run in order: each begins where the one before left off.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID
from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.process import StartOptions
from tests.support.arm import Arm, sign_in
from tests.support.estates import put_and_wait, workspace
from tests.support.programs import configure_program, place_program
from tests.support.workbench import Workbench, open_workbench

PROGRAM, GROUP = "components_life", "rg-life"
ENDPOINT = f"{workspace(GROUP, 'project-life')}/onlineEndpoints/chat-life"
ENDPOINT_ID = f"/subscriptions/{SUBSCRIPTION_ID}{ENDPOINT}"
LARGER = {"vm_size": "Standard_NC96ads_A100_v4"}
HUB: dict[str, Any] = {
    "storage_account_name": "stlife",
    "key_vault_name": "kv-life",
    "log_analytics_workspace_name": "log-life",
    "application_insights_name": "appi-life",
    "container_registry_name": "crlife",
    "public_network_access": False,
    "diagnostics": True,
    "managed_network": {
        "isolation_mode": "AllowOnlyApprovedOutbound",
        "outbound_rules": {"packages": {"fqdn": "packages.example.com"}, "models": {"fqdn": "huggingface.co"}},
    },
}
FIRST: dict[str, Any] = {
    "hub": HUB,
    "endpoint": {"endpoint_name": "chat-life"},
    "deployments": {"blue": {"autoscale": {"minimum": 1, "maximum": 2}}},
    "traffic": {"blue": 100},
}
BOTH: dict[str, Any] = {
    **FIRST,
    "deployments": {**FIRST["deployments"], "green": {"collect_data": True}},
    "traffic": {"blue": 90, "green": 10},
}
TAGGED: dict[str, Any] = {**BOTH, "endpoint": {**BOTH["endpoint"], "tags": {"team": "llama"}}}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("life"), StartOptions(port=0)) as bench:
        place_program(bench, PROGRAM)
        with sign_in(bench.home) as arm:
            put_and_wait(arm, f"/resourcegroups/{GROUP}", {"location": "eastus2"})
        yield bench


@pytest.fixture(scope="module")
def arm(bench: Workbench) -> Iterator[Arm]:
    with sign_in(bench.home) as arm:
        yield arm


def run(bench: Workbench, command: str, plan: dict[str, Any], stack: str = "life") -> dict[str, int]:
    """Run up, refresh or destroy and return what changed, by operation; what stayed the same is left out."""
    bench.select(stack, "--cwd", PROGRAM)
    configure_program(bench, PROGRAM, stack, {"plan": plan, "llama-azure:asOf": "2024-07-01"})
    counts = bench.changes("--cwd", PROGRAM, command, "--stack", stack)
    return {operation: count for operation, count in counts.items() if operation != "same"}


def outputs(bench: Workbench, stack: str = "life") -> dict[str, Any]:
    return bench.outputs(stack, "--cwd", PROGRAM)


def shown(arm: Arm) -> dict[str, Any]:
    properties: dict[str, Any] = arm.call("GET", ENDPOINT).json()["properties"]
    return properties


def deleted(bench: Workbench, since: int) -> list[str]:
    """Return the names of what was deleted after an entry of the journal, in order."""
    return [one["path"].rsplit("/", 1)[-1] for one in journal(bench.home, since) if one["method"] == "DELETE"]


def last_entry(bench: Workbench) -> int:
    number: int = journal(bench.home)[-1]["number"]
    return number


def test_up_makes_the_hub_its_ways_out_one_by_one_and_the_traffic_last(bench: Workbench, arm: Arm) -> None:
    assert run(bench, "up", FIRST) == {"create": 20}
    bench.judged = False
    written = [one["path"] for one in journal(bench.home) if one["method"] == "PUT" and one["status"] < 300]
    names = [path.rsplit("/", 1)[-1] for path in written]
    order = ["hub-life", "models", "packages"]  # configuration comes in order of the alphabet
    assert [name for name in names if name in order] == order
    # The endpoint is written twice: without traffic, and with it once there is a deployment.
    assert [name for name in names if name in {"chat-life", "blue"}] == ["chat-life", "blue", "chat-life"]
    assert shown(arm)["traffic"] == {"blue": 100}
    assert len(outputs(bench)["key"]) == 32


def test_an_up_after_a_refresh_changes_nothing(bench: Workbench, arm: Arm) -> None:
    # A refresh tells of the traffic that the endpoint got after it was made, and of what the hub got; no update takes
    # it for a change.
    assert run(bench, "refresh", FIRST) == {"update": 2}
    assert run(bench, "refresh", FIRST) == {}
    assert run(bench, "up", FIRST) == {}
    assert shown(arm)["traffic"] == {"blue": 100}


def test_a_second_deployment_gets_its_share_once_it_is_there(bench: Workbench, arm: Arm) -> None:
    assert run(bench, "up", BOTH) == {"create": 2, "update": 1}
    assert shown(arm)["traffic"] == {"blue": 90, "green": 10}


def test_writing_the_endpoint_anew_keeps_its_traffic(bench: Workbench, arm: Arm) -> None:
    assert run(bench, "up", TAGGED) == {"update": 2}
    assert arm.call("GET", ENDPOINT).json()["tags"]["team"] == "llama"
    assert shown(arm)["traffic"] == {"blue": 90, "green": 10}


def test_traffic_that_somebody_moved_is_found_and_moved_back(bench: Workbench, arm: Arm) -> None:
    body = arm.call("GET", ENDPOINT).json()
    put_and_wait(arm, ENDPOINT, {**body, "properties": {**body["properties"], "traffic": {"blue": 100}}})
    # Of the endpoint, which shows it, and of the traffic itself.
    assert run(bench, "refresh", TAGGED) == {"update": 2}
    assert run(bench, "up", TAGGED) == {"update": 1}
    assert shown(arm)["traffic"] == {"blue": 90, "green": 10}


def test_requests_are_mirrored_and_a_rollback_is_two_numbers(bench: Workbench, arm: Arm) -> None:
    assert run(bench, "up", {**TAGGED, "traffic": {"blue": 100}, "mirror": {"green": 20}}) == {"update": 1}
    assert (shown(arm)["traffic"], shown(arm)["mirrorTraffic"]) == ({"blue": 100}, {"green": 20})


def test_another_vm_size_replaces_a_deployment_without_traffic_on_it(bench: Workbench, arm: Arm) -> None:
    since = last_entry(bench)
    replaced = {**TAGGED, "deployments": {**TAGGED["deployments"], "green": {"collect_data": True, **LARGER}}}
    assert run(bench, "up", replaced) == {"replace": 2}
    steps = [(one["method"], one["path"].rsplit("/", 1)[-1]) for one in journal(bench.home, since)]
    writes = [step for step in steps if step[0] in {"PUT", "DELETE"}]
    assert writes == [("PUT", "chat-life"), ("DELETE", "green"), ("PUT", "green"), ("PUT", "chat-life")]
    assert shown(arm)["traffic"] == {"blue": 90, "green": 10}


def test_an_endpoint_that_is_there_is_adopted_and_left_as_it_was(bench: Workbench, arm: Arm) -> None:
    adopted: dict[str, Any] = {
        "endpoint": {"endpoint_id": ENDPOINT_ID},
        "deployments": {"red": {}},
        "traffic": {"blue": 80, "green": 10, "red": 10},
    }
    assert run(bench, "up", adopted, "guest") == {"create": 6}
    assert shown(arm)["traffic"] == {"blue": 80, "green": 10, "red": 10}
    assert outputs(bench, "guest")["key"] == outputs(bench)["key"]
    assert run(bench, "destroy", adopted, "guest") == {"delete": 6, "discard": 1}
    assert shown(arm)["traffic"] == {"blue": 90, "green": 10}
    assert not arm.call("GET", f"{ENDPOINT}/deployments/red").is_success


def test_shared_quota_is_another_endpoint_whose_end_never_moves(bench: Workbench, arm: Arm) -> None:
    shared = {**FIRST, "endpoint": {**TAGGED["endpoint"], "shared_quota": True}}
    since = last_entry(bench)
    run(bench, "up", shared)
    assert [name for name in deleted(bench, since) if name in {"blue", "chat-life"}] == ["blue", "chat-life"]
    end = outputs(bench)["deletionTime"]
    assert end.endswith(" GMT")
    assert shown(arm)["properties"] == {"SharedComputeCapacityEnabled": "true", "TargetAutoDeletionTime": end}
    assert run(bench, "up", shared) == {}
    assert outputs(bench)["deletionTime"] == end


def test_a_protected_hub_is_not_deleted(bench: Workbench, arm: Arm) -> None:
    protected = {**FIRST, "endpoint": {**TAGGED["endpoint"], "shared_quota": True}}
    protected["hub"] = {**HUB, "deletion_protection": True}
    assert run(bench, "up", protected) == {}
    answer = bench.pulumi("--cwd", PROGRAM, "destroy", "--yes", "--skip-preview", "--stack", "life", check=False)
    assert answer.returncode != 0
    assert "protect" in answer.stdout
    assert arm.call("GET", workspace(GROUP, "hub-life")).is_success
    # Whatever did not depend on it is gone, and made anew once the hub may go, too.
    assert run(bench, "up", FIRST | {"endpoint": protected["endpoint"]}).keys() == {"create"}


def test_destroy_takes_the_traffic_first_and_the_hubs_ground_last(bench: Workbench, arm: Arm) -> None:
    since = last_entry(bench)
    assert run(bench, "destroy", FIRST) == {"delete": 20}
    gone = deleted(bench, since)
    order = ["blue", "chat-life", "project-life", "hub-life", "stlife"]
    assert [name for name in gone if name in order] == order
    assert gone.index("packages") < gone.index("models") < gone.index("hub-life")
    assert [resource.rsplit("/", 1)[-1] for resource in arm.resources()] == [GROUP]
