"""From a branch to production and back, on this machine: a bare git repository, and the sandbox as the cloud.

Every job signs in with its CI system's own token as an identity that the bootstrap stack made, and runs the steps that
the workflows run. The tests run in order.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from llama_azure_report.events import NO_POLICY_PACK
from llama_azure_report.markdown import cell
from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_azure_sandbox.process import StartOptions, trusting
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.broken import AS_OF, PROGRAM, broken_resources, configuration, mandatory_rules
from tests.support.caller import CHATTING, Caller
from tests.support.forge import REPOSITORY, Forge, open_forge
from tests.support.gates import github
from tests.support.pipeline import Job, Repository, bootstrap_with, event_file, of_identity
from tests.support.story import CLOUD_STEPS
from tests.support.workbench import Workbench, open_workbench

STACKS = ("dev", "staging", "prod")
WORKSPACES = "providers/Microsoft.MachineLearningServices/workspaces"
CHAT = "story-chat"
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


def dev_content(shares: dict[str, int]) -> dict[str, Any]:
    """Return the file of dev, whose endpoint on managed compute has deployments with these shares."""
    deployments = {
        name: {"model": "Llama-2-7b-chat", "vmSize": "Standard_NC48ads_A100_v4", "traffic": share}
        for name, share in shares.items()
    }
    content = stack_content("dev", MODELS[0])
    project = content["config"]["llama-azure:projects"]["assistants"]
    project["managed"] = {"chat": {"name": CHAT, "deployments": deployments}}
    return content


@dataclass
class Story:
    """The cloud, the repository and the forge that a story plays in."""

    bench: Workbench
    repository: Repository
    forge: Forge
    client_ids: dict[str, str]
    steps: set[str]
    report: Job | None = None
    """The last job that wrote on the pull request."""

    def job(self, ref: str, environment: str | None, **variables: str) -> Job:
        """Return a job of GitHub Actions on a clone of ``ref``; with an environment it may sign in as that one's."""
        client_id = "" if environment is None else self.client_ids[environment]
        return Job(self.repository.clone(ref), of_identity(self.bench, self.forge, client_id, environment) | variables)

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
        self.report = report
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

    def outputs(self, stack: str) -> dict[str, Any]:
        """Return a stack's outputs in clear."""
        values: dict[str, Any] = json.loads(self.pulumi(stack, "stack", "output", "--json", "--show-secrets"))
        return values

    def last_changes(self, stack: str) -> dict[str, int]:
        """Return what the last update of a stack did."""
        last: dict[str, int] = json.loads(self.pulumi(stack, "stack", "history", "--json"))[0]["resourceChanges"]
        return last


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("story")
    options = StartOptions(port=0, latency=Latency.NONE)
    with open_workbench(folder / "bench", options) as bench, open_forge() as forge:
        repository = Repository(folder / "repository")
        repository.create()
        client_ids = bootstrap(bench)
        begin(repository, bench)
        yield Story(bench, repository, forge, client_ids, set())


def bootstrap(bench: Workbench) -> dict[str, str]:
    """Make what the pipelines need, and return the client ids of the identities."""
    for stack in STACKS:  # what the writers may do follows from the stacks' files
        bench.stack_file(stack).write_text(yaml.safe_dump(stack_content(stack, *MODELS)), encoding="utf-8")
    off = NO_POLICY_PACK  # test_bootstrap judges it
    bootstrap_with(bench, "stack", "init", "pipelines", **off)
    subject = f"repo:{REPOSITORY}:environment:{{environment}}"
    bootstrap_with(bench, "config", "set", "--path", "llama-bootstrap:issuers.github.subject", subject, **off)
    for stack in STACKS:
        path = f"llama-bootstrap:environments.{stack}.location"
        bootstrap_with(bench, "config", "set", "--path", path, "eastus2", **off)
    bootstrap_with(bench, "up", "--yes", "--skip-preview", **off)
    found: dict[str, str] = json.loads(bootstrap_with(bench, "stack", "output", "--json", **off))["clientIds"]
    return found


