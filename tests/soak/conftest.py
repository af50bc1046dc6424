"""Long attacks: each runs for its share of the time, prints its seeds, and is counted in a table.

``make soak SECONDS=1800`` runs them all; without ``--seconds`` nothing here is collected. A test asks for ``soak`` and
gives it one attempt as a function of a seed.
"""

import random
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_HEAD = """# Soak

Written by `make soak`; the newest run. An attempt is lost if it raises: an answer of the 5xx, a traceback, something
that is not there any more. A seed given to `make soak SEED=...` begins with that attempt.

| area | first seed | tried | survived | lost | seconds |
|---|---|---|---|---|---|
"""
MOST_SECONDS = 900.0
"""How long one command of the engine may take: nothing is lost because the machine is busy with something else."""
_SHOWN_FAILURES = 5
_OF_THE_ENGINE = ("test_kills", "test_one_in_five", "test_random_faults", "test_an_update")


@dataclass
class Tally:
    """What became of the attempts of one area."""

    area: str
    seconds: float
    first_seed: int
    tried: int = 0
    lost: list[int] = field(default_factory=list)
    took: float = 0.0

    def run_once(self, attempt: Callable[[int], None]) -> None:
        """Make one attempt, however long it takes."""
        self.seconds = 0.001
        self.run(attempt)

    def run(self, attempt: Callable[[int], None]) -> None:
        """Make attempts, each with a seed of its own, until the time is over; fail in the end if one was lost."""
        print(f"\n{self.area}: {self.seconds:.0f} s from seed {self.first_seed}")
        began = time.monotonic()
        while time.monotonic() - began < self.seconds:
            seed = self.first_seed + self.tried
            try:
                attempt(seed)
            except Exception:  # noqa: BLE001 - it is counted
                self.lost.append(seed)
                if len(self.lost) <= _SHOWN_FAILURES:
                    print(f"{self.area}: lost with seed {seed}\n{traceback.format_exc()}")
            self.tried += 1
            self.took = time.monotonic() - began
        assert not self.lost, f"{len(self.lost)} of {self.tried} lost, the first with seed {self.lost[0]}"


_tallies = pytest.StashKey[list[Tally]]()


@pytest.fixture
def soak(request: pytest.FixtureRequest) -> Tally:
    """The tally of one test, named after it, with its share of the time."""
    config = request.config
    share = config.getoption("--seconds") / max(request.session.testscollected, 1)
    area = request.node.name.removeprefix("test_").replace("_", " ").replace("[", " ").removesuffix("]")
    seed = config.getoption("--seed")
    tally = Tally(area, share, random.SystemRandom().randrange(2**31) if seed is None else seed)
    config.stash.setdefault(_tallies, []).append(tally)
    return tally


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the engine's tests last: one attempt of theirs may take longer than their share."""
    items.sort(key=lambda item: item.name.startswith(_OF_THE_ENGINE))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the table, if there is something to write and somewhere to write it to."""
    tallies = session.config.stash.get(_tallies, [])
    report = session.config.getoption("--report")
    if not tallies or report is None:
        return
    rows = []
    for one in tallies:
        cells = (one.area, one.first_seed, one.tried, one.tried - len(one.lost), len(one.lost), round(one.took))
        rows.append(f"| {' | '.join(map(str, cells))} |")
    end = "\nThe run was ended early.\n" if exitstatus == pytest.ExitCode.INTERRUPTED else ""
    Path(report).write_text(_HEAD + "\n".join(rows) + "\n" + end, encoding="utf-8")
