"""A deployment that fails points to the checks that explain it."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from llama_azure_preflight.checks import find_check
from llama_azure_preflight.cli import preflight
from llama_azure_preflight.hints import checks_of_code, checks_of_output, hints
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import PROJECT_ROOT
from tests.support.workbench import Workbench

FACTS = PROJECT_ROOT / "core/llama_azure_core/facts"
ML = "Microsoft.MachineLearningServices/workspaces"
CLIENT = "The client 'x' with object id 'y' does not have authorization to perform action"
REFUSALS = {
    f"Code=AuthorizationFailed Message={CLIENT} 'Microsoft.SaaS/register/action' over scope": {"PF-RBAC-001"},
    f"Code=AuthorizationFailed Message={CLIENT} '{ML}/serverlessEndpoints/write'": {"PF-RBAC-004"},
    f"Code=AuthorizationFailed Message={CLIENT} 'Microsoft.CognitiveServices/accounts/write'": {"PF-RBAC-005"},
    'Status=400 Code="InsufficientQuota " Message="This operation require 10 new capacity in quota Tokens Per Minute '
    '(thousands) - x, which is bigger than the current available capacity 8."': {"PF-QTA-002"},
    'Code="InsufficientQuota" Message="Insufficient quota. Cannot create/update/move resource \'ai\'."': {
        "PF-LIM-002",
        "PF-QTA-002",
    },
    'Code="InvalidCapacity" Message="should be at least 1 and no more than 1."': {"PF-MDL-004"},
    'Code="DeploymentModelNotSupported" Message="is not supported."': {"PF-MDL-004"},
    "Code=\"InvalidResourceProperties\" Message=\"The specified SKU 'S' for model 'm 1' is not supported\"": {
        "PF-MDL-004"
    },
    'Code="MarketplaceSubscriptionCannotBeCompleted"': {"PF-SUB-002", "PF-SUB-003", "PF-SUB-004"},
    'Status=409 Code="CustomDomainInUse" Message="x"': {"PF-NAME-008", "PF-NAME-009"},
    'Status=409 Code="FlagMustBeSetForRestore" Message="has been soft-deleted."': {"PF-NAME-009"},
    f"Code=AuthorizationFailed Message={CLIENT} 'Microsoft.Resources/subscriptions/resourceGroups/write'": {
        "PF-RBAC-002"
    },
    "code: UserError, The requested model azureml://x is not available in region East US 2.": {"PF-MDL-001"},
    "Soft-deleted workspace exists. Please purge or recover it. https://aka.ms/wsoftdelete": {"PF-NAME-005"},
    "Not enough quota available for Standard_DS3_v2 in SubscriptionId ***. Current usage/limit: 0/6": {"PF-QTA-001"},
    "AvailabilityNotInRegion: Product is not available in region: JP.": {"PF-SUB-004"},
    "A timeout happened": set(),
}


MESSAGES = {
    "Code=\"AuthorizationFailed\" Message=\"The client 'x' with object id 'y' has an authorization with ABAC condition "
    "that is not fulfilled to perform action 'Microsoft.Authorization/roleAssignments/write'\"": "run bootstrap/ again",
    'Code="RequestDisallowedByPolicy" Message="was disallowed by policy."': "an Azure Policy forbids it",
    'Status=409 Code="ScopeLocked" Message="cannot perform delete operation"': "az lock list",
    'Status=409 Code="RoleAssignmentExists" Message="The role assignment already exists."': "or import it",
    'Status=400 Code="PrincipalNotFound" Message="does not exist in the directory"': "give the object id",
    'Status=409 Code="ResourceGroupBeingDeleted" Message="is in deprovisioning state"': "until the group is gone",
    'Code="LocationNotAvailableForResourceType" Message="\'norwaywest\' is not available"': "azure-native:location",
    'Status=401 Code="InvalidAuthenticationTokenTenant" Message="wrong issuer"': "az login --tenant",
    'Status=404 Code="SubscriptionNotFound" Message="could not be found."': "az account list",
    "ClientAssertionCredential failed. AADSTS700213: No matching federated identity record": "federated credential",
    'Code="SkuNotAvailable" Message="The requested VM size is not available"': "az vm list-skus",
    'Status=400 Code="MissingApiVersionParameter" Message="is required for all requests."': "?api-version=",
    'Status=409 Code="InvalidResourceLocation" Message="already exists in location"': "choose another name",
    'Status=409 Code="InvalidResourceGroupLocation" Message="Invalid location"': "set azure-native:location",
    'Code="FlagMustBeSetForRestore" Message="has been soft-deleted."': "purge it",
    'Status=409 Code="RequestConflict" Message="Another operation is being performed"': "wait until it has ended",
    'Status=400 Code="AccountProvisioningStateInvalid" Message="in state Accepted"': "until its provisioningState is",
    'Status=409 Code="AnotherOperationInProgress" Message="is in progress."': "wait some minutes",
    'Status=429 Code="SubscriptionRequestsThrottled" Message="exceeded the limit"': "--parallel",
    'Status=400 Code="RoleDefinitionLimitExceeded" Message="limit exceeded."': "--custom-role-only",
    'Code="ResourceNotReady" Message="User container has crashed or terminated."': "get-logs",
    'Code="InternalServerError" Message="Received 500 from a service request"': "run the command again",
    'Code="UserError" Message="The specified model azureml://x/versions/99 was not found"': "az ml model list",
    'Code="MarketplacePurchaseEligibilityFailed" Message="See inner errors"': "may not buy the offer",
    "cannot create already existing resource '/subscriptions/s/resourceGroups/rg'": "pulumi import azure-native",
    "cannot create already existing resource '/subscriptions/s/resourceGroups/rg/providers/a/b/c'": "pipelines adopt",
}


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_of_azures_gets_its_remedy(message: str) -> None:
    told = CliRunner().invoke(
        preflight, ["hint"], input=f"Diagnostics:\n  error: {message}\n\n  error: update failed\n"
    )
    assert MESSAGES[message] in told.stdout
    assert "is not known here" not in told.stdout


def test_each_error_of_a_log_is_told_once_and_an_unknown_one_is_said_to_be_so() -> None:
    log = "".join(f"error: {message}\n" for message in [*MESSAGES, 'Code="NeverHeardOf" Message="s3cret"'])
    told = CliRunner().invoke(preflight, ["hint"], input=log + log).stdout
    assert [remedy for remedy in MESSAGES.values() if remedy not in told] == []
    assert told.count("NeverHeardOf is not known here") == 1
    assert "s3cret" not in told
    assert len(told.splitlines()) == len(set(told.splitlines()))


def test_what_is_no_error_is_not_spoken_of() -> None:
    quiet = "Diagnostics:\n  azure-native:x:Y (z):\n    warning: slow\n\n  error: update failed\n\nDuration: 3s\n"
    assert CliRunner().invoke(preflight, ["hint"], input=quiet).stdout == ""


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_points_to_its_checks(refusal: str) -> None:
    printed = f"Diagnostics:\n  azure-native:some:Resource (name):\n    error: {refusal}\n\n  error: update failed\n"
    assert {check.id for check in checks_of_output(printed)} == REFUSALS[refusal]


def test_several_resources_that_fail_are_all_explained() -> None:
    printed = "\n\n".join(REFUSALS)
    assert {check.id for check in checks_of_output(printed)} == set().union(*REFUSALS.values())


def test_every_hint_names_checks_and_sources_that_there_are() -> None:
    sources = yaml.safe_load((FACTS / "sources.yaml").read_text(encoding="utf-8"))
    for hint in hints():
        assert hint.checks or hint.remedy
        assert [find_check(one).id for one in hint.checks] == list(hint.checks)
        assert set(hint.source) <= set(sources)


def test_what_is_said_of_one_check_comes_before_what_is_said_of_several() -> None:
    inner = "enrollment for this subscription doesn't allow purchase"
    explained = checks_of_output(f'error: Code="MarketplacePurchaseEligibilityFailed" Message="{inner}"')
    assert next(iter(explained)).id == "PF-SUB-004"


def test_an_error_code_is_explained_like_a_check() -> None:
    told = CliRunner().invoke(preflight, ["explain", "missingsubscriptionregistration"])
    assert told.exit_code == 0
    assert "PF-PRV-001" in told.stdout
    assert [check.id for check in checks_of_code("NoSuchCode")] == []


def test_nothing_of_the_log_is_printed_again(tmp_path: Path) -> None:
    log = tmp_path / "up.log"
    log.write_text("error: Code=StorageAccountAlreadyTaken key=s3cret\n", encoding="utf-8")
    told = CliRunner().invoke(preflight, ["hint", "--stack", "dev", str(log)])
    assert "PF-NAME-001" in told.stdout
    assert "preflight --stack dev --only PF-NAME-001" in told.stdout
    assert "s3cret" not in told.output


@pytest.fixture
def world(workbench: Workbench) -> Iterator[Workbench]:
    yield workbench
    change_world(workbench.home, subscriptionState="Enabled", namesOfOthers=[])


def test_what_a_failed_update_printed_is_explained(world: Workbench) -> None:
    world.pulumi("stack", "select", "sandbox", "--create")
    change_world(world.home, namesOfOthers=["sthubllamasandboxjnqf3g"])
    failed = world.pulumi("up", "--stack", "sandbox", "--yes", "--skip-preview", check=False)
    assert failed.returncode != 0
    told = CliRunner().invoke(preflight, ["hint"], input=failed.stdout + failed.stderr)
    assert "PF-NAME-001" in told.stdout


def test_make_up_explains_its_failure(world: Workbench) -> None:
    change_world(world.home, subscriptionState="Disabled")
    made = subprocess.run(
        ["make", "--no-print-directory", "up"],
        cwd=PROJECT_ROOT,
        env=os.environ | {"SANDBOX_HOME": str(world.home.root), "PULUMI_OPTION_SKIP_PREVIEW": "true"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert made.returncode != 0
    assert "ReadOnlyDisabledSubscription" in made.stdout
    assert "preflight: PF-SUB-001" in made.stdout
    assert "preflight --stack sandbox --only PF-SUB-001" in made.stdout


def test_what_preflight_passes_is_deployed_under_the_names_that_it_asked_for(world: Workbench) -> None:
    world.pulumi("stack", "select", "sandbox", "--create")
    asked = preflight_of(world)
    assert {row["result"] for row in asked} <= {"pass", "warn"}
    world.pulumi("up", "--stack", "sandbox", "--yes", "--skip-preview")
    names = {resource["id"].rsplit("/", 1)[-1] for resource in world.state("sandbox") if resource.get("id")}
    assert {row["subject"] for row in asked if row["id"].startswith("PF-NAME")} <= names
    state = world.folder / "state.json"
    state.write_text(world.pulumi("stack", "export", "--stack", "sandbox").stdout, encoding="utf-8")
    again = preflight_of(world, "--state", str(state))
    assert {row["result"] for row in again} <= {"pass", "warn"}


def preflight_of(bench: Workbench, *arguments: str) -> list[dict[str, str]]:
    """Run the installed command in the project, as a person would."""
    command = [str(PROJECT_ROOT / ".venv/bin/preflight"), "--stack", "sandbox", "--format", "json", *arguments]
    answer = subprocess.run(
        command, cwd=bench.project, env=bench.environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    rows: list[dict[str, str]] = json.loads(answer.stdout)["checks"]
    return rows
