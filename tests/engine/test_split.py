"""A deployed stack is split into stacks that are deployed side by side; what interrupts it makes nothing anew."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from llama_azure_sandbox.home import PROJECT_ROOT
from tests.support.arm import sign_in
from tests.support.workbench import Workbench, open_workbench

STACK, CHAT, SEARCH = "sandbox", "sandbox-chat", "sandbox-search"
SPLIT = ("split", "--stack", STACK, "--part", f"{CHAT}=assistants", "--part", f"{SEARCH}=search")
DEPLOYMENT = {
    "model": "Llama-2-7b-chat",
    "vmSize": "Standard_NC24s_v3",
    "traffic": 100,
    "environmentVariables": {"PLAIN": "one"},
}
PROJECTS = {
    "assistants": {"serverless": [{"model": "Meta-Llama-3-8B-Instruct"}]},
    "search": {
        "serverless": [{"model": "Meta-Llama-3-70B-Instruct"}],
        "managed": {"answers": {"name": "split-answers", "deployments": {"blue": DEPLOYMENT}}},
    },
}
SECRET = "a-word-that-only-search-knows"
SECRET_AT = 'llama-azure:projects["search"].managed.answers.deployments.blue.environmentVariables.HIDDEN'


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """A sandbox in which a stack of two projects is deployed, with rules on one of them."""
    with open_workbench(tmp_path_factory.mktemp("split") / "bench") as bench:
        for name in ("pipelines", "policies"):
            shutil.copytree(PROJECT_ROOT / name, bench.project / name, ignore=shutil.ignore_patterns("__pycache__"))
        environments = bench.project / "pipelines" / "environments.yaml"
        content = yaml.safe_load(environments.read_text(encoding="utf-8"))
        content |= {"environments": [STACK], "approved": []}
        environments.write_text(yaml.safe_dump(content), encoding="utf-8")
        alerts = {"emails": ["someone@example.com"], "rules": ["errors", "unhealthy"]}
        bench.configure(STACK, **{"llama-azure:projects": PROJECTS, "llama-azure:alerts": alerts})
        bench.select(STACK)
        bench.pulumi("config", "set", "--stack", STACK, "--secret", "--path", SECRET_AT, SECRET)
        bench.judged = False
        bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
        yield bench


@pytest.fixture(scope="module")
def before(bench: Workbench) -> dict[str, Any]:
    """What was deployed, and what the stack said of it."""
    with sign_in(bench.home) as arm:
        return {"azure": arm.resources(), "state": bench.state(STACK), "outputs": bench.outputs(STACK)}


def step(bench: Workbench, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "llama_azure_pipelines", *arguments],
        cwd=bench.project,
        env=bench.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run(bench: Workbench, *arguments: str, ok: bool = True) -> str:
    process = step(bench, *arguments)
    said, _ = process.communicate(timeout=300)
    assert (process.returncode == 0) == ok, said
    assert "Traceback" not in said, said
    assert SECRET not in said
    return said


def managed(state: list[dict[str, Any]]) -> dict[str, str]:
    """Return what Azure has of a state: by name and type, the id."""
    return {"::".join(one["urn"].split("::")[2:]): one["id"] for one in state if one.get("id") and "azure-native" in
            one["type"] and not one["type"].startswith("pulumi:")}  # fmt: skip


def test_without_yes_it_only_tells(bench: Workbench, before: dict[str, Any]) -> None:
    file = bench.stack_file(STACK).read_text(encoding="utf-8")
    said = run(bench, *SPLIT)
    assert f"{CHAT}: assistants" in said
    assert "nothing was changed: --yes does it" in said
    assert bench.stack_file(STACK).read_text(encoding="utf-8") == file
    assert not bench.stack_file(CHAT).exists()
    assert bench.state(STACK) == before["state"]


def test_a_split_that_is_killed_between_two_moves_is_repeated(bench: Workbench, before: dict[str, Any]) -> None:
    process = step(bench, *SPLIT, "--yes")
    assert process.stdout is not None
    for line in process.stdout:
        if "components moved" in line:
            os.killpg(process.pid, signal.SIGKILL)
            break
    process.communicate()
    part = bench.pulumi("preview", "--stack", CHAT, check=False)
    assert part.returncode != 0
    assert "where a split of sandbox was interrupted, repeat that" in part.stdout + part.stderr
    # As if it had been killed within a move: the new stack is written, and the old one not yet.
    backups = sorted(Path(bench.project, "build", "split").glob("*.json"))
    assert [one.stat().st_mode & 0o777 for one in backups] == [0o600]
    bench.pulumi("stack", "import", "--stack", STACK, "--file", str(backups[0]))
    assert managed(bench.state(STACK)) == managed(before["state"])

    said = run(bench, *SPLIT, "--yes")
    assert "components were there already" in said
    for stack in (STACK, CHAT, SEARCH):
        assert f"{stack}: nothing to change" in said
    content = yaml.safe_load(bench.stack_file(STACK).read_text(encoding="utf-8"))
    assert content["config"]["llama-azure:stacks"] == {CHAT: ["assistants"], SEARCH: ["search"]}


def test_every_resource_is_in_one_state_under_its_name(bench: Workbench, before: dict[str, Any]) -> None:
    parts = {stack: managed(bench.state(stack)) for stack in (STACK, CHAT, SEARCH)}
    together = [one for part in parts.values() for one in part.items()]
    assert sorted(together) == sorted(managed(before["state"]).items())
    assert any("MetricAlert" in name for name in parts[SEARCH])
    assert SECRET not in json.dumps(bench.state(SEARCH))


def test_the_parts_are_deployed_side_by_side_and_one_that_fails_hides_no_other(
    bench: Workbench, before: dict[str, Any]
) -> None:
    bench.configure(CHAT, **{"llama-azure:asOf": "2024-07-02"})
    said = run(bench, "deploy", "--stack", STACK, ok=False)
    assert f"1 of the 2 parts of {STACK} failed" in said
    assert f"stacks/Pulumi.{CHAT}.yaml: llama-azure:asOf is 2024-07-02, and 2024-07-01 in" in said
    assert f"{SEARCH} | {SEARCH}: deployed, and every endpoint answers" in said
    bench.configure(CHAT, **{"llama-azure:asOf": "2024-07-01"})
    bench.pulumi("up", "--stack", CHAT, "--yes", "--skip-preview")

    outputs = {stack: bench.outputs(stack) for stack in (STACK, CHAT, SEARCH)}
    for name in ("endpoints", "endpointKeys"):
        assert {k: v for one in outputs.values() for k, v in one[name].items()} == before["outputs"][name]
        assert outputs[STACK][name] == {}
    assert {json.dumps(one["hub"]) for one in outputs.values()} == {json.dumps(before["outputs"]["hub"])}
    with sign_in(bench.home) as arm:
        assert arm.resources() == before["azure"]
