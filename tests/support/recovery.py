"""What must hold after a run of the stack `sandbox` was killed and followed up."""

import json
import subprocess
import sys
from typing import Any

from llama_azure_sandbox.home import PROJECT_ROOT
from tests.support.arm import sign_in
from tests.support.workbench import Workbench

STACK = "sandbox"


def assert_everything_is_there_once(bench: Workbench) -> None:
    """Azure and the state agree: every resource is in both, once."""
    with sign_in(bench.home) as arm:
        in_azure = arm.resources()
    # Components and the stack itself have no id; the provider's is not an Azure id.
    in_state = sorted(resource["id"] for resource in bench.state(STACK) if resource.get("id", "").startswith("/"))
    assert len(in_azure) == 11
    assert in_state == in_azure


def pending(bench: Workbench) -> list[Any]:
    """Return what the state says was begun and not ended."""
    exported = json.loads(bench.pulumi("stack", "export", "--stack", STACK).stdout)
    return list(exported["deployment"].get("pending_operations") or [])


def recover(bench: Workbench) -> str:
    """Settle what is pending, as `make up` and the runbook do; return what is said."""
    return pipelines_step(bench, "recover", "--stack", STACK)


def pipelines_step(bench: Workbench, *arguments: str) -> str:
    """Run a step of the pipelines; return what is said."""
    command = [sys.executable, "-m", "pipelines", *arguments]
    environment = bench.environment | {"PYTHONPATH": str(PROJECT_ROOT)}
    answer = subprocess.run(
        command,
        cwd=bench.project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=bench.command_seconds,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout
