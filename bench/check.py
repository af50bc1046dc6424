"""``python -m bench.check [MEASUREMENT...]``: measure again, and fail where a ratio is worse than the committed one."""

import sys

from bench.__main__ import LONG, MEASUREMENTS
from bench.page import Goal, goals
from bench.results import read_results

TOLERANCE = 1.3
"""How much worse a ratio may be: runs of the same code on a shared machine differed by less."""


def main() -> int:
    """Run the measurements named on the command line, or all short ones with a goal; return the exit code."""
    known = [one.measurement for one in goals() if one.measurement in MEASUREMENTS]
    names = sys.argv[1:] or list(dict.fromkeys(known))
    worse = []
    for name in names:
        before = (read_results(name) or {}).get("ratios", {})
        for line in (MEASUREMENTS | LONG)[name]():
            print(line, flush=True)
        now = (read_results(name) or {}).get("ratios", {})
        worse += [
            f"{goal.says}: {now[goal.ratio]:.2f}, was {before[goal.ratio]:.2f}"
            for goal in goals()
            if goal.measurement == name and is_worse(goal, before.get(goal.ratio), now.get(goal.ratio))
        ]
    for line in worse:
        print(f"bench-check: {line}", file=sys.stderr)
    return 1 if worse else 0


def is_worse(goal: Goal, before: float | None, now: float | None) -> bool:
    """Whether a ratio is beyond its goal, and beyond what it was by more than the tolerance."""
    if before is None or now is None or goal.is_met(now):
        return False
    return now > before * TOLERANCE if goal.most is not None else now < before / TOLERANCE


if __name__ == "__main__":
    sys.exit(main())
