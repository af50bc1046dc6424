"""A rollout from blue to green, its way back, and a rotation of keys, each under somebody who goes on calling.

The steps run as the sandbox's owner, in a copy of the project with one environment. The tests run in order.
"""

import json
import re
import shutil
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import yaml

from pipelines.health import DEPLOYMENT_HEADER
from sandbox.arm.world import Latency
from sandbox.home import PROJECT_ROOT
from sandbox.process import StartOptions, trusting
from tests.support.arm import sign_in
from tests.support.pipeline import Job
from tests.support.story import STEPS_OF_ROLLOUT
from tests.support.workbench import Workbench, open_workbench

STACK = "dev"
CHAT = "rollout-chat"
CHAT_MODEL, TEXT_MODEL = "Llama-2-7b-chat", "Llama-2-7b"
PROJECT = "/resourceGroups/rg-llama-dev/providers/Microsoft.MachineLearningServices/workspaces/assistants"
CHATTING = {"messages": [{"role": "user", "content": "Say one word."}], "max_tokens": 8}
SCORE = {"input_data": {"input_string": CHATTING["messages"], "parameters": {"max_new_tokens": 8}}}
STEPS_RUN: set[str] = set()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """A sandbox in which `deploy` has brought the blue deployment to all requests."""
    options = StartOptions(port=0, latency=Latency.NONE)
    with open_workbench(tmp_path_factory.mktemp("rollout") / "bench", options) as bench:
        # The steps work in the checkout that they lie in.
        shutil.copytree(PROJECT_ROOT / "pipelines", bench.project / "pipelines")
        (bench.project / "policies").symlink_to(PROJECT_ROOT / "policies")
        path = bench.project / "pipelines" / "environments.yaml"
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        data["environments"] = [STACK]
        data["healthCheck"] |= {"attempts": 2, "pauseSeconds": 0}
        data["rollout"] |= {"shares": [10], "pauseSeconds": 0}
        path.write_text(yaml.safe_dump(data), encoding="utf-8")
        salt = yaml.safe_load(bench.stack_file("sandbox").read_text(encoding="utf-8"))["encryptionsalt"]
        bench.stack_file(STACK).write_text(yaml.safe_dump({"config": {}, "encryptionsalt": salt}), encoding="utf-8")
        describe(bench, blue=deployment(CHAT_MODEL, 100))
        bench.pulumi("stack", "select", STACK, "--create")
        step(bench, "deploy", "--stack", STACK)
        yield bench


def deployment(model: str, traffic: int) -> dict[str, Any]:
    return {"model": model, "vmSize": "Standard_NC24s_v3", "traffic": traffic}


def describe(bench: Workbench, **deployments: dict[str, Any]) -> None:
    """Write the stack's file, with an endpoint on managed compute that has these deployments."""
    assistants = {
        "serverless": [{"model": "Meta-Llama-3-8B-Instruct"}],
        "managed": {"chat": {"name": CHAT, "deployments": deployments}},
    }
    bench.configure(
        STACK,
        **{
            "azure-native:location": "eastus2",
            "llama-azure:asOf": "2024-07-01",
            "llama-azure:resourceGroup": "rg-llama-dev",
            "llama-azure:tags": {"owner": "platform"},
            "llama-azure:hub": {"name": "hub-llama-dev"},
            "llama-azure:projects": {"assistants": assistants},
        },
    )


def step(bench: Workbench, *arguments: str, ok: bool = True) -> str:
    """Run a step as its workflow does, and return what it printed."""
    STEPS_RUN.add(arguments[0])
    return Job(bench.project, bench.environment).step(*arguments, ok=ok)


def traffic(bench: Workbench) -> dict[str, int]:
    """Return the shares of the endpoint's deployments as Azure has them."""
    with sign_in(bench.home) as arm:
        properties = arm.call("GET", f"{PROJECT}/onlineEndpoints/{CHAT}").json()["properties"]
    return {name: share for name, share in properties["traffic"].items() if share}


def deployments(bench: Workbench) -> list[str]:
    with sign_in(bench.home) as arm:
        return sorted(
            one["name"] for one in arm.call("GET", f"{PROJECT}/onlineEndpoints/{CHAT}/deployments").json()["value"]
        )


def shares_said(text: str) -> list[str]:
    """Return the traffic that the rollout said it sets, in order."""
    return re.findall(rf"^{STACK}: (chat .*%)$", text, flags=re.MULTILINE)


