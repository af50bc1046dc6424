"""What whoever deploys a plan may do, and no more."""

from typing import Any

import pytest

from llama_azure_core.conditions import Grantable
from llama_azure_core.foundry import account_facts
from llama_azure_core.plan import Plan, Rights, deployer_roles_before, plan, rights
from llama_azure_core.rbac import built_in_roles, deployer_permissions, project_creator_permissions
from llama_azure_core.settings import SettingsError, parse_settings
from tests.support.whole_stack import GUID, config_of, foundry_stack, guest_stack, own_stack, shared_stack

SUBSCRIPTION = "/subscriptions/s"
ROLES = built_in_roles()
CALLER, ENCRYPTION = (ROLES[name].id for name in (account_facts().caller_role, account_facts().encryption_role))


def planned(stack: dict[str, Any], **changes: Any) -> Plan:
    return plan(parse_settings(config_of({**stack, **changes}), "f"), subscription="s", stack="test")


def of(stack: dict[str, Any], **changes: Any) -> Rights:
    return rights(planned(stack, **changes))


def test_a_stack_that_buys_takes_the_rights_to_subscribe_and_one_that_does_not_takes_none() -> None:
    assert set(of(own_stack()).subscription_actions) == set(deployer_permissions().subscription)
    assert of(foundry_stack()).subscription_actions == ()


def test_callers_get_their_role_and_the_accounts_identity_that_of_its_key() -> None:
    stack = foundry_stack()
    vault = stack["foundry"]["encryption"]["keyVault"]
    assert of(stack).grants == {
        f"{SUBSCRIPTION}/resourceGroups/rg-llama": (
            Grantable(CALLER, (GUID.format(3),), "User"),
            Grantable(CALLER, (GUID.format(4),), "ServicePrincipal"),
        ),
        vault: (Grantable(ENCRYPTION, (), "ServicePrincipal"),),
    }


def test_what_is_adopted_is_joined_where_it_lies() -> None:
    foundry = foundry_stack()["foundry"]["privateEndpoint"]
    assert of(foundry_stack()).actions_elsewhere == {
        foundry["subnet"]: ("Microsoft.Network/virtualNetworks/subnets/join/action",),
        foundry["dnsZones"][0]: ("Microsoft.Network/privateDnsZones/join/action",),
        foundry_stack()["foundry"]["identity"]: ("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",),
        foundry_stack()["foundry"]["logAnalyticsWorkspace"]: (
            "Microsoft.OperationalInsights/workspaces/sharedKeys/action",
        ),
    }
    hub = guest_stack()["hub"]["existing"]
    assert set(project_creator_permissions()) <= set(of(guest_stack()).actions_elsewhere[hub])


def test_nothing_that_others_own_may_be_deleted_or_written_as_a_whole() -> None:
    for stack in (shared_stack(), guest_stack(), foundry_stack()):
        for actions in of(stack).actions_elsewhere.values():
            assert not {"*", "*/write", "*/delete"} & set(actions)
            assert not [one for one in actions if one.count("/") == 2 and one.endswith(("/write", "/delete", "/*"))]


def test_purging_and_locks_are_rights_of_their_own() -> None:
    foundry = {**foundry_stack()["foundry"], "purgeOnDelete": True}
    (purge,) = of(foundry_stack(), foundry=foundry).subscription_actions
    assert purge == "Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/delete"
    assert of(own_stack()).group_actions == (
        "Microsoft.Authorization/locks/delete",
        "Microsoft.Authorization/locks/write",
    )
    assert of(own_stack(), hub={"name": "hub-llama"}).group_actions == ()


def test_a_stack_that_defines_roles_takes_more_than_a_pipeline_ought_to_have() -> None:
    assert "existingDeployerRoles to true" in of(own_stack()).problem
    allowed = of(own_stack(), existingDeployerRoles=True)
    assert allowed.problem == ""


@pytest.mark.parametrize(
    ("more", "kinds"),
    [
        ({"maySubscribe": False}, {"project", "group"}),
        ({}, {"project", "group", "subscription"}),
        ({"maySubscribe": False, "mayRunPreflight": True}, {"project", "group", "preflight"}),
    ],
)
def test_deployers_are_given_the_roles_that_are_there_and_nobody_else_is(more: dict[str, Any], kinds: set[str]) -> None:
    deployer = {"principalId": GUID.format(2), "principalType": "User", **more}
    hub = {"name": "hub-llama"}  # whose identity is given no role
    made = planned(own_stack(), hub=hub, deployers={"ci": deployer}, existingDeployerRoles=True)
    assert deployer_roles_before(made).keys() == kinds
    allowed = rights(made)
    at_subscription = kinds & {"subscription", "preflight"}
    assert len(allowed.grants.get(SUBSCRIPTION, ())) == len(at_subscription)
    assert len(allowed.grants[f"{SUBSCRIPTION}/resourceGroups/rg-llama"]) == 2
    everybody = {one.principals for grants in allowed.grants.values() for one in grants}
    assert everybody == {(GUID.format(2),)}
    ids = {role_id.rsplit("/", 1)[-1] for role_id in made.deployers.arguments["role_definition_ids"].values()}  # type: ignore[union-attr]
    assert {one.role_id for grants in allowed.grants.values() for one in grants} == ids


def test_what_is_said_to_be_there_is_used() -> None:
    with pytest.raises(SettingsError, match="existingDeployerRoles: the stack has no deployers"):
        planned(own_stack(), deployers={}, existingDeployerRoles=True)


@pytest.mark.parametrize(
    "nobody",
    ["00000000-0000-0000-0000-000000000000", "11111111-2222-3333-4444-555555555555", "<object id of your application>"],
)
def test_a_placeholder_is_refused_with_how_to_find_ones_own(nobody: str) -> None:
    callers = {"app": {"principalId": nobody, "principalType": "User"}}
    with pytest.raises(SettingsError, match=r"foundry\.callers\.app\.principalId: .*az ad sp show"):
        planned(foundry_stack(), foundry={**foundry_stack()["foundry"], "callers": callers})


def test_keys_that_are_kept_in_a_vault_are_written_there_and_read_no_further() -> None:
    vault = own_stack()["keysVault"]
    assert of(own_stack()).actions_elsewhere[vault] == (
        "Microsoft.KeyVault/vaults/read",
        "Microsoft.KeyVault/vaults/secrets/read",
        "Microsoft.KeyVault/vaults/secrets/write",
    )


def test_a_vault_that_cannot_keep_the_keys_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"llama-azure:keysVault: .* is not the id of a key vault"):
        planned(own_stack(), keysVault=own_stack()["hub"]["encryption"]["identity"])
