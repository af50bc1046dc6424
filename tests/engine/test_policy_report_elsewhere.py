"""The guardrails on a Pulumi program that has nothing of this repository in it, and beside a team's own pack."""

import json
import subprocess
from pathlib import Path

import pytest

from llama_azure_sandbox.environment import POLICY_CONFIGURATION, POLICY_PACK
from llama_azure_sandbox.home import PROJECT_ROOT
from policy_report.outcome import ExitCode
from tests.support.workbench import Workbench, sandbox_command

SECONDS = 180
RUNTIME, SDK_RUNTIME = (
    f"runtime: {{name: python, options: {{toolchain: pip, virtualenv: {PROJECT_ROOT / environment}}}}}\n"
    for environment in (".venv", ".venv-policy-sdk")
)
PROGRAM = """
import pulumi
from pulumi_azure_native import resources, storage

group = resources.ResourceGroup("data", resource_group_name="rg-shop-data", location="eastus2")
storage.StorageAccount("uploads", resource_group_name=group.name, account_name="stshopuploads", location="eastus2",
                       kind="StorageV2", sku={"name": "Standard_LRS"}, allow_blob_public_access=True)
"""
TEAM_PACK = """
from pulumi_policy import EnforcementLevel, PolicyConfigSchema, PolicyPack, ResourceValidationPolicy


def is_replicated(args, report_violation):
    if args.resource_type == "azure-native:storage:StorageAccount" and "LRS" in args.props["sku"]["name"]:
        report_violation(f"the team wants more than {args.get_config()['least']}")


schema = PolicyConfigSchema(properties={"least": {"type": "string", "default": "one copy"}})
PolicyPack("shop", policies=[ResourceValidationPolicy(
    name="replicated", description="Storage is replicated.", enforcement_level=EnforcementLevel.ADVISORY,
    config_schema=schema, validate=is_replicated)])
"""
OPEN, TAGS = "storage-no-anonymous-access", "required-tags"


class Shop:
    """A project of another team in a folder of its own."""

    def __init__(self, bench: Workbench, folder: Path) -> None:
        self.bench = bench
        self.folder = folder

    def shell(self, *options: str) -> dict[str, str]:
        """Return the environment of a shell that was set up by `sandbox env`."""
        lines = sandbox_command(self.bench.home, "env", *options).stdout
        told = subprocess.run(["sh", "-c", f"{lines}\nenv -0"], capture_output=True, text=True, check=True).stdout
        return dict(one.split("=", 1) for one in told.split("\0") if one)

    def run(self, *command: str, folder: Path | None = None, how: tuple[str, ...] = ()) -> tuple[int, str]:
        answer = subprocess.run(
            command,
            cwd=folder or self.folder,
            env=self.shell(*how),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return answer.returncode, answer.stdout + answer.stderr


@pytest.fixture(scope="module")
def shop(workbench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "Pulumi.yaml").write_text(f"name: shop\n{RUNTIME}")
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / "guardrails.json").write_text(json.dumps({"all": "disabled", OPEN: "mandatory"}))
    pack = folder / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text(f"version: 0.0.1\n{SDK_RUNTIME}")
    (pack / "__main__.py").write_text(TEAM_PACK)
    (pack / "team.json").write_text(json.dumps({"replicated": {"least": "two copies"}}))
    shop = Shop(workbench, folder)
    assert shop.run("pulumi", "stack", "init", "live")[0] == 0
    return shop


def test_a_program_elsewhere_is_judged_by_its_own_configuration(shop: Shop, tmp_path: Path) -> None:
    report = shop.folder / "build" / "policy" / "live" / "report.md"
    judge = ("policy-report", "--stack", "live", "--project", str(shop.folder))
    code, said = shop.run(*judge, folder=tmp_path)
    assert code == ExitCode.VIOLATIONS, said
    assert "uploads (at allowBlobPublicAccess)" in report.read_text(encoding="utf-8")
    lenient = tmp_path / "lenient.json"
    lenient.write_text(json.dumps({"all": "disabled"}))
    code, said = shop.run(*judge, "--config", "lenient.json", folder=tmp_path)
    assert code == ExitCode.CLEAN, said
    assert "live`: 0 fail, 0 unknown, 0 warn" in report.read_text(encoding="utf-8")
    assert [one.name for one in tmp_path.iterdir()] == ["lenient.json"]


def test_a_program_elsewhere_is_told_what_it_lacks(shop: Shop, tmp_path: Path) -> None:
    judge = ("policy-report", "--stack", "live", "--project")
    code, said = shop.run(*judge, str(tmp_path), "--config", str(shop.folder / "guardrails.json"))
    assert (code, "holds no Pulumi.yaml: name the folder of a Pulumi program with --project" in said) == (3, True)
    code, said = shop.run(*judge, ".", "--config", "nowhere.json")
    assert (code, "nowhere.json is not there" in said, "Traceback" in said) == (3, True, False)


def test_a_teams_own_pack_runs_alone_and_beside_ours(shop: Shop) -> None:
    preview = ("pulumi", "preview", "--stack", "live", "--non-interactive")
    theirs = ("--policy-pack", "pack", "--policy-pack-config", "pack/team.json")
    ours = ("--policy-pack", str(POLICY_PACK), "--policy-pack-config", str(POLICY_CONFIGURATION))
    code, alone = shop.run(*preview, *theirs, how=("--no-policy",))
    assert code == 0, alone
    assert "the team wants more than two copies" in alone
    assert "LLA-" not in alone
    _, both = shop.run(*preview, *theirs, *ours, how=("--no-policy",))
    assert "the team wants more than two copies" in both
    assert "[LLA-" in both
