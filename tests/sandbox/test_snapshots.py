"""State kept aside: named snapshots, and files that can be read, compared, written by hand and brought back."""

import json
import re
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.cli.main import cli
from llama_azure_sandbox.client.faults import add_fault, faults
from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.client.principals import add_principal, principals
from llama_azure_sandbox.client.world import change_world, world_settings
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import SandboxError, StartOptions, running, start, stop
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.estates import make_endpoint, make_project, put_and_wait, serverless_endpoint

GROUP = "rg-snapshots"
ENDPOINT = serverless_endpoint(GROUP, "project", "llama")
LIST_KEYS = f"{ENDPOINT}/listKeys"


@pytest.fixture(scope="module")
def keys(home: SandboxHome, arm: Arm) -> dict[str, str]:
    """The keys of an endpoint in a sandbox that also has a principal and settings of its own."""
    make_project(arm, GROUP)
    made = make_endpoint(arm, GROUP, "llama", "project")
    add_principal(home, "reader", role="Reader")
    change_world(home, billingCountry="SE")
    return {name: made[name] for name in ("primaryKey", "secondaryKey")}


@pytest.fixture
def other(tmp_path: Path) -> Iterator[SandboxHome]:
    """The home of a second sandbox, not yet started."""
    home = SandboxHome(tmp_path / "other")
    yield home
    stop(home)


