"""Pulumi's own commands and languages on azure-native, which ask the plugin for its schema. The tests run in order."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID
from llama_azure_sandbox.process import StartOptions
from tests.support.arm import sign_in
from tests.support.estates import put_and_wait
from tests.support.workbench import Workbench, open_workbench

FOLDER, STACK = "tools", "dev"
GROUP = "rg-tools"
THEIRS = "99999999-8888-7777-6666-555555555555"
HERE = ("--cwd", FOLDER)
IDENTITIES = f"/resourceGroups/{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
PROGRAM: dict[str, Any] = {
    "name": FOLDER,
    "runtime": "yaml",
    "resources": {
        "group": {"type": "azure-native:resources:ResourceGroup", "properties": {"resourceGroupName": GROUP}},
        # Its name and its location are the plugin's to find.
        "worker": {
            "type": IDENTITY,
            "properties": {"resourceGroupName": "${group.name}"},
        },
    },
    "outputs": {"worker": "${worker.name}", "location": "${worker.location}"},
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("tools"), StartOptions(port=0)) as bench:
        (bench.project / FOLDER).mkdir()
        write(bench, PROGRAM)
        configure(bench, **{"azure-native:location": "swedencentral"})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Workbench, "environment", property(without_policies))
            bench.pulumi(*HERE, "stack", "init", STACK)
            yield bench


def without_policies(bench: Workbench, environment: Any = Workbench.environment) -> dict[str, str]:
    """The guardrails judge the project's own stacks; what is tried here is the plugin."""
    found: dict[str, str] = environment.fget(bench)
    return found | {"PULUMI_OPTION_POLICY_PACK": "", "PULUMI_OPTION_POLICY_PACK_CONFIG": ""}


def write(bench: Workbench, program: dict[str, Any]) -> None:
    (bench.project / FOLDER / "Pulumi.yaml").write_text(yaml.safe_dump(program, sort_keys=False), encoding="utf-8")


def configure(bench: Workbench, **values: Any) -> None:
    path = bench.project / FOLDER / f"Pulumi.{STACK}.yaml"
    before = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(yaml.safe_dump({**before, "config": values}), encoding="utf-8")


def test_the_package_tells_its_schema(bench: Workbench) -> None:
    schema = json.loads(bench.pulumi("package", "get-schema", "azure-native").stdout)
    assert schema["name"] == "azure-native"
    assert "azure-native:machinelearningservices:OnlineEndpoint" in schema["resources"]


def test_a_yaml_program_uses_azure_native_with_the_engines_names_and_the_groups_location(bench: Workbench) -> None:
    configure(bench, **{"azure-native:location": "swedencentral", "pulumi:autonaming": {"pattern": "id-${name}"}})
    assert bench.changes(*HERE, "up", "--stack", STACK)["create"] == 3
    assert bench.outputs(STACK, *HERE) == {"worker": "id-worker", "location": "swedencentral"}
    # Another configured location moves nothing that is there.
    configure(bench, **{"azure-native:location": "eastus2", "pulumi:autonaming": {"pattern": "id-${name}"}})
    assert bench.changes(*HERE, "up", "--stack", STACK).keys() == {"same"}


def test_a_resource_that_is_there_is_refused_imported_and_then_unchanged(bench: Workbench) -> None:
    with sign_in(bench.home) as arm:
        put_and_wait(arm, f"{IDENTITIES}/id-there", {"location": "swedencentral", "tags": {"owner": "platform"}})
    there = {
        "type": IDENTITY,
        "properties": {
            "resourceGroupName": "${group.name}",
            "resourceName": "id-there",
            "location": "swedencentral",
            "tags": {"owner": "platform"},
        },
    }
    write(bench, {**PROGRAM, "resources": {**PROGRAM["resources"], "there": there}})
    refused = bench.pulumi(*HERE, "up", "--stack", STACK, "--yes", "--skip-preview", check=False)
    resource_id = f"/subscriptions/{SUBSCRIPTION_ID}{IDENTITIES}/id-there"
    assert f"cannot create already existing resource '{resource_id}'" in refused.stdout + refused.stderr
    imported = bench.pulumi(
        *HERE, "import", IDENTITY, "there", resource_id, "--stack", STACK, "--yes", "--protect=false", "--skip-preview"
    )
    assert "resourceName: id-there" in imported.stdout
    bench.pulumi(*HERE, "preview", "--stack", STACK, "--expect-no-changes")


def test_what_the_plugin_can_judge_is_refused_at_preview(bench: Workbench) -> None:
    account = {
        "type": "azure-native:storage:StorageAccount",
        "properties": {
            "resourceGroupName": GROUP,
            "accountName": "No-Capitals",
            "kind": "Storage",
            "sku": {"name": "x"},
        },
    }
    write(bench, {**PROGRAM, "resources": {**PROGRAM["resources"], "account": account}})
    refused = bench.pulumi(*HERE, "preview", "--stack", STACK, check=False)
    assert refused.returncode != 0
    assert "'accountName' does not match expression" in refused.stdout + refused.stderr


def test_the_subscription_of_the_configuration_counts_and_an_explicit_providers_before_it(bench: Workbench) -> None:
    group = {"type": "azure-native:resources:ResourceGroup"}
    more = {
        "provider": {"type": "pulumi:providers:azure-native", "properties": {"subscriptionId": SUBSCRIPTION_ID}},
        "ours": {
            **group,
            "properties": {"resourceGroupName": "rg-ours", "location": "eastus2"},
            "options": {"provider": "${provider}"},
        },
        "theirs": {**group, "properties": {"resourceGroupName": "rg-theirs", "location": "eastus2"}},
    }
    write(bench, {**PROGRAM, "resources": {**PROGRAM["resources"], **more}})
    configure(bench, **{"azure-native:subscriptionId": THEIRS, "azure-native:location": "swedencentral"})
    refused = bench.pulumi(*HERE, "up", "--stack", STACK, "--yes", "--skip-preview", "--continue-on-error", check=False)
    assert 'Status=404 Code="SubscriptionNotFound"' in refused.stdout + refused.stderr
    with sign_in(bench.home) as arm:
        assert arm.call("GET", "/resourcegroups/rg-ours").is_success