def begin(repository: Repository, bench: Workbench) -> None:
    """Put the project on main, with stacks of July 2024 and short waits, and give each stack its place for state."""
    environments = repository.read("pipelines/environments.yaml")
    environments["healthCheck"] |= {"attempts": 2, "pauseSeconds": 0}
    environments["rollout"] |= {"shares": [10], "pauseSeconds": 0}
    repository.write("pipelines/environments.yaml", environments)
    for stack in STACKS:
        # All three are as open as dev: what the other environments ask for is the guardrails' own tests' to show.
        configured = repository.read("policies/config/dev.json") | {"judged-on-today": "disabled"}
        repository.write(f"policies/config/{stack}.json", json.dumps(configured))
        models = () if stack == "dev" else MODELS[:1]
        repository.write(f"stacks/Pulumi.{stack}.yaml", stack_content(stack, *models))
    repository.push("Begin")
    (repository.work / ".venv").symlink_to(PROJECT_ROOT / ".venv")
    for stack in STACKS:
        state = Path(bench.folder, f"state-{stack}")
        state.mkdir()
        environment = bench.environment | {"PULUMI_BACKEND_URL": f"file://{state}"}
        group = f"rg-llama-{stack}"
        # The group is there, made by the bootstrap stack with the writer's rights on it; the stack takes it over.
        imported = ["azure-native:resources:ResourceGroup", group, f"{SUBSCRIPTION}/resourceGroups/{group}"]
        for arguments in (
            ["stack", "select", "--create", stack],
            ["import", *imported, "--stack", stack, "--yes", "--generate-code=false", "--protect=false"],
        ):
            command = ["pulumi", "--non-interactive", *arguments]
            subprocess.run(command, cwd=repository.work, env=environment, check=True, capture_output=True)


def reported(story: Story) -> Job:
    assert story.report is not None
    return story.report


def test_a_good_change_is_previewed_where_it_touches_and_nothing_stands_against_it(story: Story) -> None:
    story.repository.branch("first")
    story.repository.write("stacks/Pulumi.dev.yaml", dev_content({"blue": 100}))
    comment = story.propose("first", ok=True)
    assert "Preview of first: nothing stands against it" in comment
    assert re.search(r"\| dev \| \d+ to create \| passes \| clean \|", comment), comment
    assert "staging" not in comment
    assert "dev: what it costs" in comment
    assert "for a million tokens sent" in comment
    with sign_in(story.bench.home) as arm:
        assert not [one for one in arm.resources() if "workspaces" in one]
    assert story.report is not None
    page = (story.report.checkout / "build" / "preview" / "estate.html").read_text(encoding="utf-8")
    assert re.search(r"\w+ would (gain|change) \d+ endpoint", page)
    assert "a preview" in page
    assert "estate.html" in comment


def test_what_is_merged_is_deployed_from_dev_to_prod(story: Story) -> None:
    story.repository.merge("first")
    story.deploy(*STACKS)
    with sign_in(story.bench.home) as arm:
        hubs = [one.rsplit("/", 1)[-1] for one in arm.resources() if "/workspaces/hub-" in one]
    assert sorted(hubs) == [f"hub-llama-{stack}" for stack in sorted(STACKS)]


def test_a_second_run_has_nothing_to_do(story: Story) -> None:
    before = story.last_changes("dev")
    story.deploy("dev")
    assert before["create"] > 0
    assert story.last_changes("dev").keys() == {"same"}


def test_a_job_cannot_sign_in_as_an_environment_that_is_not_its_own(story: Story) -> None:
    job = story.job("main", "preview", ARM_CLIENT_ID=story.client_ids["prod"])
    assert "AADSTS700213" in story.run(job, "deploy", "--stack", "prod", ok=False)


def test_the_identity_of_previews_cannot_deploy(story: Story) -> None:
    said = story.run(story.job("main", "preview"), "deploy", "--stack", "staging", ok=False)
    assert "PF-RBAC-002" in said


