"""What Azure refuses ends an `up` or a `destroy` in Azure's words, through the real engine. The tests run in order."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from llama_azure_sandbox.client.principals import add_principal
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.engine.find import find_engine
from llama_azure_sandbox.environment import client_environment
from llama_azure_sandbox.identity.credentials import OWNER_NAME
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.estates import (
    LLAMA_8B,
    hub_body,
    make_endpoint,
    make_project,
    project_body,
    put_and_wait,
    subscribe,
    vault_body,
    wait_until,
    workspace,
)
from tests.support.workbench import Workbench, open_workbench

PROGRAM = Path(__file__).parent / "programs" / "raw"
ML = "azure-native:machinelearningservices"
GROUP, OTHER = "rg-refused", "rg-refused-other"
LLAMA_70B = LLAMA_8B.replace("8B", "70B")
LLAMA_2 = "azureml://registries/azureml-meta/models/Llama-2-7b-chat/versions/27"
STACK = "refused"
HELD_VAULT = "kv-refused-held"


def serverless(name: str, model_id: str, project: str = "project") -> dict[str, Any]:
    properties = {"authMode": "Key", "modelSettings": {"modelId": model_id}}
    return {
        "resourceGroupName": GROUP,
        "workspaceName": project,
        "name": name,
        "location": "eastus2",
        "sku": {"name": "Consumption"},
        "properties": properties,
    }


def subscription(name: str, model_id: str) -> dict[str, Any]:
    return {
        "resourceGroupName": GROUP,
        "workspaceName": "project",
        "name": name,
        "properties": {"modelId": model_id},
    }


def online(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "resourceGroupName": GROUP,
        "workspaceName": "project",
        "endpointName": name,
        "location": "eastus2",
        "properties": {"authMode": "Key", **properties},
    }


def deployment(name: str, size: str) -> dict[str, Any]:
    return {
        "resourceGroupName": GROUP,
        "workspaceName": "project",
        "endpointName": "chat",
        "deploymentName": name,
        "location": "eastus2",
        "sku": {"name": "Default", "capacity": 1},
        "properties": {"endpointComputeType": "Managed", "model": LLAMA_2, "instanceType": size},
    }


def project(name: str, group: str = GROUP, location: str = "eastus2") -> dict[str, Any]:
    return {
        "resourceGroupName": group,
        "workspaceName": name,
        "location": location,
        "kind": "Project",
        "hubResourceId": f"{SUBSCRIPTION}{workspace(GROUP, 'hub')}",
    }


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "not-offered": (
        f"{ML}:MarketplaceSubscription",
        subscription("llama31", LLAMA_8B.replace("Llama-3", "Llama-3.1")),
        "Meta-Llama-3.1-8B-Instruct is not available in region East US 2. (ServerlessModelNotAvailableInRegion)",
    ),
    "cannot-buy": (
        f"{ML}:MarketplaceSubscription",
        subscription("llama70", LLAMA_70B),
        "Purchase failed because there is no valid payment method associated with this Azure subscription.",
    ),
    "not-subscribed": (
        f"{ML}:ServerlessEndpoint",
        serverless("llama-70", LLAMA_70B),
        "Workspace project has no Marketplace subscription to the offer of Meta-Llama-3-70B-Instruct",
    ),
    "with-a-version": (
        f"{ML}:ServerlessEndpoint",
        serverless("llama-version", f"{LLAMA_70B}/versions/6"),
        "A serverless endpoint takes the id without one",
    ),
    "deployed-twice": (
        f"{ML}:ServerlessEndpoint",
        serverless("llama-two", LLAMA_8B),
        "Workspace project already deploys Meta-Llama-3-8B-Instruct as serverless endpoint 'llama-one'.",
    ),
    "name-taken": (
        f"{ML}:ServerlessEndpoint",
        serverless("llama-one", LLAMA_8B, "second"),
        "Serverless endpoint name 'llama-one' is not available. Please select a different name.",
    ),
    "name-of-no-endpoint": (
        f"{ML}:OnlineEndpoint",
        online("no"),
        "The name for an endpoint must be at least 3 and at most 32 characters long",
    ),
    "traffic-to-nothing": (
        f"{ML}:OnlineEndpoint",
        online("early", traffic={"blue": 100}),
        "an endpoint gets its traffic after its deployments",
    ),
    "too-small": (f"{ML}:OnlineDeployment", deployment("small", "Standard_NC4as_T4_v3"), "is too small for Llama-2-7b"),
    "no-cores": (
        f"{ML}:OnlineDeployment",
        deployment("blue", "Standard_NC12s_v3"),
        "Not enough quota available for Standard_NC12s_v3",
    ),
    "one-too-many": (f"{ML}:Workspace", project("third"), "The resource group rg-refused has 3 workspaces, of 3 that"),
    "other-region": (
        f"{ML}:Workspace",
        project("far", OTHER, "westus"),
        "The location West US of the project is not that of its hub, which is East US 2.",
    ),
    "held-workspace": (
        f"{ML}:Workspace",
        project("held", OTHER),
        "Soft-deleted workspace exists. Please purge or recover",
    ),
    "held-vault": (
        "azure-native:keyvault:Vault",
        {
            "resourceGroupName": OTHER,
            "vaultName": HELD_VAULT,
            "location": "eastus2",
            "properties": vault_body()["properties"],
        },
        "A vault with the same name already exists in deleted state.",
    ),
    "child-of-nothing": (
        f"{ML}:ServerlessEndpoint",
        serverless("llama-orphan", LLAMA_8B, "nobody"),
        "because the parent resource",
    ),
}


@dataclass
class Stack:
    """The program on a workbench, without the policy pack: what the pack would find is to reach Azure here."""

    bench: Workbench
    folder: Path

    def pulumi(self, *arguments: str, principal: str = OWNER_NAME) -> subprocess.CompletedProcess[str]:
        """Run the CLI as a principal."""
        folder = find_engine().folder
        environment = client_environment(self.bench.home, self.bench.record, folder, os.environ, principal)
        no_policies = dict.fromkeys(("PULUMI_OPTION_POLICY_PACK", "PULUMI_OPTION_POLICY_PACK_CONFIG"), "")
        return subprocess.run(
            ["pulumi", "--non-interactive", *arguments],
            cwd=self.folder,
            env=os.environ | environment | no_policies,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def up(self, *resources: dict[str, Any], principal: str = OWNER_NAME) -> subprocess.CompletedProcess[str]:
        self.pulumi("config", "set", "raw:resources", json.dumps(resources), "--stack", STACK)
        return self.pulumi(
            "up", "--stack", STACK, "--yes", "--skip-preview", "--continue-on-error", principal=principal
        )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("refused")
    shutil.copytree(PROGRAM, folder / "program")
    with open_workbench(folder / "workbench") as bench:
        stack = Stack(bench, folder / "program")
        stack.pulumi("stack", "init", STACK)
        yield stack


@pytest.fixture(scope="module")
def arm(stack: Stack) -> Iterator[Arm]:
    with sign_in(stack.bench.home) as arm:
        yield arm


@pytest.fixture(scope="module")
def said(stack: Stack, arm: Arm) -> str:
    """What the user reads of an `up` of everything that is refused."""
    make_project(arm, GROUP)
    put_and_wait(arm, workspace(GROUP, "second"), project_body(GROUP))
    make_endpoint(arm, GROUP, "llama-one", "project")
    subscribe(arm, GROUP, "second")
    put_and_wait(
        arm,
        f"{workspace(GROUP, 'project')}/onlineEndpoints/chat",
        {"location": "eastus2", "properties": {"authMode": "Key"}},
    )
    put_and_wait(arm, f"/resourcegroups/{OTHER}", {"location": "eastus2"})
    change_world(stack.bench.home, softDelete=True)
    vault = f"/resourceGroups/{OTHER}/providers/Microsoft.KeyVault/vaults/{HELD_VAULT}"
    for path, body in ((vault, vault_body()), (workspace(OTHER, "held"), hub_body())):
        put_and_wait(arm, path, body)
        arm.call("DELETE", path)
    wait_until(lambda: arm.call("GET", workspace(OTHER, "held")).status_code == 404)
    change_world(
        stack.bench.home,
        paymentMethod=False,
        defaultCoreQuota=0,
        limits={"workspacesPerResourceGroup": 3},
    )
    up = stack.up(*({"type": kind, "name": name, "inputs": inputs} for name, (kind, inputs, _) in REFUSED.items()))
    assert up.returncode != 0
    return " ".join((up.stdout + up.stderr).split())


@pytest.mark.parametrize("name", REFUSED)
def test_an_up_that_azure_refuses_ends_in_azures_words(said: str, name: str) -> None:
    assert REFUSED[name][2] in said
    assert "Traceback" not in said


def test_nothing_that_was_refused_is_there(said: str, stack: Stack) -> None:
    exported = json.loads(stack.pulumi("stack", "export", "--stack", STACK).stdout)
    kept = [resource["type"] for resource in exported["deployment"].get("resources", [])]
    assert [kind for kind in kept if not kind.startswith("pulumi:")] == []


def test_an_up_without_the_permission_names_it(said: str, stack: Stack) -> None:
    add_principal(stack.bench.home, "reader", role="Reader")
    refused = stack.up(
        {"type": f"{ML}:ServerlessEndpoint", "name": "denied", "inputs": serverless("llama-denied", LLAMA_70B)},
        principal="reader",
    )
    words = " ".join((refused.stdout + refused.stderr).split())
    assert refused.returncode != 0
    assert "does not have authorization to perform action" in words
    assert "'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/write' over scope" in words


def test_a_destroy_in_the_wrong_order_is_refused_and_can_be_repeated(said: str, stack: Stack, arm: Arm) -> None:
    change_world(stack.bench.home, softDelete=False, limits={})
    hub = {"resourceGroupName": OTHER, "workspaceName": "hub", "location": "eastus2", "kind": "Hub"}
    up = stack.up({"type": f"{ML}:Workspace", "name": "hub", "inputs": hub})
    assert up.returncode == 0, up.stdout
    put_and_wait(arm, workspace(OTHER, "of-a-colleague"), project_body(OTHER))
    refused = stack.pulumi("destroy", "--stack", STACK, "--yes", "--skip-preview")
    words = " ".join((refused.stdout + refused.stderr).split())
    assert refused.returncode != 0
    assert "The hub hub cannot be deleted while it has projects: of-a-colleague. Delete them first." in words
    assert arm.call("DELETE", workspace(OTHER, "of-a-colleague")).is_success
    wait_until(lambda: arm.call("GET", workspace(OTHER, "of-a-colleague")).status_code == 404)
    assert stack.pulumi("destroy", "--stack", STACK, "--yes", "--skip-preview").returncode == 0
