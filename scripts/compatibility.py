"""``python -m scripts.compatibility RUN``: write docs/compatibility.md from what a run of the tests kept."""

import sys
from pathlib import Path

from tests.support.compatibility import PAGE, marked_trials, page, read_run


def main() -> int:
    """Write the page, unless something that the tests are marked to try is missing in the run."""
    rows = read_run(Path(sys.argv[1]))
    missing = {(trial.name, trial.tried) for trial in marked_trials()} - {(row.name, row.tried) for row in rows}
    if missing:
        print(f"compatibility: the run tried nothing of {sorted(missing)}; run every marked test", file=sys.stderr)
        return 1
    PAGE.write_text(page(rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
