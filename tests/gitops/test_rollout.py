"""A rollout from blue to green, and its way back, under somebody who goes on calling.

The step runs as the sandbox's owner, in a copy of the project with one environment. The tests run in order.
"""

import json
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.client.faults import add_fault, clear_faults
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_azure_sandbox.process import StartOptions
from tests.support.arm import Arm, sign_in
from tests.support.caller import SCORE, Caller
from tests.support.estates import put_and_wait, wait_until
from tests.support.pipeline import Job
from tests.support.workbench import Workbench, open_workbench

STACK = "dev"
CHAT = "rollout-chat"
CHAT_MODEL, TEXT_MODEL = "Llama-2-7b-chat", "Llama-2-7b"
PROJECT = "/resourceGroups/rg-llama-dev/providers/Microsoft.MachineLearningServices/workspaces/assistants"
_DEADLINE_SECONDS = 120


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """A sandbox in which `deploy` has brought the blue deployment to all requests."""
    options = StartOptions(port=0, latency=Latency.NONE)
    with open_workbench(tmp_path_factory.mktemp("rollout") / "bench", options) as bench:
        # The steps work in the checkout that they lie in.
        shutil.copytree(PROJECT_ROOT / "pipelines", bench.project / "pipelines")
        shutil.copytree(PROJECT_ROOT / "policies", bench.project / "policies")
        live_on_another_day(bench.project / "policies" / "config" / f"{STACK}.json")
        path = bench.project / "pipelines" / "environments.yaml"
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        data |= {"environments": [STACK], "approved": []}
        data["healthCheck"] |= {"attempts": 2, "pauseSeconds": 0}
        data["rollout"] |= {"shares": [10], "pauseSeconds": 0}
        path.write_text(yaml.safe_dump(data), encoding="utf-8")
        salt = yaml.safe_load(bench.stack_file("sandbox").read_text(encoding="utf-8"))["encryptionsalt"]
        bench.stack_file(STACK).write_text(yaml.safe_dump({"config": {}, "encryptionsalt": salt}), encoding="utf-8")
        describe(bench, blue=deployment(CHAT_MODEL, 100))
        bench.pulumi("stack", "select", STACK, "--create")
        deploy(bench)
        yield bench


def live_on_another_day(configuration: Path) -> None:
    """Let the stacks of an environment live on the sandbox's day."""
    content = json.loads(configuration.read_text(encoding="utf-8")) | {"judged-on-today": "disabled"}
    configuration.write_text(json.dumps(content), encoding="utf-8")


def deployment(model: str, traffic: int) -> dict[str, Any]:
    return {"model": model, "vmSize": "Standard_NC24s_v3", "traffic": traffic}


def describe(bench: Workbench, **deployments: dict[str, Any]) -> None:
    """Write the stack's file, with an endpoint on managed compute that has these deployments."""
    assistants = {"managed": {"chat": {"name": CHAT, "deployments": deployments}}}
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


def deploy(bench: Workbench, *, ok: bool = True) -> str:
    """Deploy as the workflow does, and return what the step printed."""
    return Job(bench.project, bench.environment).step("deploy", "--stack", STACK, ok=ok)


def traffic(arm: Arm) -> dict[str, int]:
    """Return the shares of the endpoint's deployments as Azure has them."""
    properties = arm.call("GET", f"{PROJECT}/onlineEndpoints/{CHAT}").json()["properties"]
    return {name: share for name, share in properties["traffic"].items() if share}


def deployments(arm: Arm) -> list[str]:
    found = arm.call("GET", f"{PROJECT}/onlineEndpoints/{CHAT}/deployments").json()["value"]
    return sorted(one["name"] for one in found)


def shares_said(text: str) -> list[str]:
    """Return the traffic that the rollout said it sets, in order."""
    return re.findall(rf"^{STACK}: (chat .*%)$", text, flags=re.MULTILINE)


