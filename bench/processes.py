"""How long a command takes, and how much memory the processes below it hold at their peak."""

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
    """The largest sum of the resident memory of the command's descendants, the command itself left out."""


def run_measured(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> Cost:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed; the message ends in what it printed.
    """
    started = time.monotonic()
    with (
        (cwd / "measured.log").open("w+") as log,
        subprocess.Popen(command, cwd=cwd, env=environment, stdout=log, stderr=log) as process,
    ):
        peak = 0
        while process.poll() is None:
            peak = max(peak, _descendants_memory(process.pid))
            time.sleep(_SAMPLE_SECONDS)
        seconds = time.monotonic() - started
        if process.returncode != 0:
            log.seek(0)
            raise RuntimeError(f"{' '.join(command)} failed:\n{log.read()[-4000:]}")
    return Cost(seconds, peak)


def _descendants_memory(pid: int) -> int:
    total = 0
    try:
        for process in psutil.Process(pid).children(recursive=True):
            total += process.memory_info().rss
    except psutil.NoSuchProcess:  # it ended while it was looked at
        pass
    return total
