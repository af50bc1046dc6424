"""The distribution installed from git into an empty environment, and what runs of it in a folder without a checkout."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from llama_azure_sandbox.engine.find import find_engine
from llama_azure_sandbox.home import PROJECT_ROOT
from tests.support.pipeline import Repository

SECONDS = 300
UV = PROJECT_ROOT / ".venv" / "bin" / "uv"
PROGRAM = """
import pulumi
from llama_azure import MarketplaceSubscription
from pulumi_azure_native import resources

group = resources.ResourceGroup("group", resource_group_name="rg-elsewhere")
offer = MarketplaceSubscription("offer", {
    "resource_group_name": group.name, "project_name": "chat", "subscription_name": "llama-3-8b",
    "model_id": "azureml://registries/azureml-meta/models/Meta-Llama-3-8B-Instruct",
})
"""


@dataclass
class Installed:
    """A project of somebody else's, beside an environment into which the distribution was installed."""

    folder: Path

    @property
    def project(self) -> Path:
        return self.folder / "project"

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment in the project, without a word of this checkout's."""
        path = f"{self.folder / 'environment' / 'bin'}:{find_engine().folder}:/usr/bin:/bin"
        kept = {name: os.environ[name] for name in ("HOME", "XDG_CACHE_HOME", "PULUMI_LOGIN") if name in os.environ}
        return subprocess.run(
            command,
            cwd=self.project,
            env=kept | {"PATH": path},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("installed")
    repository = Repository(folder / "repository")
    repository.create()
    repository.push("All of it")
    install(folder / "environment", f"llama-azure[cli,preflight,sandbox] @ git+file://{repository.work}")
    found = Installed(folder)
    found.project.mkdir()
    (found.project / "Pulumi.yaml").write_text(
        "name: elsewhere\nruntime: {name: python, options: {toolchain: pip, virtualenv: ../environment}}\n"
    )
    shutil.copy(PROJECT_ROOT / "stacks" / "Pulumi.sandbox.yaml", found.project)
    started = found.run("sandbox", "start", "--port", "0")
    assert started.returncode == 0, started.stderr
    yield found
    found.run("sandbox", "stop")


def install(environment: Path, what: str) -> None:
    """Install into a new environment, in the versions of the lock and from uv's cache where it has them."""
    subprocess.run([UV, "venv", "--quiet", "--seed", "--offline", environment], check=False, capture_output=True)
    if not (environment / "bin" / "pip").exists():
        subprocess.run([UV, "venv", "--quiet", "--seed", "--clear", environment], check=True)
    locked = ("--constraint", str(PROJECT_ROOT / "requirements.lock"))
    command: list[str | Path] = [UV, "pip", "install", "--quiet", "--python", str(environment), *locked, what]
    if subprocess.run([*command, "--offline"], check=False, capture_output=True).returncode != 0:
        subprocess.run(command, check=True)


def test_a_sandbox_without_a_checkout_lives_in_the_project(installed: Installed) -> None:
    assert (installed.project / ".sandbox" / "server.json").exists()
    assert (installed.project / ".sandbox" / ".gitignore").read_text(encoding="ascii") == "*\n"
    environment = installed.run("sandbox", "env").stdout
    assert f"export SANDBOX_HOME={installed.project / '.sandbox'}\n" in environment
    assert "POLICY_PACK" not in environment
    assert str(PROJECT_ROOT) not in environment


def test_preflight_needs_the_stack_file_alone(installed: Installed) -> None:
    answer = installed.run("sandbox", "run", "--", "preflight", "--stack", "sandbox")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "0 fail, 0 unknown" in answer.stdout


def test_the_command_tells_what_can_be_deployed_by_the_stacks_file(installed: Installed) -> None:
    told = json.loads(installed.run("llama-azure", "models", "--stack", "sandbox", "--json").stdout)
    assert (told["on"], told["region"]) == ("2024-07-01", "eastus2")
    assert "Meta-Llama-3-8B-Instruct" in {row["model"] for row in told["models"]}


def test_a_program_with_components_is_previewed(installed: Installed) -> None:
    (installed.project / "__main__.py").write_text(PROGRAM)
    pulumi = ("sandbox", "run", "--", "pulumi", "--non-interactive")
    assert installed.run(*pulumi, "stack", "init", "sandbox").returncode == 0
    preview = installed.run(*pulumi, "preview", "--stack", "sandbox")
    assert preview.returncode == 0, preview.stdout + preview.stderr
    assert "llama-azure:index:MarketplaceSubscription offer create" in preview.stdout
    assert "+ 4 to create" in preview.stdout
