"""`make up` of a fresh clone by phase: cold, with everything installed, and with nothing to change.

Each line of the Makefile's recipes runs in a shell that writes down what it took.
"""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.results import write_results
from llama_azure_sandbox.addresses import HOST
from llama_azure_sandbox.engine.find import find_engine
from llama_azure_sandbox.home import PROJECT_ROOT

RUNS = 5
COLD, WARM, AGAIN = "cold", "warm", "nothing to change"
_SHELL = """#!/bin/bash
LC_ALL=C
began=$EPOCHREALTIME
/bin/bash "$@"
status=$?
ended=$EPOCHREALTIME
line=${@: -1}
{ echo "$began $ended ${line//$'\\n'/ }"; times; } >> "$BENCH_PHASES/$$"
exit $status
"""
# What a line of a recipe is called, by what stands in it; the first that fits.
_PHASES = {
    "scripts/venv.sh": "packages",
    "compileall": "packages",
    "llama_azure_sandbox.engine": "engine",
    "sandbox start": "start of the sandbox",
    "stack select": "pulumi stack select",
    "pulumi up": "pulumi up",
    "first_chat": "first chat",
    "ruff": "check",
    "scripts.type_check": "check",
    "pytest": "pytest",
}
_OTHER, _WHOLE = "the rest of make", "all"
_MINUTES_AND_SECONDS = re.compile(r"(\d+)m([\d.]+)s")


@dataclass(frozen=True, slots=True)
class Phase:
    """What a part of a `make` took."""

    seconds: float = 0.0
    processor_seconds: float = 0.0
    """Of the processes that it waited for: not of the sandbox's server."""

    def __add__(self, other: "Phase") -> "Phase":
        """Return both together."""
        return Phase(self.seconds + other.seconds, self.processor_seconds + other.processor_seconds)


Phases = Mapping[str, Phase]


@dataclass(frozen=True, slots=True)
class Checkout:
    """A fresh clone with caches of its own, which are empty at first."""

    root: Path
    variables: Mapping[str, str] = field(repr=False)

    def make(self, *targets: str) -> Phases:
        """Run `make` there and return what its phases took.

        Raises:
            RuntimeError: it failed; the message ends in what it printed.
        """
        phases, shell = self.root.parent / "phases", self.root.parent / "shell"
        shutil.rmtree(phases, ignore_errors=True)
        phases.mkdir()
        used, began = _used_by_children(), time.perf_counter()
        with (self.root.parent / "make.log").open("w+") as log:
            done = subprocess.run(
                ["make", "--no-print-directory", *targets, f"SHELL={shell}"],  # noqa: S607 - the user's own make
                cwd=self.root,
                env={**self.variables, "BENCH_PHASES": str(phases)},
                stdout=log,
                stderr=log,
                check=False,
            )
            whole = Phase(time.perf_counter() - began, _used_by_children() - used)
            if done.returncode != 0:
                log.seek(0)
                raise RuntimeError(f"make {' '.join(targets)} failed:\n{log.read()[-4000:]}")
        return read_phases("".join(one.read_text(encoding="utf-8") for one in phases.iterdir()), whole)

    def stop(self) -> None:
        """Stop its sandbox, where one runs, and forget it."""
        sandbox = self.root / ".venv" / "bin" / "sandbox"
        if sandbox.exists():
            subprocess.run([sandbox, "stop"], cwd=self.root, env=self.variables, check=False, capture_output=True)
        shutil.rmtree(self.root / ".sandbox", ignore_errors=True)


def read_phases(text: str, whole: Phase) -> Phases:
    """Return the phases that the shell wrote down, what is left of the whole, and the whole.

    Args:
        text: three lines for each line of a recipe: when it began and ended and what it was, what the shell itself used
            of the processors, and what its children did.
        whole: what `make` took.
    """
    found: defaultdict[str, Phase] = defaultdict(Phase)
    lines = iter(text.splitlines())
    for line, _, times in zip(lines, lines, lines, strict=True):
        began, ended, command = line.split(" ", 2)
        used = sum(60 * int(minutes) + float(seconds) for minutes, seconds in _MINUTES_AND_SECONDS.findall(times))
        name = next((name for part, name in _PHASES.items() if part in command), _OTHER)
        found[name] += Phase(float(ended) - float(began), used)
    known = sum((phase for name, phase in found.items() if name != _OTHER), Phase())
    # Of what runs side by side, the sum is more than the whole.
    rest = Phase(max(0.0, whole.seconds - known.seconds), max(0.0, whole.processor_seconds - known.processor_seconds))
    return {**{name: phase for name, phase in found.items() if name != _OTHER}, _OTHER: rest, _WHOLE: whole}


