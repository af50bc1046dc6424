"""What Azure has failed to make is made by the next `up`, with or without `--refresh`, and no command stands still."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from llama_azure._azure_now import REPAIRS_TAG
from llama_azure_sandbox.client.faults import add_fault, clear_faults, faults
from llama_azure_sandbox.process import StartOptions
from tests.support.arm import Arm, sign_in
from tests.support.workbench import Workbench, open_workbench

STACK = "sandbox"
PROJECT = "/resourceGroups/rg-llama-sandbox/providers/Microsoft.MachineLearningServices/workspaces/assistants"
MANAGED: dict[str, Any] = {
    "chat": {
        "name": "half-made-chat",
        "deployments": {"blue": {"model": "Llama-2-7b-chat", "vmSize": "Standard_NC24s_v3", "traffic": 100}},
    }
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("half-made") / "bench", StartOptions(port=0)) as bench:
        assistants = {
            "serverless": [{"model": "Meta-Llama-3-8B-Instruct", "name": "half-made-llama"}],
            "managed": MANAGED,
        }
        team = {"principalId": "0c8d3b3e-1f0e-4c38-9d2a-6a6f6f1d2b11", "principalType": "Group"}
        bench.configure(
            STACK, **{"llama-azure:projects": {"assistants": assistants}, "llama-azure:deployers": {"team": team}}
        )
        bench.pulumi("stack", "select", STACK, "--create")
        bench.judged = False
        yield bench


@pytest.fixture(scope="module")
def arm(bench: Workbench) -> Iterator[Arm]:
    with sign_in(bench.home) as arm:
        yield arm


def up(bench: Workbench, *options: str, ok: bool) -> str:
    answer = bench.pulumi("up", "--stack", STACK, "--yes", *options, check=False)
    said = answer.stdout + answer.stderr
    assert (answer.returncode == 0) == ok, said
    assert "Traceback" not in said, said
    return said


def states(arm: Arm) -> dict[str, str]:
    """Return the provisioning state of everything that is not Succeeded, by the end of its id."""
    found = {}
    for resource_id in arm.resources():
        path = resource_id.partition("/resourceGroups")[1] + resource_id.partition("/resourceGroups")[2]
        state = arm.call("GET", path).json().get("properties", {}).get("provisioningState", "Succeeded")
        if state != "Succeeded":
            found[resource_id.rsplit("/", 1)[-1]] = state
    return found


def test_every_next_up_goes_on_where_an_operation_failed(bench: Workbench, arm: Arm) -> None:
    types = (
        "workspaces",
        "marketplaceSubscriptions",
        "serverlessEndpoints",
        "onlineEndpoints",
        "deployments",
    )
    for kind in types:
        add_fault(bench.home, "operation-failed", type=kind, operation="write", count=1)
    runs = 0
    while any(rule["struck"] == 0 for rule in faults(bench.home)):
        runs += 1
        assert runs <= len(types), faults(bench.home)
        # A refresh forgets what has failed, and some of it bears no tags.
        assert "InternalServerError" in up(bench, "--refresh", "--skip-preview", ok=False)
    clear_faults(bench.home)
    bench.judged = True
    up(bench, ok=True)
    bench.judged = False
    assert states(arm) == {}
    assert bench.changes("up", "--stack", STACK).keys() == {"same"}


def test_a_refresh_does_not_hide_that_an_endpoint_has_failed(bench: Workbench, arm: Arm) -> None:
    add_fault(bench.home, "operation-failed", type="serverlessEndpoints", operation="write", count=1)
    bench.configure(STACK, **{"llama-azure:tags": {"owner": "platform"}})
    up(bench, "--skip-preview", ok=False)
    clear_faults(bench.home)
    assert states(arm) == {"half-made-llama": "Failed"}
    up(bench, "--refresh", "--skip-preview", ok=True)
    assert states(arm) == {}
    assert int(arm.call("GET", f"{PROJECT}/serverlessEndpoints/half-made-llama").json()["tags"][REPAIRS_TAG]) >= 1
    traffic = arm.call("GET", f"{PROJECT}/onlineEndpoints/half-made-chat").json()["properties"]["traffic"]
    assert traffic == {"blue": 100}
    assert bench.changes("up", "--refresh", "--stack", STACK).keys() == {"same"}


def test_names_and_regions_in_another_spelling_are_the_same(bench: Workbench) -> None:
    assistants = {
        "name": "ASSISTANTS",
        "serverless": [{"model": "Meta-Llama-3-8B-Instruct", "name": "Half-Made-Llama"}],
        "managed": {"chat": {**MANAGED["chat"], "name": "Half-Made-Chat"}},
    }
    bench.configure(
        STACK,
        **{
            "azure-native:location": "East US 2",
            "llama-azure:resourceGroup": "RG-LLAMA-Sandbox",
            "llama-azure:hub": {"name": "HUB-llama-sandbox"},
            "llama-azure:projects": {"assistants": assistants},
        },
    )
    counts = json.loads(bench.pulumi("preview", "--stack", STACK, "--json").stdout)["changeSummary"]
    assert counts.keys() <= {"same", "update"}, counts
