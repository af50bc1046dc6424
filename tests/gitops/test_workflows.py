"""The workflow files are valid, careful, and run nothing but the steps."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from llama_azure_pipelines.cli import cli
from llama_azure_pipelines.environments import environments
from llama_azure_sandbox.home import PROJECT_ROOT
from tests.support.actionlint import provide_actionlint
from tests.support.story import STORY_STEPS

WORKFLOWS = sorted((PROJECT_ROOT / ".github" / "workflows").glob("*.yml"))
AZURE = [PROJECT_ROOT / "azure-pipelines.yml", *sorted((PROJECT_ROOT / "pipelines" / "azure").glob("*.yml"))]
STEP = re.compile(r"\.venv/bin/python -m pipelines (?P<arguments>[^;&|`$()]*(?:\"?\$[A-Z_]+\"?[^;&|`$()]*)*)")
TOOLS = Path(sys.executable).parent


def run(*command: str | Path) -> str:
    answer = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout + answer.stderr


def loaded(path: Path) -> Any:
    # BaseLoader keeps `on` a string, which YAML 1.1 takes for true.
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = loaded(path)["jobs"]
    return found


def members(node: Any) -> Iterator[dict[str, Any]]:
    """Return every mapping in a document."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from members(value)
    elif isinstance(node, list):
        for value in node:
            yield from members(value)


def test_actionlint_finds_nothing() -> None:
    run(provide_actionlint(), "-shellcheck=", "-pyflakes=", *WORKFLOWS)


def test_zizmor_finds_nothing() -> None:
    run(TOOLS / "zizmor", "--offline", "--no-progress", "--persona=auditor", PROJECT_ROOT / ".github")


def test_the_workflows_have_githubs_schema() -> None:
    run(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)


@pytest.mark.parametrize("path", AZURE, ids=lambda path: path.name)
def test_the_pipelines_have_azure_pipelines_schema(path: Path) -> None:
    options = ["--regex-variant", "python", "--data-transform", "azure-pipelines"]
    run(TOOLS / "check-jsonschema", *options, "--builtin-schema", "vendor.azure-pipelines", path)


def commands() -> list[tuple[str, str]]:
    """Return every command of every workflow and pipeline, with the name of its file."""
    found = []
    for path in [*WORKFLOWS, *AZURE]:
        for member in members(loaded(path)):
            found += [(path.name, str(member[key])) for key in ("run", "script", "command") if key in member]
    return [(name, command) for name, command in found if command not in PARAMETERS]


# What makes a step's tools and files ready.
PREPARATIONS = (
    "make venv",
    # The pages for people, which no step needs.
    "make site",
    # What the project measures of itself, which no stack needs.
    "make bench-check",
    'git checkout --quiet --detach "origin/$SYSTEM_PULLREQUEST_TARGETBRANCHNAME"',
    'cp -R "$PIPELINE_WORKSPACE/preview" build',
    # What the step `release` made, published by GitHub's own program.
    'gh release create "$TAG" --verify-tag --generate-notes release/*',
    # The same, to the package index, by the locked uv and without a token.
    ".venv/bin/uv publish --trusted-publishing always release/llama_azure-*",
)

# The text of a template's parameter is the command of whoever uses it, and is looked at there.
PARAMETERS = ("${{ parameters.command }}",)


@pytest.mark.parametrize(("file", "command"), commands())
def test_every_command_is_a_step(file: str, command: str) -> None:
    if command in PREPARATIONS:
        return
    found = STEP.fullmatch(command.replace("${{ parameters.stack }}", "dev"))
    assert found is not None, f"{file}: {command!r} is not a step"
    name, *arguments = shlex.split(found["arguments"])
    assert name in STORY_STEPS, f"{file}: {name!r} is not a step of a workflow"
    step = cli.commands[name]
    step.make_context(name, list(arguments), parent=click.Context(cli))


