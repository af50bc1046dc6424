"""The life of a DeployerRole and of a ServerlessConnection, by the real engine. The tests run in order."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llama_azure_core.rbac import deployer_permissions
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID
from llama_azure_sandbox.client.principals import NewPrincipal, add_principal
from llama_azure_sandbox.process import StartOptions
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.estates import endpoint_body, make_project, put_and_wait, serverless_endpoint, wait_until, workspace
from tests.support.refusals import refusal
from tests.support.secrecy import files_below
from tests.support.workbench import Workbench, open_workbench

GROUP, OTHER_GROUP = "rg-lives", "rg-elsewhere"
PROGRAM = ("--cwd", "life")
ALLOWED = deployer_permissions()
LLAMA_70B = "azureml://registries/azureml-meta/models/Meta-Llama-3-70B-Instruct"
SETTINGS: dict[str, Any] = {
    "group": GROUP,
    "otherGroup": OTHER_GROUP,
    "subscription": SUBSCRIPTION_ID,
    "connectionName": "llama",
    "llama-azure:asOf": "2024-07-01",
}

RENAMED: dict[str, Any] = {"connectionName": "renamed", "shared": True}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("lives"), StartOptions(port=0)) as bench:
        folder = bench.project / "life"
        folder.mkdir()
        shutil.copy(Path(__file__).parent / "programs" / "deployers_and_connections.py", folder / "__main__.py")
        runtime = "{name: python, options: {toolchain: pip, virtualenv: ../.venv}}"
        (folder / "Pulumi.yaml").write_text(f"name: life\nruntime: {runtime}\n", encoding="utf-8")
        with sign_in(bench.home) as arm:
            make_project(arm, GROUP)
            make_project(arm, OTHER_GROUP, location="westeurope")
        yield bench


@pytest.fixture(scope="module")
def successor(bench: Workbench) -> NewPrincipal:
    return add_principal(bench.home, "successor")


@pytest.fixture(scope="module")
def deployer(bench: Workbench) -> NewPrincipal:
    """Somebody who may do nothing yet."""
    return add_principal(bench.home, "pipeline")


def up(bench: Workbench, deployer: NewPrincipal, *, stack: str = "one", **settings: Any) -> dict[str, int]:
    """Deploy with the settings of the module, changed, and return the engine's count."""
    deployers = settings.pop("deployers", {})
    team = {"principal_id": deployer.object_id, "principal_type": "ServicePrincipal", **deployers}
    values = {**SETTINGS, "deployers": {"team": team}, **settings}
    bench.select(stack, *PROGRAM)
    (bench.project / "life" / f"Pulumi.{stack}.yaml").write_text(
        json.dumps({"config": {key if ":" in key else f"life:{key}": value for key, value in values.items()}}),
        encoding="utf-8",
    )
    return bench.changes(*PROGRAM, "up", "--stack", stack)


def exported_ids(bench: Workbench, stack: str) -> dict[str, str]:
    """Return the Azure ids of a stack's resources by their names in the program."""
    answer = bench.pulumi(*PROGRAM, "stack", "export", "--stack", stack)
    resources = json.loads(answer.stdout)["deployment"]["resources"]
    return {one["urn"].rsplit("::", 1)[-1]: one["id"] for one in resources if one.get("id", "").startswith("/")}


def roles_held(arm: Arm, principal: NewPrincipal) -> dict[str, list[str]]:
    """Return what a principal may do, by the scope of its assignments."""
    listed = arm.call("GET", "/providers/Microsoft.Authorization/roleAssignments").json()["value"]
    held = {}
    for one in (one["properties"] for one in listed if one["properties"]["principalId"] == principal.object_id):
        role = arm.call("GET", one["roleDefinitionId"].removeprefix(SUBSCRIPTION)).json()["properties"]
        assert one["principalType"] == "ServicePrincipal"
        assert role["type"] == "CustomRole"
        held[one["scope"]] = role["permissions"][0]["actions"]
    return held


def test_up_grants_just_the_documents_actions_at_the_project_and_the_group(
    bench: Workbench, deployer: NewPrincipal
) -> None:
    # Four components and the stack; offer, endpoint, connection; two roles and two assignments.
    assert up(bench, deployer) == {"create": 12}
    bench.judged = False
    with sign_in(bench.home) as arm:
        assert roles_held(arm, deployer) == {
            f"{SUBSCRIPTION}{workspace(GROUP, 'project')}": [*ALLOWED.project, *ALLOWED.project_arm_spelling],
            f"{SUBSCRIPTION}/resourceGroups/{GROUP}": [*ALLOWED.resource_group],
        }


def test_a_project_where_the_model_is_not_offered_is_connected_to_the_endpoint(bench: Workbench) -> None:
    with sign_in(bench.home) as arm:
        elsewhere = serverless_endpoint(OTHER_GROUP, "project", "llama-west")
        assert not arm.call("PUT", elsewhere, endpoint_body(location="westeurope")).is_success
        keys = arm.call("POST", f"{serverless_endpoint(GROUP, 'project', 'llama-lives')}/listKeys").json()
        connection = f"{workspace(OTHER_GROUP, 'project')}/connections/llama"
        secret = arm.call("POST", f"{connection}/listsecrets").json()["properties"]
    assert secret["target"] == f"{bench.record.base_url}/serverless/eastus2/llama-lives"
    assert secret["credentials"] == {"key": keys["primaryKey"]}
    assert keys["primaryKey"] not in files_below(bench.home)
    assert keys["primaryKey"] not in "".join(bench.transcript)


