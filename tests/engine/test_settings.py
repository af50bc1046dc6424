"""A mistake in a stack file ends in a message, not in a traceback."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.stacks import planned, read_stack_file
from tests.support.workbench import Workbench

STACK = "sandbox"
DEPLOYMENT = ":machinelearningservices:OnlineDeployment"


@pytest.fixture
def bench(workbench: Workbench) -> Iterator[Workbench]:
    """The module's workbench, with the stack there and its file as it is in the project."""
    workbench.select(STACK)
    file = workbench.stack_file(STACK)
    before = file.read_text(encoding="utf-8")
    yield workbench
    file.write_text(before, encoding="utf-8")


def test_every_mistake_is_named_with_its_place(bench: Workbench) -> None:
    bench.configure(
        STACK,
        **{
            "llama-azure:hub": {"name": "hub-llama", "nmae": "hub"},
            "llama-azure:projects": {"assistants": {"serverless": [{"model": "Meta-Llama-3-8B-Instuct"}]}},
        },
    )
    preview = bench.pulumi("preview", "--stack", STACK, check=False)
    said = " ".join((preview.stdout + preview.stderr).split())
    assert preview.returncode != 0
    assert "stacks/Pulumi.sandbox.yaml cannot be used:" in said
    assert "llama-azure:hub.nmae: is not a setting" in said
    assert "llama-azure:projects.assistants.serverless[0].model: The catalogue has no model named" in said
    assert "Did you mean Meta-Llama-3-8B-Instruct" in said
    assert "Traceback" not in said


WRONG = """\
config:
  azure-native:location: eastus2
  llama-azure:asOf: yesterday
  llama-azure:regionSnapshot: nonsense
  llama-azure:resourceGroup: 0451
  llama-azure:hub: { name: hub-llama }
  llama-azure:tags: { released: 2024-07-01, number: 1e3, word: on, time: 22:30 }
  llama-azure:projects: "{ai"
"""


def problems(text: str) -> list[str]:
    """Return what is said of each value, without colours and the indent that whoever tells it gives it."""
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()]
    return [line for line in dict.fromkeys(lines) if line.startswith(("llama-azure:", "azure-native:"))]


def test_the_program_preflight_and_the_pipelines_say_the_same_of_a_file(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    salt = bench.stack_file(STACK).read_text(encoding="utf-8").rsplit("encryptionsalt", 1)[1]
    bench.stack_file(STACK).write_text(f"{WRONG}encryptionsalt{salt}", encoding="utf-8")
    preview = bench.pulumi("preview", "--stack", STACK, check=False)
    script = Path(sys.executable).with_name("preflight")
    asked = subprocess.run(
        [script, "--stack", STACK],
        cwd=bench.project,
        env=bench.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    monkeypatch.setattr("llama_azure_pipelines.stacks.ROOT", bench.project)
    with pytest.raises(StepError) as error:
        planned(read_stack_file(STACK), STACK)
    said = problems(str(error.value))
    assert problems(preview.stdout + preview.stderr) == said
    assert problems(asked.stderr) == said
    assert [line.split(": ")[0].removeprefix("llama-azure:") for line in said] == [
        "tags.released",
        "resourceGroup",
        "projects",
        "tags.number",
        "asOf",
        "regionSnapshot",
    ]
    assert asked.returncode == 3
    for text in (preview.stdout + preview.stderr, asked.stderr):
        assert "Traceback" not in text
        assert "policy pack not started" not in text


def test_a_secret_is_no_tag_and_stays_one_where_it_may_be(bench: Workbench) -> None:
    where = ("config", "set", "--stack", STACK, "--secret", "--path")
    bench.pulumi(*where, "llama-azure:tags.token", "S3cr3t-tag")
    refused = bench.pulumi("preview", "--stack", STACK, check=False)
    assert refused.returncode != 0
    assert "llama-azure:tags.token: is a secret" in " ".join((refused.stdout + refused.stderr).split())
    assert "S3cr3t-tag" not in refused.stdout + refused.stderr
    bench.pulumi("config", "rm", "--stack", STACK, "--path", "llama-azure:tags.token")
    blue = "llama-azure:projects.assistants.managed.chat.deployments.blue"
    bench.pulumi("config", "set", "--stack", STACK, "--path", f"{blue}.model", "Llama-2-7b-chat")
    bench.pulumi("config", "set", "--stack", STACK, "--path", f"{blue}.vmSize", "Standard_NC24s_v3")
    bench.pulumi("config", "set", "--stack", STACK, "llama-azure:deletionProtection", "false")
    bench.pulumi(*where, f"{blue}.environmentVariables.TOKEN", "S3cr3t-variable")
    bench.changes("up", "--stack", STACK)
    exported = bench.pulumi("stack", "export", "--stack", STACK).stdout
    assert "S3cr3t-variable" not in exported
    (deployment,) = [one for one in json.loads(exported)["deployment"]["resources"] if one["type"].endswith(DEPLOYMENT)]
    assert set(deployment["inputs"]["properties"]["environmentVariables"]) >= {"TOKEN", "WORKER_COUNT"}
    assert "S3cr3t-variable" not in "".join(bench.transcript)
