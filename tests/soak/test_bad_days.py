"""Updates of a whole stack while a cloud fails in many ways: each ends well or in sentences, and the next converges."""

import random
from collections.abc import Iterator

import pytest

from llama_azure_sandbox.client.faults import add_fault, clear_faults
from llama_azure_sandbox.engine_home import prepare_engine
from tests.soak.conftest import MOST_SECONDS, Tally
from tests.support.recovery import STACK, assert_everything_is_there_once, pending, recover
from tests.support.workbench import Workbench, open_workbench

RESETS = 0.2
_OTHERS = ("throttle", "server-error", "conflict", "operation-failed", "delay", "reset")


@pytest.fixture
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("bad-days") / "bench", forks=False) as bench:
        bench.command_seconds = MOST_SECONDS
        bench.pulumi("stack", "select", STACK, "--create")
        yield bench


def add_faults(bench: Workbench, draw: random.Random, kinds: list[str]) -> None:
    for kind in kinds:
        add_fault(bench.home, kind, probability=RESETS, seed=draw.randrange(1000), plane="arm")


def run_and_converge(bench: Workbench, command: str, told: str) -> None:
    """Run a command under the faults that are there, and bring the stack to its file afterwards."""
    answer = bench.pulumi(command, "--stack", STACK, "--yes", "--skip-preview", check=False)
    said = answer.stdout + answer.stderr
    print(f"{told}: {command} ended with {answer.returncode}")
    assert "Traceback" not in said, said
    assert answer.returncode == 0 or "error:" in said, said
    clear_faults(bench.home)
    prepare_engine(bench.home)
    recover(bench)
    bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
    assert pending(bench) == []
    assert_everything_is_there_once(bench)


def test_one_in_five_connections_is_reset(bench: Workbench, soak: Tally) -> None:
    def attempt(seed: int) -> None:
        clear_faults(bench.home)
        bench.pulumi("destroy", "--stack", STACK, "--yes", "--skip-preview")
        add_faults(bench, random.Random(seed), ["reset"])  # noqa: S311 - repeatable
        run_and_converge(bench, "up", f"seed {seed}")

    soak.run(attempt)


def test_random_faults_at_once(bench: Workbench, soak: Tally) -> None:
    def attempt(seed: int) -> None:
        draw = random.Random(seed)  # noqa: S311 - repeatable
        clear_faults(bench.home)
        kinds = draw.sample(_OTHERS, draw.randint(1, 3))
        command = draw.choice(["up", "destroy", "refresh"])
        bench.configure(STACK, **{"llama-azure:tags": {"owner": f"team-{draw.randrange(3)}"}})
        add_faults(bench, draw, kinds)
        run_and_converge(bench, command, f"seed {seed}: {', '.join(kinds)}")

    soak.run(attempt)