def chat_caller(bench: Workbench) -> "Caller":
    outputs = bench.outputs(STACK)
    return Caller(bench, outputs["endpoints"][CHAT]["uri"], lambda: outputs["endpointKeys"][CHAT], SCORE)


def test_a_deployment_that_fails_its_smoke_test_gets_no_request(bench: Workbench) -> None:
    # A model that completes text in the place of one that chats: it deploys well, and takes no messages.
    describe(bench, blue=deployment(CHAT_MODEL, 0), green=deployment(TEXT_MODEL, 100))
    with chat_caller(bench) as caller:
        said = step(bench, "deploy", "--stack", STACK, ok=False)
    assert "dev: rolled back to chat blue 100 %, green 0 %" in said
    assert "managed.chat green: it answers 4" in said
    assert shares_said(said) == ["chat blue 100 %, green 0 %"]
    assert traffic(bench) == {"blue": 100}
    assert deployments(bench) == ["blue", "green"]
    assert caller.refused == []
    assert set(caller.answered) == {"blue"}


def test_a_rollout_moves_every_request_step_by_step_and_loses_none(bench: Workbench) -> None:
    describe(bench, blue=deployment(CHAT_MODEL, 0), green=deployment(CHAT_MODEL, 100))
    with chat_caller(bench) as caller:
        said = step(bench, "deploy", "--stack", STACK)
    assert shares_said(said) == [
        "chat blue 100 %, green 0 %",
        "chat blue 90 %, green 10 %",
        "chat blue 0 %, green 100 %",
    ]
    assert traffic(bench) == {"green": 100}
    assert caller.refused == []
    assert set(caller.answered) == {"blue", "green"}


def test_keys_are_rotated_while_a_caller_goes_on_calling(bench: Workbench, tmp_path: Path) -> None:
    held = tmp_path / "keys.json"
    script = tmp_path / "hand_over.py"
    # Where a real one writes to a vault or a deployment; the new file replaces the old one at once.
    script.write_text(
        "import os, sys\n"
        "with open(sys.argv[1] + '.new', 'w') as file:\n    file.write(sys.stdin.read())\n"
        "os.replace(sys.argv[1] + '.new', sys.argv[1])\n",
        encoding="utf-8",
    )
    before = bench.outputs(STACK)
    (name,) = [one for one, described in before["endpoints"].items() if described["kind"] == "serverless"]
    old, uri = before["endpointKeys"][name], before["endpoints"][name]["uri"] + "/v1/chat/completions"
    held.write_text(json.dumps({name: old}), encoding="utf-8")

    def held_key() -> str:
        key: str = json.loads(held.read_text(encoding="utf-8"))[name]
        return key

    with Caller(bench, uri, held_key, CHATTING) as caller:
        said = step(bench, "rotate-keys", "--stack", STACK, "--hand-over", f"{sys.executable} {script} {held}")
    new = bench.outputs(STACK)["endpointKeys"][name]
    assert new == held_key() != old
    assert caller.refused == []
    assert caller.answered.total() > 0
    assert old not in said
    assert new not in said
    refused = httpx.post(uri, json=CHATTING, headers={"Authorization": f"Bearer {old}"}, verify=trusting(bench.home))
    assert refused.status_code == 401


def test_these_are_the_steps_that_the_story_leaves_to_the_rollout() -> None:
    assert STEPS_RUN == STEPS_OF_ROLLOUT


class Caller:
    """Somebody who calls an endpoint again and again, as users do; notes what answered and what was refused."""

    def __init__(self, bench: Workbench, url: str, key: Callable[[], str], body: dict[str, Any]) -> None:
        self.answered: Counter[str] = Counter()
        """By deployment how often it answered; a serverless endpoint's is the empty string."""
        self.refused: list[str] = []
        self._call = (url, key, body)
        self._client = httpx.Client(verify=trusting(bench.home), trust_env=False, timeout=30)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._client.close()

    def _go_on(self) -> None:
        url, key, body = self._call
        while not self._stop.wait(0.1):
            try:
                answer = self._client.post(url, json=body, headers={"Authorization": f"Bearer {key()}"})
            except httpx.HTTPError as error:
                self.refused.append(repr(error))
                continue
            if answer.is_success:
                self.answered[answer.headers.get(DEPLOYMENT_HEADER, "")] += 1
            else:
                self.refused.append(answer.text)