def test_every_step_is_run_by_some_workflow_or_is_one_of_the_runbooks() -> None:
    used = {shlex.split(command)[3] for _, command in commands() if command not in PREPARATIONS}
    assert set(cli.commands) - used == {"adopt", "keep-keys", "keys", "purge", "recover", "split"}


def test_environments_are_deployed_in_the_order_of_the_data_file() -> None:
    stacks = list(environments().environments)
    deploy = jobs(PROJECT_ROOT / ".github" / "workflows" / "deploy.yml")
    assert [job["with"]["stack"] for job in deploy.values()] == stacks
    assert [job.get("needs") for job in deploy.values()] == [None, *stacks[:-1]]
    stages = [one["parameters"] for one in loaded(AZURE[0])["stages"] if "template" in one]
    assert [one["stack"] for one in stages] == stacks
    assert [one["after"] for one in stages] == ["check", *stacks[:-1]]
    drift = jobs(PROJECT_ROOT / ".github" / "workflows" / "drift.yml")["drift"]
    assert drift["strategy"]["matrix"]["stack"] == stacks


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_gets_no_right_that_a_job_does_not_name(path: Path) -> None:
    assert loaded(path)["permissions"] == {}
    allowed = {"contents": "read", "id-token": "write", "pull-requests": "write", "security-events": "write"}
    allowed |= {"attestations": "write", "actions": "read"}
    for name, job in jobs(path).items():
        if name == "publish":  # which makes the release, and runs nothing of the repository
            assert job["permissions"] == {"contents": "write"}
            assert not any("checkout" in step.get("uses", "") for step in job["steps"])
            continue
        for right, level in job["permissions"].items():
            assert level == {**allowed, "issues": "write"}[right]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_secret_is_kept_and_no_foreign_code_gets_credentials(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "secrets." not in text
    assert "pull_request_target" not in text
    assert "workflow_run" not in text
    for member in members(loaded(path)):
        uses = member.get("uses", "")
        assert not uses or uses.startswith("./") or re.search(r"@[0-9a-f]{40}$", uses), uses
        if uses.startswith("actions/checkout@"):
            assert member["with"]["persist-credentials"] == "false"


def test_only_the_repositorys_own_branches_are_previewed_and_only_read() -> None:
    found = jobs(PROJECT_ROOT / ".github" / "workflows" / "pull-request.yml")
    assert "head.repo.full_name == github.repository" in found["preview"]["if"]
    assert found["preview"]["environment"] == "preview"
    assert found["preview"]["permissions"] == {"contents": "read", "id-token": "write"}
    assert found["check"]["permissions"] == {"contents": "read"}
    # What may write on the pull request runs the code of the branch that it goes to.
    assert "id-token" not in found["report"]["permissions"]
    assert found["report"]["steps"][0]["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"


@pytest.mark.parametrize("name", ["deploy-stack.yml", "rotate-keys.yml"])
def test_one_writer_at_a_time_per_stack_and_none_is_stopped_in_the_middle(name: str) -> None:
    (job,) = jobs(PROJECT_ROOT / ".github" / "workflows" / name).values()
    assert job["concurrency"] == {"group": "stack-${{ inputs.stack }}", "cancel-in-progress": "false"}
    assert job["environment"] == "${{ inputs.stack }}"


def test_on_azure_pipelines_the_code_of_a_pull_request_gets_no_token_that_can_write() -> None:
    (stage,) = [one for one in loaded(AZURE[0])["stages"] if one.get("stage") == "preview"]
    previewing, reporting = stage["jobs"]
    assert "System.AccessToken" not in str(previewing)
    (step,) = [one for one in previewing["steps"] if one.get("template") == "pipelines/azure/step.yml"]
    assert step["parameters"]["jobToken"] == "false"
    # The job that has the token runs the code of the branch that the change goes to.
    scripts = [one["script"] for one in reporting["steps"] if "script" in one]
    assert scripts[0].startswith("git checkout --quiet --detach")
    assert "System.AccessToken" in str(reporting["steps"][-2])
