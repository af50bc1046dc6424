"""``llama-azure page --live`` on what lies in the sandbox: traffic and quota are Azure's, not the settings'."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from llama_azure_cli.main import cli
from llama_azure_core.quota import cores_needed, find_vm_size
from llama_azure_sandbox.client.principals import add_principal
from llama_azure_sandbox.environment import client_environment
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.identity.credentials import OWNER_NAME
from llama_azure_sandbox.process import running
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.estates import make_project, workspace
from tests.support.online import make_online_deployment, make_online_endpoint, set_traffic

GROUP, ENDPOINT, SIZE = "rg-live", "live-chat", "Standard_NC24s_v3"
WANTED, ACTUAL = {"blue": 80, "green": 20}, {"blue": 60, "green": 40}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, arm: Arm) -> Path:
    """A project with one stack, whose endpoint has another traffic in Azure than its file says."""
    make_project(arm, GROUP)
    make_online_endpoint(arm, GROUP, ENDPOINT)
    for name in ACTUAL:
        make_online_deployment(arm, GROUP, ENDPOINT, name)
    set_traffic(arm, GROUP, ENDPOINT, ACTUAL)
    machines = {"model": "Llama-2-7b-chat", "version": "27", "vmSize": SIZE}
    deployments = {name: {**machines, "traffic": share} for name, share in WANTED.items()}
    managed = {"chat": {"name": ENDPOINT, "deployments": deployments}, "more": {"deployments": {"blue": machines}}}
    project = {"existing": f"{SUBSCRIPTION}{workspace(GROUP, 'project')}", "managed": managed}
    config = {
        "azure-native:location": "eastus2",
        "llama-azure:asOf": "2024-07-01",
        "llama-azure:resourceGroup": GROUP,
        "llama-azure:hub": {"existing": f"{SUBSCRIPTION}{workspace(GROUP, 'hub')}"},
        "llama-azure:projects": {"project": project},
    }
    folder = tmp_path_factory.mktemp("project")
    (folder / "Pulumi.yaml").write_text("name: llama-azure\nruntime: python\n", encoding="utf-8")
    (folder / "Pulumi.team.yaml").write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    return folder


def page(home: SandboxHome, folder: Path, *arguments: str, principal: str = OWNER_NAME) -> Result:
    """Run the command, where there is no Pulumi CLI that could tell a state."""
    record = running(home)
    assert record is not None
    values = client_environment(home, record, Path("/nonexistent"), os.environ, principal)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in {**values, "PATH": str(folder)}.items():
            patch.setenv(name, value)
        return CliRunner().invoke(cli, ["page", "--stack", "team", "--json", *arguments])


def shown(answer: Result) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the page shows of the environment, and of the shares of each endpoint by its key in the file."""
    assert answer.exit_code == 0, answer.stderr
    (environment,) = json.loads(answer.stdout)["environments"]
    endpoints = environment["places"][0]["projects"][0]["endpoints"]
    return environment, {
        one["path"].rpartition(".")[2]: {
            share["deployment"]: (share["wanted"], share["actual"]) for share in one["traffic"]
        }
        for one in endpoints
    }


def test_traffic_and_quota_are_those_of_azure(home: SandboxHome, folder: Path) -> None:
    environment, traffic = shown(page(home, folder, "--live"))
    assert traffic["chat"] == {name: (WANTED[name], ACTUAL[name]) for name in WANTED}
    ((_, not_there),) = traffic["more"].values()
    assert not_there == {"notKnown": "it is not deployed yet"}
    size = find_vm_size(SIZE)
    cores, endpoints = environment["quotas"]
    assert size.family in cores["name"]
    assert (cores["used"], cores["limit"]) == (2 * cores_needed(size, 1), 480)
    assert (endpoints["used"], endpoints["unit"]) == (2, "endpoints")


def test_unless_it_is_asked_for_nobody_asks_azure(home: SandboxHome, folder: Path) -> None:
    environment, traffic = shown(page(home, folder))
    assert {actual["notKnown"] for _, actual in traffic["chat"].values()} == {"give --live"}
    assert environment["quotas"][0]["limit"] == {"notKnown": "give --live"}


def test_what_azure_refuses_to_tell_is_not_known_with_its_reason(home: SandboxHome, folder: Path) -> None:
    add_principal(home, "nobody-live")
    environment, traffic = shown(page(home, folder, "--live", principal="nobody-live"))
    reasons = {actual["notKnown"] for _, actual in traffic["chat"].values()} | {
        environment["quotas"][0]["limit"]["notKnown"]
    }
    assert all("does not have authorization" in reason for reason in reasons)