def test_a_change_that_breaks_the_mandatory_rules_is_blocked_with_each_of_them(story: Story) -> None:
    story.repository.branch("broken")
    story.repository.write("__main__.py", PROGRAM)
    story.repository.write("broken.json", broken_resources())
    story.repository.write("policies/config/dev.json", configuration())
    # The other stacks are touched too; one of them is enough to see.
    environments = story.repository.read("pipelines/environments.yaml")
    story.repository.write("pipelines/environments.yaml", environments | {"environments": ["dev"], "approved": []})
    content = stack_content("dev", **{"llama-azure:asOf": AS_OF})
    story.repository.write("stacks/Pulumi.dev.yaml", content)
    comment = story.propose("broken", ok=False)
    assert "Preview of broken: blocked" in comment
    assert "| dev | " in comment
    assert "| violations |" in comment
    missing = [
        rule.id for rule in mandatory_rules() if f"[{rule.id}]" not in comment or cell(rule.remedy) not in comment
    ]
    assert missing == []
    sarif = json.loads(reported(story).file("build/preview/report.sarif"))
    found = {result["ruleId"] for run in sarif["runs"] for result in run["results"]}
    assert found >= {rule.id for rule in mandatory_rules()}
    assert "<failure" in reported(story).file("build/preview/report.junit.xml")


def test_drift_is_found_and_told_in_one_issue_until_it_is_gone(story: Story) -> None:
    with sign_in(story.bench.home) as arm:
        (endpoint,) = serverless_endpoints(arm, "staging")
        changed = arm.call("PATCH", endpoint, {"properties": {"contentSafety": {"contentSafetyStatus": "Disabled"}}})
        assert changed.is_success
    said = story.run(story.job("main", "preview"), "drift", "--stack", "staging", ok=False)
    assert "Azure is not as the files say in staging" in said
    (issue,) = story.forge.issues
    assert (issue["title"], issue["state"]) == ("Drift in staging", "open")
    name = endpoint.rsplit("/", 1)[-1]
    assert f"update azure-native:machinelearningservices:ServerlessEndpoint assistants-{name}-endpoint" in issue["body"]
    story.deploy("staging")
    story.run(story.job("main", "preview"), "drift", "--stack", "staging")
    assert [one["state"] for one in story.forge.issues] == ["closed"]


def serverless_endpoints(arm: Arm, stack: str) -> list[str]:
    """Return the paths of a stack's serverless endpoints, below the subscription."""
    path = f"/resourceGroups/rg-llama-{stack}/{WORKSPACES}/assistants/serverlessEndpoints"
    return [f"{path}/{one['name']}" for one in arm.call("GET", path).json()["value"]]


def test_keys_are_rotated_while_a_caller_goes_on_calling(story: Story, tmp_path: Path) -> None:
    held = tmp_path / "keys.json"
    script = tmp_path / "hand_over.py"
    # Where a real one writes to a vault or a deployment; the new file replaces the old one at once.
    script.write_text(
        "import os, sys\n"
        "with open(sys.argv[1] + '.new', 'w') as file:\n    file.write(sys.stdin.read())\n"
        "os.replace(sys.argv[1] + '.new', sys.argv[1])\n",
        encoding="utf-8",
    )
    before = story.outputs("staging")
    ((name, old),) = before["endpointKeys"].items()
    uri = before["endpoints"][name]["uri"] + "/v1/chat/completions"
    held.write_text(json.dumps({name: old}), encoding="utf-8")

    def held_key() -> str:
        key: str = json.loads(held.read_text(encoding="utf-8"))[name]
        return key

    with Caller(story.bench.home, uri, held_key, CHATTING) as caller:
        hand_over = f"{sys.executable} {script} {held}"
        said = story.run(story.job("main", "staging"), "rotate-keys", "--stack", "staging", "--hand-over", hand_over)
    new = story.outputs("staging")["endpointKeys"][name]
    assert new == held_key() != old
    assert caller.refused == []
    assert caller.answered.total() > 0
    assert old not in said
    assert new not in said
    headers = {"Authorization": f"Bearer {old}"}
    assert httpx.post(uri, json=CHATTING, headers=headers, verify=trusting(story.bench.home)).status_code == 401


def test_the_gates_before_the_writers_are_read_back(story: Story) -> None:
    story.forge.gates = github()
    assert "every gate of github is as docs/pipelines.md says" in story.run(story.job("main", None), "check-gates")
    story.forge.gates.popitem()
    assert "may deploy: select main alone" in story.run(story.job("main", None), "check-gates", ok=False)


def test_the_story_ran_every_step_that_asks_a_cloud_or_a_forge(story: Story) -> None:
    assert story.steps == set(CLOUD_STEPS)
