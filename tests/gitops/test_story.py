"""From a branch to production and back, on this machine: a bare git repository, and the sandbox as the cloud.

Every job signs in with its CI system's own token as an identity that the bootstrap stack made, and runs the steps that
the workflows run. The tests run in order.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.arm.world import Latency
from sandbox.home import PROJECT_ROOT
from sandbox.process import StartOptions
from sandbox.sign_in import oidc_token
from tests.support.arm import sign_in
from tests.support.forge import REPOSITORY, Forge, open_forge
from tests.support.pipeline import Job, Repository, event_file
from tests.support.workbench import Workbench, open_workbench

STACKS = ("dev", "staging", "prod")
ISSUER = "https://token.actions.githubusercontent.com"
MODELS = ("Meta-Llama-3-8B-Instruct", "Meta-Llama-3-70B-Instruct")
SALT = yaml.safe_load((PROJECT_ROOT / "stacks" / "Pulumi.sandbox.yaml").read_text(encoding="utf-8"))["encryptionsalt"]


def stack_content(stack: str, *models: str, **more: Any) -> dict[str, Any]:
    """Return a stack's file of July 2024."""
    config = {
        "azure-native:location": "eastus2",
        "llama-azure:asOf": "2024-07-01",
        "llama-azure:resourceGroup": f"rg-llama-{stack}",
        "llama-azure:tags": {"owner": "platform"},
        "llama-azure:hub": {"name": f"hub-llama-{stack}"},
        "llama-azure:projects": {"assistants": {"serverless": [{"model": model} for model in models]}},
    }
    return {"config": config | more, "encryptionsalt": SALT}


