"""``python -m bench``: run the measurements, or those named, and print the ratios.

Those in ``LONG`` run only where they are named.
"""

import sys
from collections.abc import Callable, Iterator

from bench.critical_path import measure_critical_path
from bench.data_plane import measure_data_plane
from bench.deployments import measure_deployments
from bench.growth import measure_growth
from bench.journal_cost import measure_journal_cost
from bench.make_up import measure_make_test, measure_make_up, measure_make_up_without_cli
from bench.policy_cost import measure_policy_cost
from bench.preflight_cost import measure_preflight_cost
from bench.preview_cost import measure_preview_cost
from bench.resource_manager import measure_resource_manager
from bench.sandbox_memory import SHORT, measure_sandbox_memory
from bench.sandbox_start import measure_sandbox_start

MEASUREMENTS: dict[str, Callable[[], Iterator[str]]] = {
    "deployments": measure_deployments,
    "critical-path": measure_critical_path,
    "growth": measure_growth,
    "preflight": measure_preflight_cost,
    "resource-manager": measure_resource_manager,
    "policy-cost": measure_policy_cost,
    "preview-cost": measure_preview_cost,
    "data-plane": measure_data_plane,
    "journal-cost": measure_journal_cost,
    "sandbox-start": measure_sandbox_start,
    "sandbox-memory": lambda: measure_sandbox_memory(SHORT),
    "make-up": measure_make_up,
}
LONG: dict[str, Callable[[], Iterator[str]]] = {
    "sandbox-memory-of-a-million": measure_sandbox_memory,
    "make-up-without-cli": measure_make_up_without_cli,
    "make-test": measure_make_test,
}


def main() -> int:
    """Run the measurements named on the command line, or all but the long ones; return the exit code."""
    names = sys.argv[1:] or list(MEASUREMENTS)
    known = MEASUREMENTS | LONG
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"bench: no measurement {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    for name in names:
        print(f"== {name}", flush=True)
        for line in known[name]():
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
