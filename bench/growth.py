"""How an `up` grows with the stack, where its state is written, and how much of it an endpoint is."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bench.deployments import LlamaAzure, Place
from bench.processes import Cost, run_measured
from bench.results import write_results
from bench.sandboxes import MeasuredSandbox, open_sandbox

SIZES = (10, 100, 300)
BACKENDS: Mapping[str, Mapping[str, str]] = {
    "file": {},
    "file, ZSTD": {"PULUMI_DIY_BACKEND_ZSTD": "true"},
    "file, without backups": {"PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true"},
}
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the engine's mark of a secret in a state


def measure_growth() -> Iterator[str]:
    """Deploy estates of several sizes by each way of writing the state; yield the lines to print."""
    rows: list[dict[str, Any]] = []
    with open_sandbox(limits={"endpointsPerRegion": 10**6}) as sandbox:
        for at, (backend, variables) in enumerate(BACKENDS.items()):
            for size in SIZES:
                cost, state = _up(sandbox, f"g{at}n{size}", size, variables)
                row = {
                    "backend": backend,
                    "endpoints": size,
                    "seconds": round(cost.seconds, 2),
                    "secondsPerEndpoint": round(cost.seconds / size, 3),
                    "stateBytesPerEndpoint": round(len(state) / size),
                    "secretsPerEndpoint": round(state.count(_SECRET) / size, 2),
                }
                rows.append(row)
                yield "  ".join(f"{name} {value}" for name, value in row.items())
    per = {(row["backend"], row["endpoints"]): row["secondsPerEndpoint"] for row in rows}
    least, most = SIZES[0], SIZES[-1]
    ratios = {
        f"growth-{name.replace(', ', '-').replace(' ', '-')}": per[name, most] / per[name, least] for name in BACKENDS
    }
    ratios["zstd-by-plain-300"] = per["file, ZSTD", most] / per["file", most]
    write_results("growth", ratios, rows)


def _up(sandbox: MeasuredSandbox, name: str, size: int, variables: Mapping[str, str]) -> tuple[Cost, str]:
    """Deploy an estate; return what that cost, and the state as it is exported."""
    place = Place(sandbox.folder / name, name, size // 2, {**sandbox.environment, **variables})
    place.folder.mkdir()
    tool = LlamaAzure()
    tool.prepare(place)
    environment, export = tool.environment(place), place.folder / "export.json"
    cost = run_measured(tool.commands()["up"], place.folder, environment)
    run_measured(["pulumi", "stack", "export", "--stack", "bench", "--file", str(export)], place.folder, environment)
    return cost, json.dumps(json.loads(export.read_text(encoding="utf-8"))["deployment"])
