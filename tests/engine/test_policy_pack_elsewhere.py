"""The pack as an archive, unpacked outside the checkout, on a program whose values a preview does not know."""

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from llama_azure_sandbox.home import PROJECT_ROOT
from policy_report.archive import build_archive
from tests.support.workbench import Workbench

SECONDS = 180
PROGRAM = """
import pulumi
from pulumi_azure_native import machinelearningservices as ml, resources

tags = {"environment": "t", "managed-by": "t"}
group = resources.ResourceGroup("group", resource_group_name="rg-elsewhere", tags=tags)
hub = ml.Workspace("hub", resource_group_name=group.name, workspace_name="hub-elsewhere", kind="Hub",
                   identity=ml.ManagedServiceIdentityArgs(type="SystemAssigned"),
                   system_datastores_auth_mode="Identity", tags=tags)
project = ml.Workspace("project", resource_group_name=group.name, workspace_name=hub.id.apply(lambda _: "chat"),
                       kind="Project", hub_resource_id=hub.id, tags=tags,
                       identity=ml.ManagedServiceIdentityArgs(type="SystemAssigned"))
config = pulumi.Config()
for name in config.require_object("endpoints"):
    # The project is an output, and so is how callers sign in: a first preview knows neither.
    model = "azureml://registries/azureml-meta/models/Meta-Llama-3-8B-Instruct"
    subscription = ml.MarketplaceSubscription(
        f"{name}-subscription", resource_group_name=group.name, workspace_name=project.name, name=f"offer-{name}",
        properties=ml.MarketplaceSubscriptionPropertiesArgs(model_id=model))
    ml.ServerlessEndpoint(
        name, resource_group_name=group.name, workspace_name=project.name, name=f"llama-{name}",
        sku=ml.SkuArgs(name="Consumption"), tags=tags,
        properties=ml.ServerlessEndpointPropertiesArgs(
            auth_mode=project.id.apply(lambda _: config.require("authMode")),
            content_safety=ml.ContentSafetyArgs(content_safety_status="Enabled"),
            model_settings=ml.ModelSettingsArgs(model_id=model)),
        opts=pulumi.ResourceOptions(depends_on=[subscription]))
"""
CONFIGURATION = {"serverless-endpoint-entra-auth": "mandatory", "judged-on-today": "disabled"}


class Elsewhere:
    """A Pulumi project in a folder of its own, with the unpacked archive as its pack."""

    def __init__(self, bench: Workbench, folder: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in bench.environment.items() if "OPTION_POLICY" not in name}
        self.environment = kept

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )

    def stack(self, name: str, **config: Any) -> None:
        values = {"azure-native:location": "eastus2", "llama-azure:asOf": "2024-07-01"}
        values |= {f"llama-azure:{key}": value for key, value in config.items()}
        (self.folder / "stacks" / f"Pulumi.{name}.yaml").write_text(json.dumps({"config": values}), encoding="utf-8")
        assert self.run("pulumi", "stack", "select", name, "--create").returncode == 0

    def report(self, stack: str, *options: str) -> tuple[int, str]:
        answer = self.run("policy-report", "--stack", stack, "--environment", "test", *options)
        report = self.folder / "build" / "policy" / stack / "report.md"
        assert report.exists(), answer.stderr
        return answer.returncode, report.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def elsewhere(workbench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "Pulumi.yaml").write_text(
        "name: llama-azure\nstackConfigDir: stacks\n"
        "runtime: {name: python, options: {toolchain: pip, virtualenv: .venv}}\n"
    )
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / ".venv").symlink_to(PROJECT_ROOT / ".venv")
    (folder / "stacks").mkdir()
    configurations = folder / "policies" / "config"
    configurations.mkdir(parents=True)
    (configurations / "test.json").write_text(json.dumps(CONFIGURATION))
    install_pack(folder)
    return Elsewhere(workbench, folder)


