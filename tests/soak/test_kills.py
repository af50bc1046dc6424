"""The engine and all that it started, killed at any moment of any update, and followed up as the runbook says."""

import os
import random
import signal
import subprocess
from collections.abc import Iterator

import pytest

from sandbox.engine_home import prepare_engine
from tests.soak.conftest import Tally
from tests.support.recovery import STACK, assert_everything_is_there_once, pending, recover
from tests.support.workbench import Workbench, open_workbench

# Longer than the longest of these commands takes, so that some are killed after their last step.
_LONGEST_SECONDS = 15.0


@pytest.fixture
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("kills") / "bench") as bench:
        bench.pulumi("stack", "select", STACK, "--create")
        yield bench


def kill_and_recover(bench: Workbench, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - no secret is made of it
    command = draw.choice(["up", "destroy", "refresh"])
    # A tag makes updates of what is there already.
    bench.configure(STACK, **{"llama-azure:tags": {"owner": f"team-{draw.randrange(3)}"}})
    process = bench.popen(command, "--stack", STACK, "--yes", "--skip-preview")
    try:
        process.communicate(timeout=draw.uniform(0, _LONGEST_SECONDS))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    prepare_engine(bench.home)
    left = sorted(str(one["type"]) for one in pending(bench))
    print(f"seed {seed}: {command} ended with {process.returncode}, pending: {', '.join(left) or 'nothing'}")
    recover(bench)
    bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
    assert pending(bench) == []
    assert_everything_is_there_once(bench)


def test_kills_at_any_moment(bench: Workbench, soak: Tally) -> None:
    soak.run(lambda seed: kill_and_recover(bench, seed))
