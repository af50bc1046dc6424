"""A forked Python does what a started one does: the other tests of this folder rely on it."""

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support import fork_server
from tests.support.workbench import Workbench

pytestmark = pytest.mark.skipif(not fork_server.IS_POSSIBLE, reason="nothing is forked here")

STACK = "sandbox"
PROGRAM = """
import os, sys
print(sys.argv[1:], os.getcwd(), sys.stdin.read(), os.environ.get("MINE"), sys.prefix)
print("wrong", file=sys.stderr)
"""
ENDS = {
    "well": ("-c", "pass"),
    "with a code": ("-c", "import sys; sys.exit(32)"),
    "with a sentence": ("-c", "import sys; sys.exit('no')"),
    "with an error": ("-c", "1 / 0"),
    "by a signal": ("-c", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"),
    "at once": ("-c", "import os; os._exit(7)"),
    "after its threads": (
        "-c",
        "import threading, time; threading.Thread(target=lambda: (time.sleep(0.1), print('done'))).start()",
    ),
    "after what was registered": ("-c", "import atexit; atexit.register(print, 'done')"),
    "of a module": ("-m", "json.tool", "--help"),
    "without a module": ("-m", "no_such_module"),
    "by itself": ("--version",),
}


def python(*arguments: str, forked: bool, **options: Any) -> tuple[int, str, str]:
    """Run a Python; return its exit code and what it wrote."""
    environment = fork_server.environment() if forked else fork_server.REAL
    command = [str(environment / "bin" / "python"), *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)
    return answer.returncode, answer.stdout, answer.stderr.replace(str(environment), "ENVIRONMENT")


@pytest.mark.parametrize("arguments", ENDS.values(), ids=ENDS)
def test_it_ends_alike(arguments: tuple[str, ...]) -> None:
    assert python(*arguments, forked=True) == python(*arguments, forked=False)


def test_it_has_the_arguments_the_folder_the_variables_and_the_streams(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    options = {"cwd": tmp_path, "env": os.environ | {"MINE": "mine"}, "input": "given"}
    told = python("program.py", "a", "b c", forked=True, **options)
    assert told == python("program.py", "a", "b c", forked=False, **options)
    assert told[1].startswith(f"['a', 'b c'] {tmp_path} given mine ")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_it_is_ended_as_what_stands_for_it(tmp_path: Path, how: signal.Signals) -> None:
    command = [
        str(fork_server.environment() / "bin" / "python"),
        "-u",
        "-c",
        "import os, time; print(os.getpid()); time.sleep(60)",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.send_signal(how)
        assert process.wait(10) != 0
    deadline = time.monotonic() + 10
    while psutil.pid_exists(child):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("said", [b"", (100).to_bytes(8, "little"), (100).to_bytes(8, "little") + b"half"])
def test_one_who_is_killed_while_asking_keeps_nobody_waiting(said: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.connect(str(fork_server.environment().parent / "socket"))
        if said:
            socket.send_fds(asking, [said], [0, 1, 2])
    assert python("-c", "print('here')", forked=True) == (0, "here\n", "")


def test_a_preview_says_the_same(workbench: Workbench) -> None:
    workbench.select(STACK)
    plans = []
    for forks in (True, False):
        workbench.use(forks=forks)
        plans.append(json.loads(workbench.pulumi("preview", "--stack", STACK, "--json").stdout))
    forked, started = (
        {step["urn"]: (step["op"], step["newState"].get("inputs")) for step in plan["steps"]} for plan in plans
    )
    assert len(started) > 10
    assert forked == started
