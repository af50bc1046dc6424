"""What the measurements found, as data: ``bench/results/<measurement>.json``, the newest run of each."""

import datetime as dt
import json
import os
import platform
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from bench.processes import Cost
from llama_azure_sandbox.home import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "bench" / "results"

Key = tuple[str, str, str]
"""The size of what was measured, who did it, and what was done."""


@dataclass
class Samples:
    """The costs of commands that were run more than once."""

    costs: dict[Key, list[Cost]] = field(default_factory=lambda: defaultdict(list))

    def add(self, key: Key, cost: Cost) -> None:
        """Keep one more."""
        self.costs[key].append(cost)

    def medians(self) -> list[dict[str, Any]]:
        """Return the medians, a row for each key."""
        return [
            {
                "size": size,
                "tool": tool,
                "step": step,
                "runs": len(costs),
                "seconds": round(median(cost.seconds for cost in costs), 3),
                "processorSeconds": round(median(cost.processor_seconds for cost in costs), 3),
                "peakMiB": round(median(cost.tree_bytes for cost in costs) / 2**20, 1),
            }
            for (size, tool, step), costs in self.costs.items()
        ]

    def table(self, size: str, ours: str) -> Iterator[str]:
        """Yield the lines to print for one size: our median beside everybody's, as ratios."""
        rows = [row for row in self.medians() if row["size"] == size]
        own = {row["step"]: row for row in rows if row["tool"] == ours}
        yield f"{'':20} {'':24} {'elapsed':>9} {'processors':>11} {'memory':>10}   {ours} by it"
        for row in rows:
            base = own[row["step"]]
            yield (
                f"{row['step']:20} {row['tool']:24} {row['seconds']:7.2f} s {row['processorSeconds']:9.2f} s "
                f"{row['peakMiB']:6.0f} MiB   {base['seconds'] / row['seconds']:5.2f} "
                f"{base['processorSeconds'] / row['processorSeconds']:6.2f} {base['peakMiB'] / row['peakMiB']:6.2f}"
            )


def write_results(measurement: str, ratios: Mapping[str, float], rows: object = (), **how: Any) -> Path:
    """Write what a measurement found, with the day and the machine.

    Args:
        measurement: its name on the command line.
        ratios: by name, as ``goals.yaml`` names them.
        rows: the figures that they were made of.
        how: what else a reader must know, such as the number of runs.
    """
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{measurement}.json"
    content = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": machine(),
        **how,
        "ratios": {name: round(value, 3) for name, value in ratios.items()},
        "rows": rows,
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def read_results(measurement: str) -> Mapping[str, Any] | None:
    """Return what a measurement found when it last ran, and None where it never did."""
    path = FOLDER / f"{measurement}.json"
    if not path.exists():
        return None
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    return {
        "cores": os.cpu_count(),
        "memoryGiB": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
