"""The stack that makes what the pipelines need, in the sandbox. The tests run in order.

They begin with what the version before had made, so that they show an upgrade as well: ``before/`` holds its state and
the sandbox's own. How it is made from nothing is shown by the story.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from llama_azure_core.rbac import built_in_role
from llama_azure_core.resource_ids import name_of
from llama_azure_sandbox.home import PROJECT_ROOT
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.pipeline import bootstrap_with
from tests.support.workbench import Workbench, sandbox_command

STACK = "pipelines"
BEFORE = Path(__file__).parent / "before"
SETTINGS = yaml.safe_load((PROJECT_ROOT / "bootstrap" / f"Pulumi.{STACK}.yaml").read_text(encoding="utf-8"))["config"]
PLACES: dict[str, dict[str, str]] = SETTINGS["llama-bootstrap:environments"]
ENVIRONMENTS = {stack: place["resourceGroup"] for stack, place in PLACES.items()}
POLICIES = PROJECT_ROOT / "policies" / "config" / "pipelines.json"
IDENTITIES = ("preview", *ENVIRONMENTS)
GROUP = f"/resourceGroups/{SETTINGS['llama-bootstrap:resourceGroup']}/providers"
SHARED_KEY = "/keys/state"


@pytest.fixture(scope="module")
def bootstrap(workbench: Workbench) -> Workbench:
    """A workbench with the bootstrap project beside the other one, and what the version before had made."""
    imported = sandbox_command(workbench.home, "import", str(BEFORE / "azure.json"))
    assert imported.returncode == 0, imported.stderr
    pulumi(workbench, "stack", "init", STACK)
    pulumi(workbench, "stack", "import", "--file", str(BEFORE / "state.json"))
    return workbench


def pulumi(bench: Workbench, *arguments: str) -> str:
    return bootstrap_with(bench, *arguments, PULUMI_OPTION_POLICY_PACK_CONFIG=str(POLICIES))


@pytest.mark.parametrize("stack", PLACES)
def test_a_stack_deploys_where_its_own_file_says(stack: str) -> None:
    config = yaml.safe_load((PROJECT_ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))["config"]
    assert PLACES[stack] == {
        "resourceGroup": config["llama-azure:resourceGroup"],
        "location": config["azure-native:location"],
    }


def test_a_group_that_is_there_is_used_and_subjects_without_a_name_are_taken(bootstrap: Workbench) -> None:
    path = bootstrap.project / "bootstrap" / f"Pulumi.{STACK}.yaml"
    before = path.read_text(encoding="utf-8")
    changed = yaml.safe_load(before)
    changed["config"]["llama-bootstrap:environments"]["dev"]["existing"] = True
    subjects = {name: f"/eid1/c/pub/t/AAAABBBB/a/CCCCDDDD/sc/{name}" for name in IDENTITIES}
    issuer = {"issuer": "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0"}
    changed["config"]["llama-bootstrap:issuers"]["ado"] = {**issuer, "subjects": subjects}
    path.write_text(yaml.safe_dump(changed), encoding="utf-8")
    try:
        steps = json.loads(pulumi(bootstrap, "preview", "--json"))["steps"]
    finally:
        path.write_text(before, encoding="utf-8")
    new = [step["newState"] for step in steps if step["op"] not in ("delete", "delete-replaced")]
    assert not [one for one in new if one["type"].endswith(":ResourceGroup")]
    gone = [step["urn"] for step in steps if step["op"] == "delete" and "ResourceGroup::" in step["urn"]]
    assert [one.rpartition("::")[2] for one in gone] == [ENVIRONMENTS["dev"]]
    found = {one["inputs"]["subject"] for one in new if one["type"].endswith(":FederatedIdentityCredential")}
    assert set(subjects.values()) <= found
    scopes = {str(one["inputs"]["scope"]) for one in new if one["type"].endswith(":RoleAssignment")}
    assert any(scope.endswith(f"/resourceGroups/{ENVIRONMENTS['dev']}") for scope in scopes)


def test_an_upgrade_keeps_identities_state_and_keys(bootstrap: Workbench) -> None:
    before = json.loads((BEFORE / "state.json").read_text(encoding="utf-8"))["deployment"]["resources"]
    pulumi(bootstrap, "up", "--yes")
    after = {one["urn"]: one for one in json.loads(pulumi(bootstrap, "stack", "export"))["deployment"]["resources"]}
    kinds = ("managedidentity", "storage", "keyvault", "resources")
    kept = [one for one in before if one.get("id") and one["type"].split(":")[1] in kinds]
    assert len(kept) > 2 * len(IDENTITIES)
    assert [after[one["urn"]]["id"] for one in kept] == [one["id"] for one in kept]
    client_ids = json.loads(pulumi(bootstrap, "stack", "output", "--json"))["clientIds"]
    assert set(client_ids) == set(IDENTITIES)
    assert len(set(client_ids.values())) == len(IDENTITIES)


def test_each_identity_is_signed_in_by_its_own_environments_jobs_alone(bootstrap: Workbench) -> None:
    expected = SETTINGS["llama-bootstrap:issuers"]["github"]
    with sign_in(bootstrap.home) as arm:
        for name in IDENTITIES:
            path = (
                f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/id-llama-{name}/federatedIdentityCredentials"
            )
            (credential,) = arm.call("GET", path).json()["value"]
            assert credential["properties"]["issuer"] == expected["issuer"]
            assert credential["properties"]["subject"] == expected["subject"].format(environment=name)


def test_the_state_is_hardened_and_keeps_versions(bootstrap: Workbench) -> None:
    with sign_in(bootstrap.home) as arm:
        (account,) = arm.call("GET", f"{GROUP}/Microsoft.Storage/storageAccounts").json()["value"]
        properties = account["properties"]
        path = f"{GROUP}/Microsoft.Storage/storageAccounts/{account['name']}/blobServices/default"
        service = arm.call("GET", path).json()["properties"]
        (vault,) = arm.call("GET", f"{GROUP}/Microsoft.KeyVault/vaults").json()["value"]
    assert properties["allowSharedKeyAccess"] is False
    assert properties["allowBlobPublicAccess"] is False
    assert properties["minimumTlsVersion"] == "TLS1_2"
    assert properties["supportsHttpsTrafficOnly"] is True
    assert service["isVersioningEnabled"] is True
    assert service["deleteRetentionPolicy"]["enabled"] is True
    assert vault["properties"]["enablePurgeProtection"] is True
    assert vault["properties"]["enableRbacAuthorization"] is True


def test_a_writer_writes_its_own_group_and_state_and_no_other(bootstrap: Workbench) -> None:
    with sign_in(bootstrap.home) as arm:
        contributor = {stack: contributes(arm, principal_id(arm, stack)) for stack in ENVIRONMENTS}
        assert contributor == {"dev": [], "staging": ["rg-llama-staging"], "prod": ["rg-llama-prod"]}, "dev has no hub"
        for stack, group in ENVIRONMENTS.items():
            scopes = scopes_of(arm, principal_id(arm, stack), writing=True)
            assert any(scope.endswith(f"/resourceGroups/{group}") for scope in scopes)
            assert any(scope.endswith(f"/containers/state-{stack}") for scope in scopes)
            others = [other for other in ENVIRONMENTS if other != stack]
            assert not [one for one in scopes if one.endswith(tuple(f"/containers/state-{other}" for other in others))]
            assert not [one for one in scopes if one.endswith(tuple(ENVIRONMENTS[other] for other in others))]


def test_the_reader_writes_nothing(bootstrap: Workbench) -> None:
    with sign_in(bootstrap.home) as arm:
        assert scopes_of(arm, principal_id(arm, "preview"), writing=True) == []
        assert scopes_of(arm, principal_id(arm, "preview"), writing=False) != []
        assert not [role for role in roles_of(arm, principal_id(arm, "preview")) if writes(role)]


def test_each_identity_only_decrypts_with_the_key_of_its_own_stack(bootstrap: Workbench) -> None:
    with sign_in(bootstrap.home) as arm:
        for name in IDENTITIES:
            held = keys_of(arm, principal_id(arm, name))
            own = ENVIRONMENTS if name == "preview" else (name,)
            # What the version before encrypted is decrypted with its key, until each stack has moved.
            assert {name_of(key) for key in held} == {"state", *(f"state-{stack}" for stack in own)}
            for actions in held.values():
                assert actions == {f"Microsoft.KeyVault/vaults/keys/{verb}" for verb in ("read", "decrypt/action")}


def test_the_key_that_was_one_for_all_is_used_until_the_stacks_have_moved(bootstrap: Workbench) -> None:
    pulumi(bootstrap, "config", "set", "llama-bootstrap:stacksUseSharedKey", "false")
    pulumi(bootstrap, "up", "--yes", "--skip-preview")
    with sign_in(bootstrap.home) as arm:
        for name in IDENTITIES:
            held = keys_of(arm, principal_id(arm, name))
            assert held
            assert not [key for key in held if key.endswith(SHARED_KEY)]
        (vault,) = arm.call("GET", f"{GROUP}/Microsoft.KeyVault/vaults").json()["value"]
        assert arm.call("GET", vault["id"].removeprefix(SUBSCRIPTION) + SHARED_KEY).status_code == 200


def test_a_writer_may_give_what_its_stack_gives_and_nothing_else(bootstrap: Workbench) -> None:
    with sign_in(bootstrap.home) as arm:
        for stack in ENVIRONMENTS:
            giving = [one for one in assignments(arm, principal_id(arm, stack)) if one.get("condition")]
            assert [name_of(one["scope"]) for one in giving] == [ENVIRONMENTS[stack]]
            assert all("ForAnyOfAnyValues:GuidEquals" in one["condition"] for one in giving)


def principal_id(arm: Arm, name: str) -> str:
    path = f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/id-llama-{name}"
    found: str = arm.call("GET", path).json()["properties"]["principalId"]
    return found


def assignments(arm: Arm, principal: str) -> list[dict[str, Any]]:
    """Return what a principal was given."""
    query = {"api-version": "2022-04-01", "$filter": f"principalId eq '{principal}'"}
    answer = arm.call("GET", "/providers/Microsoft.Authorization/roleAssignments", None, None, **query)
    return [one["properties"] for one in answer.json()["value"]]


def role_of(arm: Arm, assignment: dict[str, Any]) -> dict[str, Any]:
    path = assignment["roleDefinitionId"].removeprefix(SUBSCRIPTION)
    role: dict[str, Any] = arm.call("GET", path, None, None, **{"api-version": "2022-04-01"}).json()["properties"]
    return role


def roles_of(arm: Arm, principal: str) -> list[dict[str, Any]]:
    return [role_of(arm, one) for one in assignments(arm, principal)]


def keys_of(arm: Arm, principal: str) -> dict[str, set[str]]:
    """Return by the id of each key what a principal may do with it."""
    held: dict[str, set[str]] = {}
    for one in assignments(arm, principal):
        if "/keys/" in one["scope"]:
            actions = {action for part in role_of(arm, one)["permissions"] for action in part["dataActions"]}
            held[one["scope"]] = held.get(one["scope"], set()) | actions
    return held


def scopes_of(arm: Arm, principal: str, *, writing: bool) -> list[str]:
    """Return where a principal holds a role that writes resources or blobs, or any role at all."""
    return [one["scope"] for one in assignments(arm, principal) if not writing or writes(role_of(arm, one))]


def contributes(arm: Arm, principal: str) -> list[str]:
    """Return the names of what a principal is Contributor of."""
    role = built_in_role("Contributor")
    assert role is not None
    return [name_of(one["scope"]) for one in assignments(arm, principal) if name_of(one["roleDefinitionId"]) == role.id]


def writes(role: dict[str, Any]) -> bool:
    """Whether a role writes anything."""
    actions = [action for one in role["permissions"] for action in (*one["actions"], *(one["dataActions"] or ()))]
    return any(one.endswith(("*", "/write", "/delete")) and one != "*/read" for one in actions)


def test_a_second_up_changes_nothing(bootstrap: Workbench) -> None:
    pulumi(bootstrap, "preview", "--refresh", "--expect-no-changes")


def test_a_stack_whose_file_asks_for_too_much_is_told_before_anything_is_made(bootstrap: Workbench) -> None:
    deployer = {"principalId": "a4b0c000-1d2e-4f3a-8b5c-6d7e8f901234", "principalType": "Group"}
    before = bootstrap.stack_file("prod").read_text(encoding="utf-8")
    bootstrap.configure(
        "prod", **{"llama-azure:deployers": {"team": deployer}, "llama-azure:resourceGroup": "rg-elsewhere"}
    )
    with pytest.raises(AssertionError) as told:
        pulumi(bootstrap, "up", "--yes")
    bootstrap.configure("prod", **{"llama-azure:resourceGroup": "rg-llama-prod",
                                   "llama-azure:existingDeployerRoles": True})  # fmt: skip
    steps = json.loads(pulumi(bootstrap, "preview", "--json"))["steps"]
    bootstrap.stack_file("prod").write_text(before, encoding="utf-8")
    assert "set llama-azure:existingDeployerRoles to true" in str(told.value)
    assert "the stack deploys in rg-elsewhere" in str(told.value)
    new = [one["newState"] for one in steps if one["op"] == "create"]
    roles = [one["inputs"]["roleName"] for one in new if one["type"].endswith(":RoleDefinition")]
    assert len([one for one in roles if one.startswith("Llama deployer, ")]) == 3


def test_destroy_leaves_the_stacks_groups_and_nothing_else(bootstrap: Workbench) -> None:
    pulumi(bootstrap, "config", "set", "llama-bootstrap:protect", "false")
    pulumi(bootstrap, "up", "--yes", "--skip-preview")
    pulumi(bootstrap, "destroy", "--yes")
    with sign_in(bootstrap.home) as arm:
        assert sorted(one.rsplit("/", 1)[-1] for one in arm.resources()) == sorted(ENVIRONMENTS.values())