def test_a_second_up_and_a_refresh_change_nothing(bench: Workbench, deployer: NewPrincipal) -> None:
    assert up(bench, deployer) == {"same": 12}
    assert bench.changes(*PROGRAM, "refresh", "--stack", "one") == {"same": 12}


def test_a_deployer_deploys_what_the_project_subscribes_to_and_buys_nothing(
    bench: Workbench, deployer: NewPrincipal
) -> None:
    with sign_in(bench.home, deployer.secret) as arm:
        path = serverless_endpoint(GROUP, "project", "llama-of-the-deployer")
        refusal(arm.call("PUT", serverless_endpoint(OTHER_GROUP, "project", "no"), endpoint_body()), 403,
                "AuthorizationFailed")  # fmt: skip
        bought = arm.call("PUT", f"{workspace(GROUP, 'project')}/marketplaceSubscriptions/llama-70b",
                          {"properties": {"modelId": LLAMA_70B}})  # fmt: skip
        assert ALLOWED.subscription[0] in refusal(bought, 403, "AuthorizationFailed")
        refusal(arm.call("DELETE", workspace(GROUP, "project")), 403, "AuthorizationFailed")
        # Azure's own limit is met, not that of the rights: the model is deployed here already.
        refusal(arm.call("PUT", path, endpoint_body()), 400, "UserError")
        assert arm.call("POST", f"{serverless_endpoint(GROUP, 'project', 'llama-lives')}/listKeys").is_success


def test_letting_them_subscribe_adds_a_role_at_the_subscription_and_touches_nothing_else(
    bench: Workbench, deployer: NewPrincipal
) -> None:
    assert up(bench, deployer, deployers={"may_subscribe": True}) == {"same": 12, "create": 2}
    with sign_in(bench.home) as arm:
        assert roles_held(arm, deployer)[SUBSCRIPTION] == [*ALLOWED.subscription]
    with sign_in(bench.home, deployer.secret) as arm:
        path = f"{workspace(GROUP, 'project')}/marketplaceSubscriptions/llama-70b"
        endpoint = serverless_endpoint(GROUP, "project", "llama-of-the-deployer")
        put_and_wait(arm, path, {"properties": {"modelId": LLAMA_70B}})
        put_and_wait(arm, endpoint, endpoint_body(LLAMA_70B))
        for one in (endpoint, path):
            assert arm.call("DELETE", one).is_success
            wait_until(lambda gone=one: arm.call("GET", gone).status_code == 404)


def test_sharing_a_connection_is_an_update_and_renaming_it_a_replacement(
    bench: Workbench, deployer: NewPrincipal
) -> None:
    buyer = {"may_subscribe": True}
    assert up(bench, deployer, deployers=buyer, shared=True) == {"same": 13, "update": 1}
    assert up(bench, deployer, deployers=buyer, **RENAMED) == {"same": 13, "replace": 1}
    with sign_in(bench.home) as arm:
        shown = arm.call("GET", f"{workspace(OTHER_GROUP, 'project')}/connections").json()["value"]
    assert [(one["name"], one["properties"]["isSharedToAll"]) for one in shown] == [("renamed", True)]


def test_somebody_else_gets_assignments_of_their_own_and_the_roles_stay(
    bench: Workbench, deployer: NewPrincipal, successor: NewPrincipal
) -> None:
    # The one at the subscription goes with its role: the successor may not subscribe.
    assert up(bench, successor, **RENAMED) == {"same": 10, "replace": 2, "delete": 2}
    with sign_in(bench.home) as arm:
        assert roles_held(arm, deployer) == {}
        assert len(roles_held(arm, successor)) == 2


def test_another_stack_adopts_what_is_there(bench: Workbench, successor: NewPrincipal) -> None:
    ids = exported_ids(bench, "one")
    bench.pulumi(*PROGRAM, "stack", "rm", "one", "--force", "--yes")
    # An import is followed by an update where Azure shows more that can be written than the program says, or of a key
    # nothing.
    assert up(bench, successor, stack="two", adopt=ids, **RENAMED) == {"import": 7, "update": 3, "create": 5}
    assert exported_ids(bench, "two") == ids
    assert up(bench, successor, stack="two", **RENAMED) == {"same": 12}


def test_destroy_takes_assignments_before_roles_and_leaves_the_projects(
    bench: Workbench, successor: NewPrincipal
) -> None:
    assert bench.changes(*PROGRAM, "destroy", "--stack", "two") == {"delete": 12}
    with sign_in(bench.home) as arm:
        assert roles_held(arm, successor) == {}
        roles = "/providers/Microsoft.Authorization/roleDefinitions"
        types = [one["properties"]["type"] for one in arm.call("GET", roles).json()["value"]]
        assert "CustomRole" not in types
        names = [one.rsplit("/", 1)[-1] for one in arm.resources()]
    assert sorted(names) == sorted([GROUP, OTHER_GROUP, "hub", "hub", "project", "project"])
