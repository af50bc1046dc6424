"""The engine, what it started and what it talks to, killed at any moment of any update, and followed up as the runbook
says.
"""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from llama_azure_sandbox.engine_home import prepare_engine
from llama_azure_sandbox.process import StartOptions
from tests.soak.conftest import MOST_SECONDS, Tally
from tests.support.recovery import STACK, assert_everything_is_there_once, pending, recover
from tests.support.workbench import Workbench, open_workbench

# Longer than the longest of these commands takes, so that some are killed after their last step.
_LONGEST_SECONDS = 15.0


@pytest.fixture
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("kills") / "bench") as bench:
        bench.command_seconds = MOST_SECONDS
        bench.pulumi("stack", "select", STACK, "--create")
        yield bench


def members(group: int) -> list[int]:
    """Return the processes of a group: the engine, the language host, the program and the plugins."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:  # it ended
            continue
        if int(fields[2]) == group:
            found.append(int(stat.parent.name))
    return sorted(found)


def kill(bench: Workbench, command: subprocess.Popen[str], draw: random.Random) -> str:
    """Kill all that a command runs, one process of it, or the sandbox that it talks to; return which."""
    whom = draw.choice(["all", "one", "sandbox"])
    if whom == "all":
        os.killpg(command.pid, signal.SIGKILL)
    elif whom == "one":
        victim = draw.choice(members(command.pid))
        whom = Path(f"/proc/{victim}/cmdline").read_text(encoding="utf-8").replace("\0", " ")[:80].strip()
        os.kill(victim, signal.SIGKILL)
    else:
        options = StartOptions(port=bench.record.port)
        bench.kill_sandbox()
        # The engine's clients may meet nobody for a while.
        time.sleep(draw.uniform(0, 2))
        bench.start(options)
    return whom


def end(command: subprocess.Popen[str]) -> str:
    """Wait until a command ends, or all of it if it does not; return what it said."""
    try:
        return command.communicate(timeout=MOST_SECONDS)[0]
    except subprocess.TimeoutExpired:
        raise AssertionError("the command did not end after one of its processes was killed") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(command.pid, signal.SIGKILL)


def kill_and_recover(bench: Workbench, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - no secret is made of it
    command = draw.choice(["up", "destroy", "refresh"])
    # A tag makes updates of what is there already.
    bench.configure(STACK, **{"llama-azure:tags": {"owner": f"team-{draw.randrange(3)}"}})
    process = bench.popen(command, "--stack", STACK, "--yes", "--skip-preview")
    killed, said = "nobody", ""
    try:
        said, _ = process.communicate(timeout=draw.uniform(0, _LONGEST_SECONDS))
    except subprocess.TimeoutExpired:
        killed = kill(bench, process, draw)
        said = end(process)
    prepare_engine(bench.home)
    left = sorted(str(one["type"]) for one in pending(bench))
    told = f"{command} ended with {process.returncode}, killed: {killed}, pending: {', '.join(left) or 'nothing'}"
    print(f"seed {seed}: {told}")
    assert killed != "sandbox" or "Traceback" not in said, said
    recover(bench)
    bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
    assert pending(bench) == []
    assert_everything_is_there_once(bench)


def test_kills_at_any_moment(bench: Workbench, soak: Tally) -> None:
    soak.run(lambda seed: kill_and_recover(bench, seed))
