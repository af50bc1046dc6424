"""A Foundry resource with a customer-managed key: deleted, restored on purpose and purged on purpose.

The tests run in order: each begins where the one before left off.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from llama_azure_sandbox.client.principals import NewPrincipal, add_principal
from llama_azure_sandbox.client.world import advance_clock, change_world
from llama_azure_sandbox.process import StartOptions, trusting
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.estates import put_and_wait
from tests.support.foundry import account, principals_token
from tests.support.workbench import Workbench, open_workbench

STACK, GROUP, ACCOUNT = "dev", "rg-llama-dev", "ai-llama-life"
DAY = dt.date(2026, 11, 28)
VAULT = "/resourceGroups/rg-keys/providers/Microsoft.KeyVault/vaults/kv-llama-life"
KEY = "https://kv-llama-life.vault.azure.net/keys/llama"
DELETED = "/providers/Microsoft.CognitiveServices/deletedAccounts"
RULE = "foundry-customer-managed-key"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("life") / "bench", StartOptions(port=0, as_of=DAY)) as bench:
        change_world(bench.home, softDelete=True)
        bench.select(STACK)
        yield bench


@pytest.fixture(scope="module")
def arm(bench: Workbench) -> Iterator[Arm]:
    with sign_in(bench.home) as arm:
        yield arm


@pytest.fixture(scope="module")
def key(arm: Arm) -> str:
    """The URI of a key in a vault of somebody else's, with its version."""
    put_and_wait(arm, "/resourcegroups/rg-keys", {"location": "eastus2"})
    tenant = arm.client.get("/tenants", params={"api-version": "2022-12-01"}).json()["value"][0]["tenantId"]
    properties = {
        "tenantId": tenant,
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": True,
        "enablePurgeProtection": True,
    }
    put_and_wait(arm, VAULT, {"location": "eastus2", "properties": properties})
    made = arm.call("PUT", f"{VAULT}/keys/llama", {"properties": {"kty": "RSA"}}).json()
    return str(made["properties"]["keyUriWithVersion"])


@pytest.fixture(scope="module")
def caller(bench: Workbench) -> NewPrincipal:
    return add_principal(bench.home, "assistant", role=None, scope=None)


def configure(bench: Workbench, caller: NewPrincipal, **foundry: Any) -> None:
    callers = {"app": {"principalId": caller.object_id, "principalType": "ServicePrincipal"}}
    settings = {"name": ACCOUNT, "callers": callers, **foundry}
    bench.configure(STACK, **{"llama-azure:asOf": DAY.isoformat(), "llama-azure:foundry": settings})


def deleted(arm: Arm) -> list[str]:
    return [one["name"] for one in arm.call("GET", DELETED).json()["value"]]


def ask(bench: Workbench, arm: Arm, caller: NewPrincipal) -> int:
    """Ask the stack's endpoint as the caller; return the status."""
    endpoint = bench.outputs(STACK)["endpoints"]["chat"]
    body = {"model": endpoint["deployment"], "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 8}
    headers = {"Authorization": f"Bearer {principals_token(arm, caller)}"}
    with httpx.Client(verify=trusting(bench.home), trust_env=False, timeout=60) as client:
        return client.post(f"{endpoint['baseUrl']}chat/completions", json=body, headers=headers).status_code


def test_the_key_is_set_once_the_new_role_counts_and_the_guardrail_sees_it(
    bench: Workbench, arm: Arm, caller: NewPrincipal, key: str
) -> None:
    configure(bench, caller, purgeOnDelete=False)
    assert RULE in bench.pulumi("preview", "--stack", STACK).stdout
    configure(bench, caller, purgeOnDelete=False, encryption={"keyVault": SUBSCRIPTION + VAULT, "keyIdentifier": key})
    change_world(bench.home, roleAssignmentDelaySeconds=8)  # Azure's takes minutes: the first tries are refused
    said = bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview").stdout
    assert RULE not in said
    shown = arm.call("GET", account(GROUP, ACCOUNT)).json()["properties"]["encryption"]
    assert (shown["keySource"], shown["keyVaultProperties"]["keyName"]) == ("Microsoft.KeyVault", "llama")
    assert key.endswith(shown["keyVaultProperties"]["keyVersion"])
    bench.judged = False
    assert bench.changes("up", "--refresh", "--stack", STACK).keys() == {"same"}


def test_a_caller_of_the_guide_waits_until_the_new_role_is_known(
    bench: Workbench, arm: Arm, caller: NewPrincipal
) -> None:
    """What docs/from-serverless-to-foundry.md says: up to five minutes, with 401 until then."""
    change_world(bench.home, roleAssignmentDelaySeconds=300)
    seen = [ask(bench, arm, caller)]
    advance_clock(bench.home, seconds=300)
    seen.append(ask(bench, arm, caller))
    change_world(bench.home, roleAssignmentDelaySeconds=0)
    assert seen == [401, 200]


def test_a_deleted_account_keeps_its_name_and_is_restored_on_purpose_only(
    bench: Workbench, arm: Arm, caller: NewPrincipal
) -> None:
    identity = arm.call("GET", account(GROUP, ACCOUNT)).json()["identity"]["principalId"]
    configure(bench, caller)
    bench.pulumi("destroy", "--stack", STACK, "--yes", "--skip-preview")
    assert deleted(arm) == [ACCOUNT]
    refused = bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview", check=False)
    assert refused.returncode != 0
    assert "FlagMustBeSetForRestore" in refused.stdout + refused.stderr
    configure(bench, caller, restore=True, purgeOnDelete=True)
    bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
    assert arm.call("GET", account(GROUP, ACCOUNT)).json()["identity"]["principalId"] == identity
    assert deleted(arm) == []
    assert ask(bench, arm, caller) == 200


def test_an_account_is_purged_on_purpose_and_its_name_is_free_at_once(
    bench: Workbench, arm: Arm, caller: NewPrincipal
) -> None:
    bench.pulumi("destroy", "--stack", STACK, "--yes", "--skip-preview")
    assert deleted(arm) == []
    configure(bench, caller, purgeOnDelete=True)
    assert bench.changes("up", "--stack", STACK).keys() == {"create"}
    assert ask(bench, arm, caller) == 200