def install_pack(folder: Path) -> None:
    """Unpack the archive and install its requirements into an environment of its own, without a network.

    What comes from the package index is the locked environment's; this repository's own packages are not in it:
    an environment's folder of packages is added without its links to the checkout.
    """
    with tarfile.open(build_archive(folder / "archive")) as archive:
        archive.extractall(folder, filter="data")
    (unpacked,) = folder.glob("llama-guardrails-*")
    pack = folder / "policies" / "llama_guardrails"
    shutil.move(unpacked, pack)
    uv = str(PROJECT_ROOT / ".venv" / "bin" / "uv")
    python = str(pack / ".venv" / "bin" / "python")
    subprocess.run(
        [uv, "venv", "--quiet", "--python", str(PROJECT_ROOT / ".venv" / "bin" / "python"), pack / ".venv"], check=True
    )
    (locked,) = (PROJECT_ROOT / ".venv" / "lib").glob("python*/site-packages")
    (own,) = (pack / ".venv" / "lib").glob("python*/site-packages")
    (own / "locked.pth").write_text(f"{locked}\n")
    found = subprocess.run(
        [python, "-c", "import llama_azure_core; print(llama_azure_core.__file__)"],
        cwd=pack,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.startswith(str(pack)), found.stdout


def test_a_model_twice_is_found_by_the_project_that_both_endpoints_come_from(elsewhere: Elsewhere) -> None:
    elsewhere.stack("twice", endpoints=["one", "two"], authMode="AAD")
    code, said = elsewhere.report("twice")
    assert code == 1
    (violation,) = [line for line in said.splitlines() if "LLA-MOD-001" in line and " fail " in line]
    assert "| one " in violation or "| two " in violation


def test_what_a_preview_cannot_know_fails_the_report_until_the_update_decides(elsewhere: Elsewhere) -> None:
    elsewhere.stack("later", endpoints=["one"], authMode="Key")
    code, said = elsewhere.report("later")
    assert code == 2
    assert ": 0 fail" in said
    assert "LLA-AUT-001" in said
    assert "properties.authMode is not known before it is deployed" in said
    pack = ("--policy-pack", "policies/llama_guardrails", "--policy-pack-config", "policies/config/test.json")
    update = elsewhere.run("pulumi", "up", "--stack", "later", "--yes", "--skip-preview", "--non-interactive", *pack)
    assert update.returncode != 0
    told = " ".join(update.stdout.split())
    assert "[mandatory] [severity: medium] serverless-endpoint-entra-auth" in told
    assert "[LLA-AUT-001 violation mandatory at properties.authMode]" in told
    state = json.loads(elsewhere.run("pulumi", "stack", "export", "--stack", "later").stdout)
    made = {one["urn"].rsplit("::", 1)[-1] for one in state["deployment"]["resources"]}
    assert "project" in made
    assert "one" not in made
    # The next stack makes resources of the same names.
    destroyed = elsewhere.run("pulumi", "destroy", "--stack", "later", "--yes", "--skip-preview", "--non-interactive")
    assert destroyed.returncode == 0, destroyed.stdout


def test_a_state_is_reported_on_without_its_program(elsewhere: Elsewhere) -> None:
    elsewhere.stack("deployed", endpoints=[], authMode="Key")
    up = elsewhere.run("pulumi", "up", "--stack", "deployed", "--yes", "--skip-preview", "--non-interactive")
    assert up.returncode == 0, up.stdout
    code, said = elsewhere.report("deployed", "--state")
    assert (code, "in the state, judged as `test`" in said) == (0, True)
    exported = elsewhere.folder / "state.json"
    exported.write_text(elsewhere.run("pulumi", "stack", "export", "--stack", "deployed").stdout)
    assert elsewhere.report("deployed", "--file", str(exported)) == (code, said)


def test_a_misspelt_rule_stops_the_engine_with_the_right_spelling(elsewhere: Elsewhere, tmp_path: Path) -> None:
    misspelt = tmp_path / "misspelt.json"
    misspelt.write_text('{"alowed-regions": "advisory"}')
    pack = ("--policy-pack", "policies/llama_guardrails", "--policy-pack-config", str(misspelt))
    elsewhere.stack("misspelt", endpoints=[], authMode="Key")
    preview = elsewhere.run("pulumi", "preview", "--stack", "misspelt", "--non-interactive", *pack)
    assert preview.returncode != 0
    assert "alowed-regions is not a rule; did you mean allowed-regions?" in preview.stdout + preview.stderr