def command(home: SandboxHome, *arguments: str) -> str:
    """Run a command in this process and return what it prints."""
    ran = CliRunner().invoke(cli, arguments, env={"SANDBOX_HOME": str(home.root)}, catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def refused(home: SandboxHome, *arguments: str) -> str:
    """Run a command that is refused and return what it says."""
    with pytest.raises(SandboxError) as raised:
        command(home, *arguments)
    return str(raised.value)


def exported(home: SandboxHome, file: Path, *options: str) -> dict[str, Any]:
    command(home, "export", str(file), *options)
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


def test_a_snapshot_brings_back_resources_keys_principals_settings_and_stacks(
    home: SandboxHome, arm: Arm, keys: dict[str, str]
) -> None:
    before = arm.resources()
    stack = home.pulumi_state / "stack.json"
    stack.parent.mkdir(parents=True, exist_ok=True)
    stack.write_text("as saved", encoding="utf-8")
    command(home, "snapshot", "save", "good")
    arm.call("PUT", "/resourcegroups/rg-later", {"location": "eastus2"})
    arm.call("DELETE", ENDPOINT)
    change_world(home, billingCountry="JP")
    stack.write_text("changed", encoding="utf-8")
    add_fault(home, "throttle", name="nobody")
    number = journal(home)[-1]["number"]
    command(home, "snapshot", "load", "good")
    with sign_in(home) as again:
        assert again.resources() == before
        assert again.call("POST", LIST_KEYS).json() == keys
    assert "reader" in [one["name"] for one in principals(home)]
    assert world_settings(home)["billingCountry"] == "SE"
    assert stack.read_text(encoding="utf-8") == "as saved"
    # What happened, and what is made to happen, is no part of the state.
    assert (len(faults(home)), journal(home)[-1]["number"] > number) == (1, True)
    command(home, "fault", "clear")


def test_a_snapshot_taken_while_resources_are_made_is_whole(home: SandboxHome, arm: Arm) -> None:
    done = threading.Event()

    def make() -> None:
        number = 0
        while not done.is_set():
            arm.call("PUT", f"/resourcegroups/rg-busy-{number}", {"location": "eastus2"})
            number += 1

    worker = threading.Thread(target=make)
    worker.start()
    try:
        command(home, "snapshot", "save", "busy")
    finally:
        done.set()
        worker.join()
    with sqlite3.connect(home.snapshots / "busy" / "azure.db") as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM resources").fetchone()[0] > 0
    copy.close()


def test_snapshots_are_listed_replaced_deleted_and_closed_to_others(home: SandboxHome, keys: dict[str, str]) -> None:
    command(home, "snapshot", "save", "one")
    command(home, "snapshot", "save", "one")
    assert [line.split()[0] for line in command(home, "snapshot", "list").splitlines()].count("one") == 1
    assert stat.S_IMODE((home.snapshots / "one").stat().st_mode) == 0o700
    command(home, "snapshot", "delete", "one")
    assert refused(home, "snapshot", "load", "one").startswith("there is no snapshot 'one'; there are:")
    assert refused(home, "snapshot", "save", "../x").startswith("'../x' is not a name for a snapshot")


def test_a_snapshot_of_a_newer_sandbox_is_refused_and_nothing_is_lost(home: SandboxHome, arm: Arm) -> None:
    command(home, "snapshot", "save", "newer")
    about = home.snapshots / "newer" / "snapshot.json"
    about.write_text(re.sub(r'"schema_version": \d+', '"schema_version": 99', about.read_text()), encoding="utf-8")
    before = arm.resources()
    assert "schema version 99" in refused(home, "snapshot", "load", "newer")
    assert arm.resources() == before


def test_an_export_says_the_same_of_the_same_state_and_holds_no_key(
    home: SandboxHome, arm: Arm, keys: dict[str, str], tmp_path: Path
) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    content = exported(home, first)
    exported(home, second)
    assert first.read_bytes() == second.read_bytes()
    ids = [one["id"] for one in content["resources"]]
    assert ids == sorted(ids, key=str.lower)
    assert content["settings"]["world"] == {"billingCountry": "SE"}
    text = first.read_text(encoding="utf-8")
    assert [key for key in keys.values() if key in text] == []
    assert '"secrets"' not in text
    with_keys = exported(home, second, "--secrets")
    assert keys["primaryKey"] in json.dumps(with_keys)
    assert stat.S_IMODE(second.stat().st_mode) == 0o600


@pytest.mark.parametrize("secrets", [True, False])
def test_an_export_makes_the_same_sandbox_elsewhere(
    home: SandboxHome, other: SandboxHome, arm: Arm, keys: dict[str, str], tmp_path: Path, secrets: bool
) -> None:
    file, again = tmp_path / "state.json", tmp_path / "again.json"
    content = exported(home, file, *(["--secrets"] if secrets else []))
    command(other, "import", str(file))
    start(other, StartOptions(port=0, latency=Latency.NONE))
    with sign_in(other) as elsewhere:
        assert elsewhere.resources() == arm.resources()
        brought = elsewhere.call("POST", LIST_KEYS).json()
    assert (brought == keys) is secrets
    assert len(set(brought.values())) == 2
    assert world_settings(other)["billingCountry"] == "SE"
    exported(other, again, *(["--secrets"] if secrets else []))
    # Principals sign in with secrets of their own sandbox, so their digests differ.
    without_digests = [re.sub(r'"digest": "[0-9a-f]+"', "", path.read_text()) for path in (file, again)]
    assert json.loads(without_digests[0]) | {"asOf": ""} == json.loads(without_digests[1]) | {"asOf": ""}
    assert content["schemaVersion"] == 1


def test_a_seed_written_by_hand_is_enough_and_is_planted_once(other: SandboxHome, tmp_path: Path) -> None:
    group = f"{SUBSCRIPTION}/resourceGroups/rg-seed"
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/stseed"
    file = tmp_path / "seed.json"
    resources = [{"id": group, "body": {"location": "eastus2"}}, {"id": account, "body": {"location": "eastus2"}}]
    file.write_text(json.dumps({"schemaVersion": 1, "resources": resources}), encoding="utf-8")
    assert "seeded with 2 resources" in command(other, "start", "--port", "0", "--seed", str(file))
    with sign_in(other) as arm:
        assert arm.resources() == [group, account]
        shown = arm.call("GET", account.removeprefix(SUBSCRIPTION)).json()
        assert (shown["type"], shown["properties"]["provisioningState"]) == (
            "Microsoft.Storage/storageAccounts",
            "Succeeded",
        )
        put_and_wait(arm, "/resourcegroups/rg-mine", {"location": "eastus2"})
    assert "not seeded" in command(other, "start", "--seed", str(file))
    assert running(other) is not None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is not JSON"),
        ('{"schemaVersion": 99}', "has schema version 99, and this sandbox reads up to 1"),
        ("{}", "schemaVersion: Field required"),
        ('{"schemaVersion": 1, "resources": [{"id": "/x"}]}', "resources.0.body: Field required"),
        ('{"schemaVersion": 1, "resources": [{"id": "/x", "body": {}}]}', "/x is not a resource id"),
        ('{"schemaVersion": 1, "settings": {"world": {"weather": 1}}}', "settings.world"),
    ],
)
def test_a_file_that_is_no_state_is_refused_with_the_place_and_changes_nothing(
    home: SandboxHome, arm: Arm, tmp_path: Path, content: str, says: str
) -> None:
    file = tmp_path / "state.json"
    file.write_text(content, encoding="utf-8")
    before = arm.resources()
    assert says in refused(home, "import", str(file))
    assert arm.resources() == before