def measure_make_up(runs: int = RUNS, *, builds: bool = False) -> Iterator[str]:
    """Run `make up` in a fresh clone of what is committed, and yield the lines to print.

    Args:
        runs: how often it is repeated once everything is installed.
        builds: whether no Pulumi CLI is on the PATH, so that one is fetched or built, for minutes.
    """
    cases: dict[str, list[Phases]] = {COLD: [], WARM: [], AGAIN: []}
    with tempfile.TemporaryDirectory() as folder:
        checkout = _clone(Path(folder), builds=builds)
        try:
            cases[COLD].append(checkout.make("up"))
            yield from _told(COLD, cases[COLD])
            for _ in range(runs):
                checkout.stop()
                cases[WARM].append(checkout.make("up"))
                cases[AGAIN].append(checkout.make("up"))
            yield from _told(WARM, cases[WARM])
            yield from _told(AGAIN, cases[AGAIN])
        finally:
            checkout.stop()
    rows = [row for case, made in cases.items() for row in _rows(case, made)]
    whole = {row["case"]: row for row in rows if row["phase"] == _WHOLE}
    update = {row["case"]: row for row in rows if row["phase"] == "pulumi up"}
    ratios = {
        "make-up-warm-seconds": whole[WARM]["seconds"],
        "make-up-again-seconds": whole[AGAIN]["seconds"],
        "make-up-warm-by-update": whole[WARM]["seconds"] / update[WARM]["seconds"],
        "make-up-again-by-update": whole[AGAIN]["seconds"] / update[AGAIN]["seconds"],
        "make-up-cold-by-warm": whole[COLD]["seconds"] / whole[WARM]["seconds"],
    }
    write_results("make-up-without-cli" if builds else "make-up", ratios, rows, runs=runs)


def measure_make_up_without_cli() -> Iterator[str]:
    """Do the same on a machine without a Pulumi CLI."""
    return measure_make_up(runs=1, builds=True)


def measure_make_test() -> Iterator[str]:
    """Run `make test` here, with what is installed, and yield the lines to print: it takes its whole time."""
    with tempfile.TemporaryDirectory() as folder:
        _write_shell(Path(folder))
        here = Path(folder, "checkout")
        here.symlink_to(PROJECT_ROOT, target_is_directory=True)
        made = [Checkout(here, os.environ).make("test")]
    yield from _told("make test", made)
    rows = _rows("test", made)
    whole, check = ({row["phase"]: row["seconds"] for row in rows}[name] for name in (_WHOLE, "check"))
    write_results("make-test", {"make-test-minutes": whole / 60, "check-by-test": check / whole}, rows)


def _clone(folder: Path, *, builds: bool) -> Checkout:
    root, cache = folder / "checkout", folder / "cache"
    subprocess.run(["git", "clone", "--quiet", PROJECT_ROOT, root], check=True)  # noqa: S607 - the user's own git
    cache.mkdir()
    _write_shell(folder)
    path = [one for one in os.environ["PATH"].split(os.pathsep) if shutil.which("pulumi", path=one) is None]
    if not builds:
        path.insert(0, str(find_engine().folder))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SANDBOX_", "PULUMI_"))}
    kept.pop("VIRTUAL_ENV", None)
    own = {"PATH": os.pathsep.join(path), "XDG_CACHE_HOME": str(cache), "SANDBOX_PORT": str(_free_port())}
    return Checkout(root, {**kept, **own})


def _free_port() -> int:
    """Return a port for its sandbox, out of the way of another one."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def _write_shell(folder: Path) -> None:
    shell = folder / "shell"
    shell.write_text(_SHELL, encoding="utf-8")
    shell.chmod(0o755)


def _rows(case: str, made: list[Phases]) -> list[dict[str, Any]]:
    names = dict.fromkeys(name for one in made for name in one)
    return [
        {
            "case": case,
            "phase": name,
            "runs": len(made),
            "seconds": round(median(one.get(name, Phase()).seconds for one in made), 2),
            "processorSeconds": round(median(one.get(name, Phase()).processor_seconds for one in made), 2),
        }
        for name in names
    ]


def _told(case: str, made: list[Phases]) -> Iterator[str]:
    yield f"{case}:"
    for row in _rows(case, made):
        yield f"  {row['phase']:24} {row['seconds']:8.2f} s   {row['processorSeconds']:8.2f} s of processors"


def _used_by_children() -> float:
    times = os.times()
    return times.children_user + times.children_system
