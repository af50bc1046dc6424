"""The least role for preflight is enough for every check, and nothing in it is too much."""

import json
from collections.abc import Iterable, Iterator

import pytest

from llama_azure_core.rbac import built_in_roles, preflight_permissions, preflight_reader_actions
from llama_azure_preflight.check import Check
from llama_azure_preflight.checks import CHECKS
from llama_azure_preflight.role import least_role
from llama_azure_sandbox.arm.world_settings import WorldSettings
from llama_azure_sandbox.client.principals import NewPrincipal, add_principal
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import SandboxHome
from tests.preflight.bench import Bench, assign, define
from tests.preflight.scenarios import (
    COUNTER,
    POOL,
    account_path,
    make_foundry,
    make_online,
    others,
    stacks_of_every_check,
)
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.estates import account_body, registry_body, vault_body

# Listing one's own permissions takes no role in the sandbox: whether it does on Azure is not documented.
OWN_PERMISSIONS = "Microsoft.Authorization/permissions/read"
ROLE = "5f0a3b52-27c5-4a44-a3de-3f3f5f0b8d01"


@pytest.fixture(scope="module")
def estate(home: SandboxHome, arm: Arm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """What is there for both stacks: a hub, a project and what else they adopt."""
    bench = Bench(home, arm, tmp_path_factory.mktemp("leastrole"))
    # So short of cores that it matters what the stack holds already.
    change_world(home, subscriptionKind="PayAsYouGo", defaultCoreQuota=200)
    bench.make_project()
    make_online(bench, bench.name("adopted"), instances=1)
    make_foundry(bench, "chat")
    # So short of capacity that it matters what the account and deleted ones hold.
    change_world(home, foundryQuotas={COUNTER: 15, POOL: 0})
    bodies = {"storageAccount": account_body(), "keyVault": vault_body(), "containerRegistry": registry_body()}
    for name, path in others(bench).items():
        bench.put(path.removeprefix(SUBSCRIPTION), bodies.get(name, {"location": "eastus2", "properties": {}}))
    yield bench
    change_world(home, **WorldSettings().model_dump(by_alias=True, mode="json"))


@pytest.fixture(scope="module")
def reader(estate: Bench) -> NewPrincipal:
    """A principal that holds the least role and nothing else."""
    added = add_principal(estate.home, "preflight-reader")
    define(estate.arm, ROLE, "Preflight", list(preflight_reader_actions()))
    assign(estate.arm, added.object_id, ROLE, SUBSCRIPTION)
    return added


def rows_of_both(bench: Bench, reader: NewPrincipal, checks: Iterable[Check] = CHECKS) -> list[dict[str, str]]:
    rows = []
    for settings in stacks_of_every_check(bench):
        bench.configure(**{"asOf": "2024-01-15", **settings})
        rows += bench.check(*(f"--only={check.id}" for check in checks), *destroyed(bench), principal=reader).rows
    return rows


def destroyed(bench: Bench) -> tuple[str, ...]:
    """Return the options that have everything in the estate be the stack's, and be destroyed."""
    workspaces = [bench.workspace("hub"), bench.workspace("project")]
    endpoint = f"{workspaces[1]}/onlineEndpoints/{bench.name('adopted')}"
    paths = [f"/resourceGroups/{bench.group}", *workspaces, endpoint, account_path(bench)]
    state = bench.folder / "state.json"
    held = [{"id": f"{SUBSCRIPTION}{path}"} for path in paths]
    state.write_text(json.dumps({"deployment": {"resources": held}}), encoding="utf-8")
    return ("--state", str(state), "--destroy")


def test_with_the_least_role_nothing_is_unknown(estate: Bench, reader: NewPrincipal) -> None:
    rows = rows_of_both(estate, reader)
    assert [row for row in rows if row["result"] == "unknown"] == []
    hubs = {"PF-RBAC-003"}  # a hub that is adopted has no name to ask for; tried by a scenario of its own
    assert {row["id"] for row in rows} == {check.id for check in CHECKS} - hubs


@pytest.mark.parametrize("action", [one for one in preflight_reader_actions() if one != OWN_PERMISSIONS])
def test_without_an_action_the_checks_that_need_it_say_so(estate: Bench, reader: NewPrincipal, action: str) -> None:
    concerned = [check for check in CHECKS if action in check.permissions]
    define(estate.arm, ROLE, "Preflight", [one for one in preflight_reader_actions() if one != action])
    try:
        unknown = [row for row in rows_of_both(estate, reader, concerned) if row["result"] == "unknown"]
    finally:
        define(estate.arm, ROLE, "Preflight", list(preflight_reader_actions()))
    assert unknown
    for row in unknown:
        assert f"'{action.casefold()}'" in row["answer"].casefold()
        assert action in row["remedy"]


def test_the_role_only_reads(bench: Bench) -> None:
    role = least_role(CHECKS, "0000")
    assert role["Actions"] == list(preflight_reader_actions())
    asking = {action for action in preflight_reader_actions() if not action.endswith("/read")}
    # POSTs that the transport lets pass, since they change nothing; their actions are no part of Reader.
    assert {action.rsplit("/", 2)[1].casefold() for action in asking} == {
        "checkdomainavailability",
        "checknameavailability",
        "evaluatedeploymentpolicies",
    }
    assert all(built_in_roles()["Reader"].permits(action) for action in {*preflight_reader_actions()} - asking)
    printed = bench.run("role")
    assert printed.exit_code == 0
    assert SUBSCRIPTION in printed.output


def test_every_question_belongs_to_a_check_and_has_its_permission() -> None:
    asked = {question for check in CHECKS for question in check.questions}
    assert {question.__name__ for question in asked} == preflight_permissions().keys()
    assert all(question.permissions() for question in asked)
