"""azure-mgmt-cognitiveservices, unmodified: a Foundry resource from its making to its purge."""

from collections.abc import Iterator
from typing import Any

import pytest

from llama_azure_core.foundry import account_facts, filter_categories
from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import SandboxHome
from tests.clients.clients_environment import run_program
from tests.support.foundry import AS_OF, LLAMA
from tests.support.homes import open_home

pytestmark = pytest.mark.client("azure-mgmt-cognitiveservices", "a Foundry resource and what lies in it")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    with open_home(tmp_path_factory.mktemp("foundry"), Latency.FAST, AS_OF) as home:
        change_world(home, softDelete=True)
        yield home


@pytest.fixture(scope="module")
def seen(home: SandboxHome) -> dict[str, Any]:
    return run_program(home, "foundry_resources.py", MODEL=LLAMA)


def test_an_account_and_a_project_are_waited_for_and_ready(seen: dict[str, Any]) -> None:
    assert seen["made"] == {"state": "Succeeded", "identity": True}
    assert seen["project"] == {"state": "Succeeded", "endpoints": ["AI Foundry API"]}


def test_a_content_filter_and_its_blocklist_are_made(seen: dict[str, Any]) -> None:
    assert seen["content_filter"] == {
        "type": "UserManaged",
        "items": ["one"],
        "policies": ["Microsoft.Default", "Microsoft.DefaultV2", "strict"],
        "offered": len(filter_categories()),
    }


def test_a_deployment_takes_the_capacity_that_the_catalogue_names_from_its_counter(seen: dict[str, Any]) -> None:
    assert seen["deployment"] == {
        "state": "Succeeded",
        "limits": ["request", "token"],
        "grown": 1,
        "used": 2,
        "skus": True,
        "refused": [400, "DeploymentModelNotSupported"],
    }


def test_connections_of_both_scopes_show_no_key(seen: dict[str, Any]) -> None:
    assert seen["connection"] == {"target": "https://example.org", "key": None, "listed": 1}


def test_names_skus_and_capacity_are_asked_for(seen: dict[str, Any]) -> None:
    sku = account_facts().sku
    assert seen["asked"] == {
        "domain": False,
        "sku": [True],
        "regions": True,
        "group": [account_facts().private_link_group],
        "of_account": True,
        "account_skus": [sku],
        "skus": [sku],
        "keys": [400, "BadRequest"],
    }


def test_a_deleted_account_is_restored_and_purged_on_purpose(seen: dict[str, Any]) -> None:
    assert seen["deleted"] == {
        "nested": [409, "CannotDeleteResource"],
        "held": ["fnd-mgmt"],
        "flag": [409, "FlagMustBeSetForRestore"],
        "restored": "Succeeded",
        "dates": True,
        "left": 0,
    }
