"""A repository with a remote, and jobs that run the pipelines' steps in clones of it as a CI system does."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from llama_azure_sandbox.home import PROJECT_ROOT
from llama_azure_sandbox.sign_in import oidc_token
from tests.support import fork_server
from tests.support.forge import REPOSITORY, Forge
from tests.support.workbench import Workbench

GITHUB_ISSUER = "https://token.actions.githubusercontent.com"

# What `make` looks at before it installs packages; a clone shares this checkout's environment, which is installed.
_INSTALLED_FROM = ("requirements.lock", "pyproject.toml", "scripts/venv.sh")
_STEP_SECONDS = 300


@dataclass
class Repository:
    """A bare repository on this machine, and a working copy of it in which people write."""

    folder: Path
    checkouts: int = 0

    @property
    def remote(self) -> Path:
        return self.folder / "origin.git"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def create(self) -> None:
        """Fill the work tree with this checkout's files, committed or not yet."""
        self.folder.mkdir(parents=True)
        git(self.folder, "init", "--quiet", "--bare", "--initial-branch", "main", str(self.remote))
        git(self.folder, "clone", "--quiet", str(self.remote), str(self.work))
        listed = git(PROJECT_ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in filter(None, listed.split("\0")):
            source, target = PROJECT_ROOT / name, self.work / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)

    def write(self, name: str, content: Any) -> None:
        """Write a file of the work tree, as YAML where it is not text."""
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        (self.work / name).write_text(text, encoding="utf-8")

    def read(self, name: str) -> Any:
        return yaml.safe_load((self.work / name).read_text(encoding="utf-8"))

    def branch(self, name: str) -> None:
        """Begin a branch at what is on main."""
        git(self.work, "checkout", "--quiet", "-B", name, "origin/main" if name != "main" else "main")

    def push(self, message: str) -> None:
        """Commit everything and push the branch."""
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "--message", message)
        git(self.work, "push", "--quiet", "--force", "origin", "HEAD")
        git(self.work, "fetch", "--quiet", "origin")

    def merge(self, branch: str) -> None:
        """Merge a branch into main and push it."""
        git(self.work, "checkout", "--quiet", "main")
        git(self.work, "merge", "--quiet", "--no-ff", "--no-edit", f"origin/{branch}")
        git(self.work, "push", "--quiet", "origin", "main")
        git(self.work, "fetch", "--quiet", "origin")

    def clone(self, ref: str) -> Path:
        """Return a fresh clone with a branch or tag checked out, as a job has it."""
        self.checkouts += 1
        target = self.folder / f"job-{self.checkouts}"
        git(self.folder, "clone", "--quiet", str(self.remote), str(target))
        git(target, "checkout", "--quiet", f"origin/{ref}")
        (target / ".venv").symlink_to(fork_server.environment() if fork_server.IS_POSSIBLE else fork_server.REAL)
        for name in _INSTALLED_FROM:
            os.utime(target / name, (0, 0))
        return target


@dataclass
class Job:
    """A job of a CI system: a clone, and variables that hold for each of its steps."""

    checkout: Path
    variables: Mapping[str, str]
    said: list[str] = field(default_factory=list)

    def step(self, *arguments: str, ok: bool = True) -> str:
        """Run a step and return what it printed; fail if it does not end as expected."""
        answer = subprocess.run(
            [".venv/bin/python", "-m", "pipelines", *arguments],
            cwd=self.checkout,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=_STEP_SECONDS,
            check=False,
        )
        text = answer.stdout + answer.stderr
        self.said.append(text)
        assert (answer.returncode == 0) == ok, text
        assert "Traceback" not in text, text
        return text

    def file(self, name: str) -> str:
        return (self.checkout / name).read_text(encoding="utf-8")


def bootstrap_with(bench: Workbench, *arguments: str, **variables: str) -> str:
    """Run Pulumi as the owner in a workbench's copy of the bootstrap project, which is made at the first time."""
    folder = bench.project / "bootstrap"
    if not folder.exists():
        shutil.copytree(PROJECT_ROOT / "bootstrap", folder, ignore=shutil.ignore_patterns("__pycache__"))
    answer = subprocess.run(
        ["pulumi", "--non-interactive", *arguments],
        cwd=folder,
        env=bench.environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def of_identity(bench: Workbench, forge: Forge, client_id: str, environment: str | None) -> dict[str, str]:
    """Return the variables of a job of GitHub Actions; one of an environment may sign in as an identity."""
    base = bench.environment | forge.github
    for name in [one for one in base if one.startswith(("IDENTITY_", "AZURE_CLIENT", "ARM_CLIENT", "AZURE_POD"))]:
        del base[name]
    if environment is None:
        return base | {"AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential"}
    subject = f"repo:{REPOSITORY}:environment:{environment}"
    forge.mint = lambda audience: oidc_token(bench.home, subject, audience, GITHUB_ISSUER)
    return {
        **base,
        **forge.github_sign_in,
        "AZURE_TOKEN_CREDENTIALS": "WorkloadIdentityCredential",
        "ARM_CLIENT_ID": client_id,
        "PULUMI_BACKEND_URL": f"file://{bench.folder}/state-{{stack}}",
    }


def event_file(folder: Path, number: int) -> Path:
    """Write what GitHub tells a job of its pull request, and return the file."""
    path = folder / "event.json"
    path.write_text(json.dumps({"pull_request": {"number": number}}), encoding="utf-8")
    return path


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=story", "-c", "user.email=story@example.com", "-c", "commit.gpgsign=false"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    answer = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, f"git {arguments}: {answer.stderr}"
    return answer.stdout
