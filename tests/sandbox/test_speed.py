"""What keeps the sandbox fast: nothing waits for a timer of the network, and nothing is read that is not asked for."""

import sqlite3
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from llama_azure_core.resource_types import LOCK
from llama_azure_sandbox.addresses import HEALTH_PATH
from llama_azure_sandbox.arm import store
from llama_azure_sandbox.home import open_database
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.estates import account_body, hub_body, project_body, workspace
from tests.support.in_process import open_application

_DELAYED_ACKNOWLEDGEMENT = 0.04
_READER = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"


def test_an_answer_on_a_kept_connection_does_not_wait_for_an_acknowledgement(arm: Arm) -> None:
    """A busy machine delays answers too: of some rounds one has to do without."""

    def round_trip() -> float:
        began = time.perf_counter()
        arm.client.get(HEALTH_PATH).raise_for_status()
        return time.perf_counter() - began

    rounds = (sorted(round_trip() for _ in range(40)) for _ in range(10))
    assert any(seconds[10] < _DELAYED_ACKNOWLEDGEMENT for seconds in rounds)


class Watched:
    """An application whose store tells what is read of it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements: set[str] = set()
        self.connection: sqlite3.Connection | None = None
        self.read = 0
        original = store._read_body  # each resource that is read passes it

        def opened(path: Path) -> sqlite3.Connection:
            self.connection = open_database(path)
            self.connection.set_trace_callback(self.statements.add)
            return self.connection

        def counted(content: str) -> dict[str, Any]:
            self.read += 1
            return original(content)

        monkeypatch.setattr(store, "open_database", opened)
        monkeypatch.setattr(store, "_read_body", counted)
        self.application = open_application(folder)

    def reads(self, arm: Arm, question: tuple[str, str, Any]) -> int:
        """Return how many resources a request reads, which must succeed."""
        before = self.read
        answer = arm.call(*question)
        assert answer.is_success, (question, answer.text)
        return self.read - before

    def scans(self) -> list[str]:
        """Return the statements that go through all resources, or all that they are looked up by."""
        assert self.connection is not None
        self.connection.set_trace_callback(None)
        asked = [one for one in self.statements if one.startswith("SELECT") and ("resources" in one or "marks" in one)]
        assert len(asked) > 20
        return [one for one in asked if self._reads_a_whole_type(one)]

    def _reads_a_whole_type(self, statement: str) -> bool:
        """Whether it goes through all there is, or through all of a type to find what bears a name."""
        assert self.connection is not None
        plan = [row[3] for row in self.connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()]
        return any("SCAN" in row for row in plan) or ("substr(" in statement and "<expr>=?" not in "".join(plan))


def fill(arm: Arm, group: str) -> None:
    """Make a group with a hub, a project, accounts of two kinds, an identity, a lock and a role assignment."""
    found = f"/resourceGroups/{group}"
    identity = f"{found}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-{group}"
    for path, body in (
        (f"/resourcegroups/{group}", {"location": "eastus2"}),
        (workspace(group, "hub"), hub_body()),
        (workspace(group, "project"), project_body(group)),
        (f"{found}/providers/Microsoft.Storage/storageAccounts/st{group.replace('-', '')}", account_body()),
        (f"{found}/providers/Microsoft.CognitiveServices/accounts/ai-{group}", foundry_body(f"ai-{group}")),
        (identity, {"location": "eastus2"}),
        (f"{found}/providers/Microsoft.Storage/storageAccounts/lock{group.replace('-', '')}", account_body()),
        (
            f"{found}/providers/Microsoft.Storage/storageAccounts/lock{group.replace('-', '')}/providers/{LOCK}/keep",
            {"properties": {"level": "CanNotDelete"}},
        ),
    ):
        answer = arm.call("PUT", path, body)
        assert answer.is_success, (path, answer.text)
    holder = arm.call("GET", identity).json()["properties"]["principalId"]
    assign(arm, found, holder).raise_for_status()


def foundry_body(subdomain: str) -> dict[str, Any]:
    """Return the body of a Foundry resource."""
    properties = {"customSubDomainName": subdomain}
    return {"location": "eastus2", "kind": "AIServices", "sku": {"name": "S0"}, "properties": properties}


def assign(arm: Arm, scope: str, holder: str) -> Any:
    """Let a principal read a scope."""
    properties = {"roleDefinitionId": f"{SUBSCRIPTION}{_READER}", "principalId": holder}
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    return arm.call("PUT", path, {"properties": properties})


def questions(run: str) -> list[tuple[str, str, Any]]:
    """Return requests about the group rg-asked whose answers have nothing to do with other groups."""
    group = "/resourceGroups/rg-asked"
    accounts = f"{group}/providers/Microsoft.Storage/storageAccounts"
    foundry = f"{group}/providers/Microsoft.CognitiveServices/accounts"
    return [
        ("GET", accounts, None),
        ("GET", f"{group}/resources", None),
        ("GET", workspace("rg-asked", "hub"), None),
        ("PUT", f"{accounts}/st{run}", account_body()),
        ("PUT", workspace("rg-asked", f"hub-{run}"), hub_body()),
        ("PUT", workspace("rg-asked", f"project-{run}"), project_body("rg-asked")),
        ("PUT", f"{foundry}/ai-{run}", foundry_body(f"ai-{run}")),
        ("GET", "/providers/Microsoft.Storage/locations/eastus2/usages", None),
        ("POST", "/providers/Microsoft.Storage/checkNameAvailability", {"name": f"sto{run}", "type": "x"}),
        ("DELETE", f"{accounts}/st{run}", None),
        ("DELETE", f"{foundry}/ai-{run}", None),
        ("DELETE", workspace("rg-asked", f"project-{run}"), None),
        ("DELETE", workspace("rg-asked", f"hub-{run}"), None),
    ]


def test_an_answer_reads_as_much_beside_many_resources_as_beside_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(tmp_path, monkeypatch)
    with watched.application as arm:
        watched.statements.clear()  # those that look once whether the file is an older sandbox's
        fill(arm, "rg-asked")
        few = [watched.reads(arm, one) for one in questions("a")]
        for number in range(8):
            fill(arm, f"rg-{number}")
        assert [watched.reads(arm, one) for one in questions("b")] == few
        assert watched.scans() == []
