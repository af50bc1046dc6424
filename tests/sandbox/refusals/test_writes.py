"""Refusals that every type shares: conditions, operations that run, groups that go."""

from collections.abc import Iterator

import pytest

from llama_azure_sandbox.arm.world import Latency
from tests.support.arm import Arm, sign_in
from tests.support.estates import hub_body, put_and_wait, workspace
from tests.support.homes import open_home
from tests.support.refusals import refusal

STORAGE = "/resourceGroups/rg-writes/providers/Microsoft.Storage/storageAccounts"


@pytest.fixture(scope="module")
def unhurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arm]:
    """A client of a sandbox whose operations take long enough to run into one."""
    with open_home(tmp_path_factory.mktemp("unhurried"), Latency.UNHURRIED) as home, sign_in(home) as arm:
        put_and_wait(arm, "/resourcegroups/rg-writes", {"location": "eastus2"})
        yield arm


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_resource_whose_operation_runs_takes_no_other_write(unhurried: Arm, method: str) -> None:
    path = workspace("rg-writes", f"hub-{method}")
    assert unhurried.call("PUT", path, hub_body()).status_code == 202
    said = refusal(unhurried.call(method, path, hub_body()), 409, "AnotherOperationInProgress")
    assert f"hub-{method}" in said
    assert "provisioningState Creating" in said


def test_a_second_delete_is_told_of_the_first(unhurried: Arm) -> None:
    path = workspace("rg-writes", "hub-twice")
    put_and_wait(unhurried, path, hub_body())
    first, second = (unhurried.call("DELETE", path) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.headers["Location"] == second.headers["Location"]


def test_a_group_that_is_being_deleted_takes_nothing_in(unhurried: Arm) -> None:
    put_and_wait(unhurried, "/resourcegroups/rg-leaving", {"location": "eastus2"})
    assert unhurried.call("DELETE", "/resourcegroups/rg-leaving").status_code == 202
    said = refusal(unhurried.call("PUT", workspace("rg-leaving", "hub"), hub_body()), 409, "ResourceGroupBeingDeleted")
    assert "rg-leaving" in said
    refusal(
        unhurried.call("PUT", "/resourcegroups/rg-leaving", {"location": "eastus2"}), 409, "ResourceGroupBeingDeleted"
    )


def test_a_write_that_believes_in_another_content_is_refused(unhurried: Arm) -> None:
    path = "/resourcegroups/rg-tagged"
    put_and_wait(unhurried, path, {"location": "eastus2"})
    seen = unhurried.call("GET", path).headers["ETag"]
    changed = unhurried.call("PATCH", path, {"tags": {"a": "b"}}, headers={"If-Match": seen})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != seen
    for method in ("PUT", "PATCH", "DELETE"):
        answer = unhurried.call(method, path, {"location": "eastus2"}, headers={"If-Match": seen})
        assert seen in refusal(answer, 412, "PreconditionFailed")
    refusal(
        unhurried.call("PUT", path, {"location": "eastus2"}, headers={"If-None-Match": "*"}), 412, "PreconditionFailed"
    )
    assert unhurried.call("PATCH", path, {"tags": {}}, headers={"If-Match": changed.headers["ETag"]}).is_success
