"""The stack that makes what the pipelines need, in the sandbox. The tests run in order."""

import json
import shutil
import subprocess

import pytest
import yaml

from llama_azure_core.rbac import built_in_role
from llama_azure_sandbox.home import PROJECT_ROOT
from tests.support.arm import sign_in
from tests.support.workbench import Workbench

STACK = "pipelines"
SETTINGS = yaml.safe_load((PROJECT_ROOT / "bootstrap" / f"Pulumi.{STACK}.yaml").read_text(encoding="utf-8"))["config"]
PLACES: dict[str, dict[str, str]] = SETTINGS["llama-bootstrap:environments"]
ENVIRONMENTS = {stack: place["resourceGroup"] for stack, place in PLACES.items()}
POLICIES = PROJECT_ROOT / "policies" / "config" / "pipelines.json"
IDENTITIES = ("preview", *ENVIRONMENTS)
GROUP = f"/resourceGroups/{SETTINGS['llama-bootstrap:resourceGroup']}/providers"


@pytest.fixture(scope="module")
def bootstrap(workbench: Workbench) -> Workbench:
    """A workbench with the bootstrap project beside the other one, its state free to be deleted."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT_ROOT / "bootstrap", workbench.project / "bootstrap", ignore=ignored)
    pulumi(workbench, "stack", "init", STACK)
    pulumi(workbench, "config", "set", "llama-bootstrap:protect", "false")
    return workbench


def pulumi(bench: Workbench, *arguments: str) -> str:
    answer = subprocess.run(
        ["pulumi", "--non-interactive", *arguments],
        cwd=bench.project / "bootstrap",
        env=bench.environment | {"PULUMI_OPTION_POLICY_PACK_CONFIG": str(POLICIES)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


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
    new = [step["newState"] for step in steps]
    groups = {one["inputs"]["resourceGroupName"] for one in new if one["type"].endswith(":ResourceGroup")}
    assert groups == {SETTINGS["llama-bootstrap:resourceGroup"], *ENVIRONMENTS.values()} - {ENVIRONMENTS["dev"]}
    found = {one["inputs"]["subject"] for one in new if one["type"].endswith(":FederatedIdentityCredential")}
    assert set(subjects.values()) <= found
    scopes = {str(one["inputs"]["scope"]) for one in new if one["type"].endswith(":RoleAssignment")}
    assert any(scope.endswith(f"/resourceGroups/{ENVIRONMENTS['dev']}") for scope in scopes)


def test_up_makes_an_identity_per_environment_and_one_that_reads(bootstrap: Workbench) -> None:
    pulumi(bootstrap, "up", "--yes")
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


def principal_id(arm, name: str) -> str:
    path = f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/id-llama-{name}"
    found: str = arm.call("GET", path).json()["properties"]["principalId"]
    return found


def scopes_of(arm, principal: str, *, writing: bool) -> list[str]:
    """Return where a principal holds a role that writes resources or blobs, or any role at all."""
    answer = arm.call(
        "GET",
        "/providers/Microsoft.Authorization/roleAssignments",
        **{"api-version": "2022-04-01", "$filter": f"principalId eq '{principal}'"},
    )
    writers = {role.id for name in ("Contributor", "Storage Blob Data Contributor") if (role := built_in_role(name))}
    return [
        one["properties"]["scope"]
        for one in answer.json()["value"]
        if not writing or one["properties"]["roleDefinitionId"].rsplit("/", 1)[-1] in writers
    ]


def test_a_second_up_changes_nothing(bootstrap: Workbench) -> None:
    pulumi(bootstrap, "preview", "--refresh", "--expect-no-changes")


def test_destroy_leaves_the_stacks_groups_and_nothing_else(bootstrap: Workbench) -> None:
    pulumi(bootstrap, "destroy", "--yes")
    with sign_in(bootstrap.home) as arm:
        assert sorted(one.rsplit("/", 1)[-1] for one in arm.resources()) == sorted(ENVIRONMENTS.values())
