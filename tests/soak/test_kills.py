"""The engine, each process that it starts and the sandbox that it talks to, killed in the middle of a command, and
followed up as the runbook says.
"""

import contextlib
import random
import re
import subprocess
import time
from collections.abc import Iterator

import psutil
import pytest

from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.engine_home import prepare_engine
from llama_azure_sandbox.process import StartOptions
from tests.soak.conftest import MOST_SECONDS, Tally
from tests.support.recovery import STACK, assert_everything_is_there_once, pending, pipelines_step, recover
from tests.support.workbench import Workbench, open_workbench

PARTS = {
    "program": "pulumi-language-python-exec",
    "policy pack": "-m pulumi.policy",
    "plugin": "-m llama_azure_sandbox.provider",
    "language host": "bin/pulumi-language-python ",
}
"""What the command line of each process holds that the engine starts."""
EVERYTHING, ENGINE, SANDBOX = "everything", "engine", "sandbox"
OF_AN_UPDATE = ("program", "policy pack")
_EXISTING = re.compile(r"\((\S+)\):\s+error: cannot create already existing resource '([^']+)'")
MOST_REQUESTS = 40
"""How many requests a command is let make before the kill. An update makes about twice as many."""
END_SECONDS = 60.0
"""How long what is left behind by a kill may take to end."""


@pytest.fixture
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("kills") / "bench", forks=False) as bench:
        bench.command_seconds = MOST_SECONDS
        bench.pulumi("stack", "select", STACK, "--create")
        yield bench


def started_by(command: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the processes that a command has started, and those that they have; each is in a group of its own."""
    try:
        return psutil.Process(command.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def victims(command: subprocess.Popen[str], part: str) -> list[psutil.Process]:
    """Return the processes to kill: none while the part is not there."""
    if part == ENGINE:
        return [psutil.Process(command.pid)]
    if part == EVERYTHING:
        return [psutil.Process(command.pid), *started_by(command)]
    found = []
    for process in started_by(command):
        with contextlib.suppress(psutil.Error):  # it ended while it was looked at
            if PARTS[part] in " ".join(process.cmdline()):
                found.append(process)
    return found


def strike(
    bench: Workbench, command: subprocess.Popen[str], part: str, requests: int, draw: random.Random
) -> list[psutil.Process] | None:
    """Kill a part of a command once it runs and so many requests have been made.

    Returns:
        What the command had started until then; ``None`` if it ended before.
    """
    since = max((entry["number"] for entry in journal(bench.home)), default=0)
    while command.poll() is None:
        if len(journal(bench.home, since)) < requests or (part != SANDBOX and not victims(command, part)):
            time.sleep(0.05)
        elif part == SANDBOX:
            options = StartOptions(port=bench.record.port)
            bench.kill_sandbox()
            # The engine's clients may meet nobody for a while.
            time.sleep(draw.uniform(0, 2))
            bench.start(options)
            return started_by(command)
        else:
            started = started_by(command)
            for process in victims(command, part):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            return started
    return None


def said_in_the_end(command: subprocess.Popen[str], children: list[psutil.Process]) -> str:
    """Wait until a command and all that it had started have ended; return what it said."""
    try:
        said = command.communicate(timeout=MOST_SECONDS)[0]
    except subprocess.TimeoutExpired:
        command.kill()
        raise AssertionError("the command did not end after one of its processes was killed") from None
    _, left = psutil.wait_procs(children, timeout=END_SECONDS)
    told = [" ".join(process.cmdline()) for process in left if process.is_running()]
    for process in left:
        process.kill()
    assert not told, f"left running: {told}"
    return said


def bring_up(bench: Workbench) -> list[str]:
    """Bring the stack to its file, as the runbook says; return what was to be adopted for it.

    An engine that outlives its plugin notes that a creation has failed, whatever Azure has made of it since.
    """
    adopted: list[str] = []
    while True:
        up = bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview", check=False)
        if up.returncode == 0:
            return adopted
        found = dict(_EXISTING.findall(up.stdout + up.stderr))
        assert found, up.stdout + up.stderr
        assert not set(found) & set(adopted), up.stdout + up.stderr
        pipelines_step(bench, "adopt", "--stack", STACK, *(f"{name}={what}" for name, what in found.items()))
        adopted += found


def kill_and_recover(bench: Workbench, part: str, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - no secret is made of it
    # The program and what judges it run in an update alone.
    action = "up" if part in OF_AN_UPDATE else draw.choice(["up", "destroy", "refresh"])
    requests = draw.randrange(MOST_REQUESTS)
    started = None
    while started is None:
        # A tag makes updates of what is there already.
        bench.configure(STACK, **{"llama-azure:tags": {"owner": f"team-{draw.randrange(1000)}"}})
        command = bench.popen(action, "--stack", STACK, "--yes", "--skip-preview")
        started = strike(bench, command, part, requests, draw)
        said = said_in_the_end(command, started or [])
        print(f"seed {seed}: {action} ended with {command.returncode}, ", end="")
        print(
            f"killed after {requests} requests: {part}"
            if started is not None
            else f"before {requests} requests were made"
        )
        # A command that has less to do ends before that many, or never starts what is to be killed: an update does.
        requests, action = requests // 4, "up"
    prepare_engine(bench.home)
    left = sorted(str(one["type"]) for one in pending(bench))
    print(f"seed {seed}: pending: {', '.join(left) or 'nothing'}")
    assert part != SANDBOX or "Traceback" not in said, said
    recover(bench)
    print(f"seed {seed}: adopted: {', '.join(bring_up(bench)) or 'nothing'}")
    assert pending(bench) == []
    assert_everything_is_there_once(bench)


@pytest.mark.parametrize("part", [*PARTS, ENGINE, EVERYTHING, SANDBOX])
def test_kills_of_the(bench: Workbench, soak: Tally, part: str) -> None:
    soak.run(lambda seed: kill_and_recover(bench, part, seed))
