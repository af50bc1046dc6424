"""Role-based access control: what assignments permit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llama_azure_core._facts import load_facts
from llama_azure_core.rbac import (
    Assignment,
    Role,
    built_in_role,
    built_in_roles,
    covers,
    excess_actions,
    is_permitted,
    missing_actions,
    scope_contains,
)

SUBSCRIPTION = "/subscriptions/s"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg"
PROJECT = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/p"
DEPLOYER = load_facts("roles")["deployer"]
ENDPOINT_WRITE = "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/write"

actions = st.from_regex(r"Microsoft\.[A-Z][a-z]{1,5}(/[a-z]{1,5}){1,3}/(read|write|delete|x/action)", fullmatch=True)


def held(role: str, scope: str) -> Assignment:
    found = built_in_role(role)
    assert found is not None
    return Assignment("me", found, scope)


@pytest.mark.parametrize(
    ("outer", "inner", "contained"),
    [
        (SUBSCRIPTION, GROUP, True),
        (GROUP, GROUP.upper(), True),
        (GROUP, f"{SUBSCRIPTION}/resourceGroups/rg-other", False),
        (PROJECT, GROUP, False),
        ("/", PROJECT, True),
    ],
)
def test_a_scope_reaches_what_is_below_it(outer: str, inner: str, contained: bool) -> None:
    assert scope_contains(outer, inner) is contained


def test_not_actions_take_from_their_own_role_only() -> None:
    contributor = held("Contributor", GROUP)
    write_roles = "Microsoft.Authorization/roleAssignments/write"
    assert not is_permitted([contributor], "me", write_roles, GROUP)
    assert is_permitted([contributor, held("User Access Administrator", GROUP)], "me", write_roles, GROUP)


def test_an_assignment_counts_for_its_principal_and_scope_only() -> None:
    owner = held("Owner", PROJECT)
    assert is_permitted([owner], "ME", ENDPOINT_WRITE, PROJECT)
    assert not is_permitted([owner], "other", ENDPOINT_WRITE, PROJECT)
    assert not is_permitted([owner], "me", ENDPOINT_WRITE, GROUP)


def test_azure_ai_developer_deploys_but_does_not_subscribe() -> None:
    # Later documents say that the role suffices; its own list of actions says otherwise.
    developer = [held("Azure AI Developer", SUBSCRIPTION)]
    assert missing_actions(developer, "me", DEPLOYER["project"], PROJECT) == ()
    assert missing_actions(developer, "me", DEPLOYER["subscription"], SUBSCRIPTION) == tuple(DEPLOYER["subscription"])


WORKSPACES = "Microsoft.MachineLearningServices/workspaces"


@pytest.mark.parametrize("role", ["Azure AI Developer", "AzureML Data Scientist"])
@pytest.mark.parametrize(
    ("action", "permitted"),
    [
        (f"{WORKSPACES}/read", True),
        (f"{WORKSPACES}/write", False),
        (f"{WORKSPACES}/delete", False),
        (f"{WORKSPACES}/listKeys/action", False),
        (ENDPOINT_WRITE, True),
        (f"{WORKSPACES}/computes/read", True),
    ],
)
def test_who_works_in_a_workspace_reads_it_and_leaves_it_as_it_is(role: str, action: str, permitted: bool) -> None:
    assert is_permitted([held(role, PROJECT)], "me", action, PROJECT) is permitted


@pytest.mark.parametrize("verb", ["write", "delete"])
def test_a_data_scientist_makes_and_deletes_no_compute(verb: str) -> None:
    # As its description says; the role's notActions spell it `computes/*/write` (source S18, S122).
    assert not is_permitted([held("AzureML Data Scientist", PROJECT)], "me", f"{WORKSPACES}/computes/{verb}", PROJECT)


def test_what_is_missing_is_named_in_order() -> None:
    role = Role(name="partial", id="x", actions=(DEPLOYER["project"][1],))
    needed = [*DEPLOYER["project"], *DEPLOYER["projectArmSpelling"]]
    assert missing_actions([Assignment("me", role, PROJECT)], "me", needed, PROJECT) == (needed[0], needed[2])


@pytest.mark.parametrize(
    ("outer", "inner", "covered"),
    [
        ("*", "Microsoft.Storage/*", True),
        ("Microsoft.Storage/*", "Microsoft.Storage/accounts/read", True),
        ("Microsoft.Storage/*/read", "Microsoft.Storage/*", False),
        ("Microsoft.Storage/accounts/read", "microsoft.storage/ACCOUNTS/read", True),
        ("Microsoft.Storage/accounts/*/read", "Microsoft.Storage/accounts/read", True),
        ("Microsoft.Storage/accounts/*/read", "Microsoft.Storage/accounts/a/b/read", True),
        ("Microsoft.Storage/accounts/*/read", "Microsoft.Storage/accountsread", False),
        ("Microsoft.Storage/accounts/*/read", "Microsoft.Storage/accounts/*", False),
    ],
)
def test_a_pattern_covers_a_narrower_one(outer: str, inner: str, covered: bool) -> None:
    assert covers(outer, inner) is covered


def test_what_goes_beyond_the_need_is_named() -> None:
    role = Role(name="wide", id="x", actions=("Microsoft.SaaS/resources/read", "Microsoft.SaaS/*", "*"))
    assert excess_actions(role, DEPLOYER["resourceGroup"]) == ("Microsoft.SaaS/*", "*")


@given(actions)
def test_owner_may_do_anything_and_reader_may_read(action: str) -> None:
    assert is_permitted([held("Owner", "/")], "me", action, GROUP)
    assert is_permitted([held("Reader", "/")], "me", action, GROUP) is action.endswith("/read")


def test_built_in_roles_are_found_by_name_and_by_id() -> None:
    for role in built_in_roles().values():
        definition = f"/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/{role.id}"
        assert built_in_role(role.name.upper()) == built_in_role(definition) == role
    assert built_in_role("Nobody") is None