def chat_caller(bench: Workbench) -> Caller:
    outputs = bench.outputs(STACK)
    return Caller(bench.home, outputs["endpoints"][CHAT]["uri"], lambda: outputs["endpointKeys"][CHAT], SCORE)


def test_a_deployment_that_fails_its_smoke_test_gets_no_request(bench: Workbench) -> None:
    # A model that completes text in the place of one that chats: it deploys well, and takes no messages.
    describe(bench, blue=deployment(CHAT_MODEL, 0), green=deployment(TEXT_MODEL, 100))
    with chat_caller(bench) as caller:
        said = deploy(bench, ok=False)
    assert "dev: rolled back to chat blue 100 %, green 0 %" in said
    assert "managed.chat green: it answers 4" in said
    assert shares_said(said) == ["chat blue 100 %, green 0 %"]
    with sign_in(bench.home) as arm:
        assert traffic(arm) == {"blue": 100}
        assert deployments(arm) == ["blue", "green"]
    assert caller.refused == []
    assert set(caller.answered) == {"blue"}


def test_a_deployment_that_falls_ill_on_its_way_gives_its_requests_back(bench: Workbench) -> None:
    describe(bench, blue=deployment(CHAT_MODEL, 0), green=deployment(CHAT_MODEL, 100))
    with sign_in(bench.home) as arm, ThreadPoolExecutor(1) as pool:
        deploying = pool.submit(deploy, bench, ok=False)
        # It answered before it had any request; then it becomes unhealthy.
        wait_until(lambda: deploying.done() or traffic(arm) == {"blue": 90, "green": 10}, _DEADLINE_SECONDS)
        add_fault(bench.home, "server-error", plane="data", name=CHAT)
        said = deploying.result()
    clear_faults(bench.home)
    assert shares_said(said) == ["chat blue 100 %, green 0 %", "chat blue 90 %, green 10 %"]
    assert "dev: rolled back to chat blue 100 %, green 0 %" in said
    assert "managed.chat green: it answers 503" in said
    with sign_in(bench.home) as arm:
        assert traffic(arm) == {"blue": 100}


def test_the_next_try_moves_every_request_step_by_step_and_loses_none(bench: Workbench) -> None:
    with chat_caller(bench) as caller:
        said = deploy(bench)
    assert shares_said(said) == [
        "chat blue 100 %, green 0 %",
        "chat blue 90 %, green 10 %",
        "chat blue 0 %, green 100 %",
    ]
    with sign_in(bench.home) as arm:
        assert traffic(arm) == {"green": 100}
    assert caller.refused == []
    assert set(caller.answered) == {"blue", "green"}


def test_a_rollout_begins_with_what_azure_has_whoever_set_it(bench: Workbench) -> None:
    with sign_in(bench.home) as arm:
        body = arm.call("GET", f"{PROJECT}/onlineEndpoints/{CHAT}").json()
        moved = {**body, "properties": {**body["properties"], "traffic": {"blue": 50, "green": 50}}}
        put_and_wait(arm, f"{PROJECT}/onlineEndpoints/{CHAT}", moved)
        describe(bench, blue=deployment(CHAT_MODEL, 100), green=deployment(CHAT_MODEL, 0))
        said = deploy(bench)
        assert shares_said(said)[0] == "chat blue 50 %, green 50 %"
        assert traffic(arm) == {"blue": 100}


def test_after_a_destroy_nothing_is_there_that_requests_could_be_taken_from(bench: Workbench) -> None:
    bench.pulumi("destroy", "--stack", STACK, "--yes", "--skip-preview")
    # The deployment that had all requests is gone from the file too, and the one that had none is to have them.
    describe(bench, green=deployment(CHAT_MODEL, 100))
    assert shares_said(deploy(bench)) == []
    with sign_in(bench.home) as arm:
        assert traffic(arm) == {"green": 100}
        assert deployments(arm) == ["green"]
