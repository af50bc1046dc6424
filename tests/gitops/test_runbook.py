"""Every entry of docs/runbook.md, by the very commands that it prints."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, Latency
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_azure_sandbox.process import StartOptions
from tests.support import fork_server
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.estates import account_body, put_and_wait, vault_body, wait_until
from tests.support.recovery import pending
from tests.support.workbench import Workbench, open_workbench

PAGE = (PROJECT_ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
ENTRIES = {part.splitlines()[0]: part for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]}
STACK = "sandbox"
PORTAL = "/resourceGroups/rg-llama-portal/providers"
GROUP = "/resourceGroups/rg-llama-sandbox/providers/Microsoft.MachineLearningServices/workspaces"


def blocks(entry: str, language: str) -> list[str]:
    """Return the fenced blocks of an entry."""
    return re.findall(rf"^```{language}\n(.*?)^```$", ENTRIES[entry], flags=re.MULTILINE | re.DOTALL)


def follow(bench: Workbench, commands: str, **substitutes: str) -> str:
    """Run commands of the page as its reader does, and return what they print."""
    for name, value in substitutes.items():
        commands = commands.replace(f"<{name}>", value)
    answer = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=bench.project,
        env=replace(bench, judged=True).environment | {"PULUMI_OPTION_NON_INTERACTIVE": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout + answer.stderr


def write_stack_files(bench: Workbench, entry: str) -> None:
    """Write the stack files that an entry prints; the first line of each names it."""
    salt = re.search(r"^encryptionsalt: .*$", bench.stack_file(STACK).read_text(encoding="utf-8"), re.MULTILINE)
    assert salt is not None
    for content in blocks(entry, "yaml"):
        name = content.splitlines()[0].removeprefix("# ")
        text = content.replace("<subscription>", SUBSCRIPTION_ID)
        (bench.project / name).write_text(f"{text}{salt[0]}\n", encoding="utf-8")


@contextmanager
def open_runbook(folder: Path, latency: Latency, *, forks: bool = fork_server.IS_POSSIBLE) -> Iterator[Workbench]:
    with open_workbench(folder, StartOptions(port=0, latency=latency), forks=forks) as bench:
        # The steps work in the checkout that they lie in.
        shutil.copytree(PROJECT_ROOT / "pipelines", bench.project / "pipelines")
        yield bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """A sandbox in which the stack `sandbox` is deployed."""
    with open_runbook(tmp_path_factory.mktemp("runbook") / "bench", Latency.NONE) as bench:
        bench.pulumi("stack", "select", STACK, "--create")
        bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
        bench.judged = False
        yield bench


LOOKED_AT = {"Ask the logs", "An alert fired"}
"""The entries that have queries for Log Analytics and places to look, and no command."""


def test_every_entry_with_commands_has_a_test() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    with_commands = {entry for entry in ENTRIES if blocks(entry, "sh")}
    assert with_commands == set(ENTRIES) - LOOKED_AT
    assert [entry for entry in with_commands if f'"{entry}"' not in source] == []


def test_a_file_backend_with_an_empty_side_file_is_opened(bench: Workbench) -> None:
    (commands,) = blocks("Open a file backend whose commands all end in EOF", "sh")
    (bench.home.pulumi_state / ".pulumi" / "stacks" / "llama-azure" / f"{STACK}.json.attrs").touch()
    assert "EOF" in bench.pulumi("stack", "ls", check=False).stderr
    assert STACK in follow(bench, commands)


def test_a_lost_state_is_restored_from_a_version(bench: Workbench) -> None:
    (commands,) = blocks("Restore state from a version", "sh")
    before = bench.state(STACK)
    exported = json.loads(bench.pulumi("stack", "export", "--stack", STACK).stdout)
    exported["deployment"]["resources"] = exported["deployment"]["resources"][:3]
    damaged = bench.folder / "damaged.json"
    damaged.write_text(json.dumps(exported), encoding="utf-8")
    bench.pulumi("stack", "import", "--stack", STACK, "--file", str(damaged))
    follow(bench, commands)
    assert [one["urn"] for one in bench.state(STACK)] == [one["urn"] for one in before]


def test_a_project_is_moved_to_another_region(bench: Workbench) -> None:
    make, remove = blocks("Move a project to another region", "sh")
    said = follow(bench, make)
    assert "swedencentral" in said
    with sign_in(bench.home) as arm:
        assert arm.call("GET", f"{GROUP}/assistants").status_code == 200
    # The old one is taken away here as the page says, and made again for the entries that follow.
    follow(bench, remove)
    with sign_in(bench.home) as arm:
        assert not [one for one in arm.resources() if "rg-llama-sandbox" in one]
        moved = arm.call("GET", f"{GROUP}/assistants".replace("sandbox", "moved")).json()
    assert moved["location"] == "swedencentral"
    bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")


def test_a_retired_model_goes_with_its_subscription_and_the_other_stays(bench: Workbench) -> None:
    (commands,) = blocks("Retire a model", "sh")
    follow(bench, commands)
    with sign_in(bench.home) as arm:
        left = [one["name"] for one in arm.call("GET", f"{GROUP}/assistants/marketplaceSubscriptions").json()["value"]]
        serving = arm.call("GET", f"{GROUP}/assistants/serverlessEndpoints").json()["value"]
    assert left == ["meta-llama-3-70b-instruct"]
    assert len(serving) == 1
    assert "-8B-" not in bench.stack_file(STACK).read_text(encoding="utf-8")


def test_purged_names_can_be_used_again(bench: Workbench) -> None:
    (commands,) = blocks("Purge soft-deleted names", "sh")
    change_world(bench.home, softDelete=True)
    with sign_in(bench.home) as arm:
        vaults = arm.call("GET", "/resourceGroups/rg-llama-sandbox/providers/Microsoft.KeyVault/vaults").json()["value"]
    bench.pulumi("destroy", "--stack", STACK, "--yes", "--skip-preview")
    refused = bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview", check=False)
    assert "A vault with the same name already exists in deleted state" in refused.stdout + refused.stderr
    follow(bench, commands, vault=vaults[0]["name"])
    change_world(bench.home, softDelete=False)
    with sign_in(bench.home) as arm:
        assert arm.call("GET", f"{GROUP}/assistants").status_code == 200


def make_portal(arm: Arm) -> None:
    """Make what somebody made by hand: a hub with what it stands on, a project and an endpoint."""
    place = {"location": "eastus2"}
    put_and_wait(arm, "/resourceGroups/rg-llama-portal", place)
    put_and_wait(arm, f"{PORTAL}/Microsoft.Storage/storageAccounts/stportal0001", account_body())
    put_and_wait(arm, f"{PORTAL}/Microsoft.KeyVault/vaults/kv-portal-0001", vault_body())
    put_and_wait(arm, f"{PORTAL}/Microsoft.Insights/components/appi-portal", {**place, "kind": "web"})
    workspaces = f"{PORTAL}/Microsoft.MachineLearningServices/workspaces"
    stands_on = {
        "storageAccount": f"{SUBSCRIPTION}{PORTAL}/Microsoft.Storage/storageAccounts/stportal0001",
        "keyVault": f"{SUBSCRIPTION}{PORTAL}/Microsoft.KeyVault/vaults/kv-portal-0001",
        "applicationInsights": f"{SUBSCRIPTION}{PORTAL}/Microsoft.Insights/components/appi-portal",
    }
    own = {**place, "identity": {"type": "SystemAssigned"}}
    put_and_wait(arm, f"{workspaces}/hub-portal", {**own, "kind": "Hub", "properties": stands_on})
    hub = {"hubResourceId": f"{SUBSCRIPTION}{workspaces}/hub-portal"}
    put_and_wait(arm, f"{workspaces}/assistants", {**own, "kind": "Project", "properties": hub})
    model = "azureml://registries/azureml-meta/models/Meta-Llama-3-8B-Instruct"
    offer = f"{workspaces}/assistants/marketplaceSubscriptions/meta-llama-3-8b-instruct"
    put_and_wait(arm, offer, {"properties": {"modelId": model}})
    serving = {"authMode": "Key", "modelSettings": {"modelId": model}}
    body = {**place, "sku": {"name": "Consumption"}, "properties": serving}
    put_and_wait(arm, f"{workspaces}/assistants/serverlessEndpoints/portal-8b", body)


def instances(arm: Arm) -> dict[str, str]:
    """Return by path what tells a workspace or an endpoint from a new one of the same name."""
    workspaces = f"{PORTAL}/Microsoft.MachineLearningServices/workspaces"
    found = {
        path: arm.call("GET", path).json()["properties"]["workspaceId"]
        for path in (f"{workspaces}/hub-portal", f"{workspaces}/assistants")
    }
    endpoint = f"{workspaces}/assistants/serverlessEndpoints/portal-8b"
    return {**found, endpoint: arm.call("POST", f"{endpoint}/listKeys").json()["primaryKey"]}


def test_what_is_there_is_used_and_then_taken_over(bench: Workbench) -> None:
    entry = "Adopt an existing hub, project or endpoint"
    use, take_over = blocks(entry, "sh")
    with sign_in(bench.home) as arm:
        make_portal(arm)
        before = instances(arm)
        write_stack_files(bench, entry)
        follow(bench, use)
        assert instances(arm) == before
        bench.pulumi("destroy", "--stack", "guest", "--yes", "--skip-preview")
        follow(bench, take_over)
        assert instances(arm) == before
        bench.pulumi("preview", "--stack", "portal", "--refresh", "--expect-no-changes")
        bench.pulumi("destroy", "--stack", "portal", "--yes", "--skip-preview")
        assert not [one for one in arm.resources() if "hub-portal" in one]


def test_a_killed_run_is_recovered(tmp_path: Path) -> None:
    (commands,) = blocks("Recover a stack after a cancelled or killed run", "sh")
    with open_runbook(tmp_path / "bench", Latency.UNHURRIED, forks=False) as bench:
        bench.pulumi("stack", "select", STACK, "--create")
        up = bench.popen("up", "--stack", STACK, "--yes", "--skip-preview")
        with sign_in(bench.home) as arm:
            wait_until(lambda: up.poll() is not None or arm.call("GET", f"{GROUP}/hub-llama-sandbox").is_success, 90)
        assert up.poll() is None
        os.killpg(up.pid, signal.SIGKILL)
        up.communicate()
        locked = bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview", check=False)
        assert "the stack is currently locked" in locked.stdout + locked.stderr
        assert "hub-llama-sandbox" in str(pending(bench))
        follow(bench, commands)
        assert pending(bench) == []
        assert bench.changes("up", "--stack", STACK).keys() == {"same"}
