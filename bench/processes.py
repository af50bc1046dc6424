"""How long a command takes, and how much memory the processes below it hold at their peak."""

import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_SAMPLE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command cost."""

    seconds: float
    peak_bytes: int
    """The largest sum of the memory of the command's descendants, the command itself left out. On Linux a page that
    several of them share counts once."""
    largest_bytes: int
    """The most resident memory that one of them had: of a Pulumi command, the user's program."""
    tree_bytes: int
    """The largest sum of the memory of the command and its descendants."""
    processor_seconds: float
    """What the command and its descendants used of the processors: the same on a machine that does other things too."""


def run_measured(
    command: Sequence[str], cwd: Path, environment: Mapping[str, str], allowed: Sequence[int] = (0,)
) -> Cost:
    """Run a command to its end, which must come with one of the allowed exit codes.

    Raises:
        RuntimeError: it failed; the message ends in what it printed.
    """
    started, used = time.monotonic(), _processor_seconds()
    with (
        (cwd / "measured.log").open("w+") as log,
        subprocess.Popen(command, cwd=cwd, env=environment, stdout=log, stderr=log) as process,
    ):
        peak = largest = tree = 0
        while process.poll() is None:
            own, sizes = _memory_of_tree(process.pid)
            peak, largest, tree = max(peak, sum(sizes)), max(largest, *sizes, 0), max(tree, own + sum(sizes))
            time.sleep(_SAMPLE_SECONDS)
        seconds = time.monotonic() - started
        if process.returncode not in allowed:
            log.seek(0)
            raise RuntimeError(f"{' '.join(command)} failed:\n{log.read()[-4000:]}")
    return Cost(seconds, peak, largest, tree, _processor_seconds() - used)


def _processor_seconds() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def _memory_of_tree(pid: int) -> tuple[int, list[int]]:
    """Return the memory of a process, and of each of its descendants."""
    own, sizes = 0, []
    try:
        command = psutil.Process(pid)
        own = _memory(command)
        for process in command.children(recursive=True):
            sizes.append(_memory(process))  # noqa: PERF401 - what was seen before one ended still counts
    except psutil.Error:  # it ended while it was looked at
        pass
    return own, sizes


def _memory(process: psutil.Process) -> int:
    if not psutil.LINUX:
        return int(process.memory_info().rss)
    return int(process.memory_full_info().pss)
