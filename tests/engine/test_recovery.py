"""Nothing is lost or doubled when the sandbox, the engine or the user stops in the middle of an `up`."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.engine_home import release_stale_locks
from llama_azure_sandbox.process import StartOptions
from tests.support.arm import Arm, sign_in
from tests.support.recovery import assert_everything_is_there_once, recover
from tests.support.workbench import Workbench, open_workbench

STACK = "sandbox"
DEADLINE_SECONDS = 90.0


@pytest.fixture
def slow_workbench(tmp_path: Path) -> Iterator[Workbench]:
    """A workbench whose sandbox takes its time, so that there is a middle to be stopped in."""
    options = StartOptions(port=0, latency=Latency.UNHURRIED)
    with open_workbench(tmp_path / "workbench", options, forks=False) as bench:
        bench.pulumi("stack", "select", STACK, "--create")
        yield bench


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert process.poll() is None, f"the engine ended early:\n{process.communicate()[0]}"
        assert time.monotonic() < deadline, "the middle of the up was never reached"
        time.sleep(0.05)


def hub_is_being_created(arm: Arm) -> Callable[[], bool]:
    path = "/resourceGroups/rg-llama-sandbox/providers/Microsoft.MachineLearningServices/workspaces/hub-llama-sandbox"
    return lambda: arm.call("GET", path).status_code == 200


def test_a_killed_sandbox_keeps_what_it_acknowledged(slow_workbench: Workbench) -> None:
    slow_workbench.judged = False
    up = slow_workbench.popen("up", "--stack", STACK, "--yes", "--skip-preview")
    with sign_in(slow_workbench.home) as arm:
        wait_for(hub_is_being_created(arm), up)
        time.sleep(0.2)  # what is there and was not acknowledged yet is nobody's, as on Azure
        acknowledged = set(arm.resources())
        port = slow_workbench.record.port
        slow_workbench.kill_sandbox()
    up.communicate(timeout=DEADLINE_SECONDS)
    slow_workbench.start(StartOptions(port=port, latency=Latency.FAST))
    with sign_in(slow_workbench.home) as arm:
        assert acknowledged <= set(arm.resources())
    slow_workbench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
    assert_everything_is_there_once(slow_workbench)


def test_a_killed_engines_work_is_taken_in_and_finished(slow_workbench: Workbench) -> None:
    up = slow_workbench.popen("up", "--stack", STACK, "--yes", "--skip-preview")
    with sign_in(slow_workbench.home) as arm:
        wait_for(hub_is_being_created(arm), up)
    os.killpg(up.pid, signal.SIGKILL)
    up.communicate()
    slow_workbench.judged = False
    assert release_stale_locks(slow_workbench.home.pulumi_state) == [up.pid]
    # The plugin creates nothing that is there already.
    stumbled = slow_workbench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview", check=False)
    assert "cannot create already existing resource" in stumbled.stdout + stumbled.stderr
    assert "was being made" in recover(slow_workbench)
    slow_workbench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
    assert_everything_is_there_once(slow_workbench)
    assert slow_workbench.changes("up", "--stack", STACK) == {"same": 18}


def test_an_interrupted_up_loses_nothing(slow_workbench: Workbench) -> None:
    up = slow_workbench.popen("up", "--stack", STACK, "--yes", "--skip-preview")
    with sign_in(slow_workbench.home) as arm:
        wait_for(hub_is_being_created(arm), up)
    os.killpg(up.pid, signal.SIGINT)
    said, _ = up.communicate(timeout=DEADLINE_SECONDS)
    assert up.returncode != 0
    assert "Traceback" not in said
    slow_workbench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
    assert_everything_is_there_once(slow_workbench)