@dataclass
class Story:
    """The cloud, the repository and the forge that a story plays in."""

    bench: Workbench
    repository: Repository
    forge: Forge
    client_ids: dict[str, str]
    steps: set[str]

    def job(self, ref: str, environment: str | None, **variables: str) -> Job:
        """Return a job of GitHub Actions on a clone of ``ref``; with an environment it may sign in as that one's."""
        checkout = self.repository.clone(ref)
        base = self.bench.environment
        for name in [one for one in base if one.startswith(("IDENTITY_", "AZURE_CLIENT", "ARM_CLIENT", "AZURE_POD"))]:
            del base[name]
        signed = (
            self._signed_in(environment) if environment else {"AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential"}
        )
        return Job(checkout, base | self.forge.github | signed | variables)

    def _signed_in(self, environment: str) -> dict[str, str]:
        subject = f"repo:{REPOSITORY}:environment:{environment}"
        self.forge.mint = lambda audience: oidc_token(self.bench.home, subject, audience, ISSUER)
        return {
            **self.forge.github_sign_in,
            "AZURE_TOKEN_CREDENTIALS": "WorkloadIdentityCredential",
            "ARM_CLIENT_ID": self.client_ids[environment],
            "PULUMI_BACKEND_URL": f"file://{self.bench.folder}/state-{{stack}}",
        }

    def run(self, job: Job, step: str, *arguments: str, ok: bool = True) -> str:
        self.steps.add(step)
        return job.step(step, *arguments, ok=ok)

    def propose(self, branch: str, *, ok: bool) -> str:
        """Push the branch, run the pull request's jobs, and return the comment on it."""
        self.repository.push(f"Propose {branch}")
        event = {"GITHUB_EVENT_PATH": str(event_file(self.bench.folder, 7))}
        preview = self.job(branch, "preview", **event)
        self.run(preview, "preview", "--base", "origin/main", ok=ok)
        report = self.job("main", None, **event)
        shutil.copytree(preview.checkout / "build", report.checkout / "build")
        self.run(report, "report", "--commit", branch)
        assert len(self.forge.comments) == 1, "the comment is edited in place"
        return str(self.forge.comments[0]["body"])

    def deploy(self, *stacks: str) -> None:
        """Run the jobs of the deployment, one after the other, each as its own writer."""
        for stack in stacks:
            self.run(self.job("main", stack), "deploy", "--stack", stack)

    def pulumi(self, stack: str, *arguments: str) -> str:
        """Run Pulumi as the owner."""
        answer = subprocess.run(
            ["pulumi", "--non-interactive", *arguments, "--stack", stack],
            cwd=self.repository.work,
            env=self.bench.environment | {"PULUMI_BACKEND_URL": f"file://{self.bench.folder}/state-{stack}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer.stdout

    def last_changes(self, stack: str) -> dict[str, int]:
        """Return what the last update of a stack did."""
        last: dict[str, int] = json.loads(self.pulumi(stack, "stack", "history", "--json"))[0]["resourceChanges"]
        return last


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("story")
    options = StartOptions(port=0, latency=Latency.NONE)
    with open_workbench(folder / "bench", options) as bench, open_forge() as forge:
        client_ids = bootstrap(bench)
        repository = Repository(folder / "repository")
        repository.create()
        begin(repository, bench)
        yield Story(bench, repository, forge, client_ids, set())


def bootstrap(bench: Workbench) -> dict[str, str]:
    """Make what the pipelines need, and return the client ids of the identities."""
    folder = bench.project / "bootstrap"
    shutil.copytree(PROJECT_ROOT / "bootstrap", folder, ignore=shutil.ignore_patterns("__pycache__"))

    def pulumi(*arguments: str) -> str:
        command = ["pulumi", "--non-interactive", *arguments]
        answer = subprocess.run(command, cwd=folder, env=bench.environment, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer.stdout

    pulumi("stack", "init", "pipelines")
    subject = f"repo:{REPOSITORY}:environment:{{environment}}"
    pulumi("config", "set", "--path", "llama-bootstrap:issuers.github.subject", subject)
    pulumi("up", "--yes", "--skip-preview")
    found: dict[str, str] = json.loads(pulumi("stack", "output", "--json"))["clientIds"]
    return found


def begin(repository: Repository, bench: Workbench) -> None:
    """Put the project on main, with stacks of July 2024 and short waits, and give each stack its place for state."""
    environments = repository.read("pipelines/environments.yaml")
    environments["healthCheck"] |= {"attempts": 2, "pauseSeconds": 0}
    environments["rollout"] |= {"pauseSeconds": 0}
    repository.write("pipelines/environments.yaml", environments)
    for stack in STACKS:
        repository.write(f"stacks/Pulumi.{stack}.yaml", stack_content(stack))
    repository.push("Begin")
    (repository.work / ".venv").symlink_to(PROJECT_ROOT / ".venv")
    for stack in STACKS:
        state = Path(bench.folder, f"state-{stack}")
        state.mkdir()
        environment = bench.environment | {"PULUMI_BACKEND_URL": f"file://{state}"}
        command = ["pulumi", "--non-interactive", "stack", "select", "--create", stack]
        subprocess.run(command, cwd=repository.work, env=environment, check=True, capture_output=True)


def test_a_good_change_is_previewed_and_nothing_stands_against_it(story: Story) -> None:
    story.repository.branch("first")
    for stack in STACKS:
        story.repository.write(f"stacks/Pulumi.{stack}.yaml", stack_content(stack, MODELS[0]))
    comment = story.propose("first", ok=True)
    print(comment)
    assert "Preview of first: nothing stands against it" in comment
    for stack in STACKS:
        assert f"| {stack} | 15 to create | passes |" in comment
    with sign_in(story.bench.home) as arm:
        assert not [one for one in arm.resources() if "workspaces" in one]


def test_what_is_merged_is_deployed_from_dev_to_prod(story: Story) -> None:
    story.repository.merge("first")
    story.deploy(*STACKS)
    with sign_in(story.bench.home) as arm:
        hubs = [one.rsplit("/", 1)[-1] for one in arm.resources() if "/workspaces/hub-" in one]
    assert sorted(hubs) == [f"hub-llama-{stack}" for stack in sorted(STACKS)]


def test_a_second_run_has_nothing_to_do(story: Story) -> None:
    before = {stack: story.last_changes(stack) for stack in STACKS}
    story.deploy(*STACKS)
    for stack in STACKS:
        assert story.last_changes(stack).keys() == {"same"}, before[stack]
