"""How an `up` grows with the stack, by where its state is written, and in parts; and what of a state an endpoint is."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.deployments import LlamaAzure, Place, Plain
from bench.processes import Cost, run_measured
from bench.results import write_results
from bench.sandboxes import MeasuredSandbox, open_sandbox
from scripts.gateway.local import open_database

SIZES = (10, 100, 300)
PART = 50
"""How many endpoints a part of a stack has, at most."""
AT_ONCE = 4
"""How many parts are deployed at once, as by the pipelines."""
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the engine's mark of a secret in a state
_NO_MORE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Growth:
    """One way of deploying an estate, and where its state is written."""

    name: str
    sizes: tuple[int, ...]
    variables: Mapping[str, str]
    tool: Plain


@dataclass(frozen=True, slots=True)
class _Split(LlamaAzure):
    """The same estate in stacks that are deployed side by side, after the one with the hub."""

    name: str = "llama-azure in parts"

    def parts(self, place: Place) -> dict[str, list[str]]:
        """Return by stack its projects, each with two endpoints."""
        keys = list(LlamaAzure.settings(self, place)["llama-azure:projects"])
        count = -(-len(keys) * 2 // PART)
        return {f"bench-{number}": keys[number::count] for number in range(count)}

    def prepare(self, place: Place) -> None:
        """Write what the tool reads."""
        LlamaAzure.prepare(self, place)
        for part in self.parts(place):
            run_measured(["pulumi", "stack", "init", part, "--no-select"], place.folder, self.environment(place))

    def write_project(self, place: Place) -> None:
        """Write Pulumi.yaml, the program and the stacks' files."""
        LlamaAzure.write_project(self, place)
        own = {key: value for key, value in self.settings(place).items() if key in _OF_EACH}
        for part in self.parts(place):
            content = {"config": {**own, "llama-azure:partOf": "bench"}}
            (place.folder / "stacks" / f"Pulumi.{part}.yaml").write_text(json.dumps(content), encoding="utf-8")

    def settings(self, place: Place) -> dict[str, Any]:
        """Return the configuration of the estate as a stack file holds it."""
        return {**LlamaAzure.settings(self, place), "llama-azure:stacks": self.parts(place)}


@dataclass(frozen=True, slots=True)
class _InDatabase(LlamaAzure):
    """The same estate, with its state in PostgreSQL."""

    name: str = "llama-azure in PostgreSQL"
    url: str = ""

    def environment(self, place: Place) -> Mapping[str, str]:
        """Return the variables of its commands."""
        return {**LlamaAzure.environment(self, place), "PULUMI_BACKEND_URL": self.url}


_OF_EACH = ("azure-native:location", "llama-azure:asOf")


def measure_growth() -> Iterator[str]:
    """Deploy estates of several sizes by each way of writing the state; yield the lines to print."""
    rows: list[dict[str, Any]] = []
    _, middle, most = SIZES
    with ExitStack() as opened:
        sandbox = opened.enter_context(open_sandbox(limits={"endpointsPerRegion": 10**6}))
        database = opened.enter_context(open_database())
        ways = (
            _Growth("pulumi-azure-native", (middle,), _NO_MORE, Plain()),
            _Growth("parts", SIZES, _NO_MORE, _Split()),
            _Growth("file", SIZES, _NO_MORE, LlamaAzure()),
            _Growth("file, ZSTD", (most,), {"PULUMI_DIY_BACKEND_ZSTD": "true"}, LlamaAzure()),
            _Growth("PostgreSQL", (most,), _NO_MORE, _InDatabase(url=database)),
        )
        for at, way in enumerate(ways):
            for size in way.sizes:
                cost, state = _up(sandbox, f"g{at}n{size}", size, way)
                row = {
                    "how": way.name,
                    "endpoints": size,
                    "seconds": round(cost.seconds, 2),
                    "secondsPerEndpoint": round(cost.seconds / size, 3),
                    "processorSecondsPerEndpoint": round(cost.processor_seconds / size, 3),
                    "peakMiB": round(cost.tree_bytes / 2**20, 1),
                    "stateBytesPerEndpoint": round(len(state) / size),
                    "secretsPerEndpoint": round(state.count(_SECRET) / size, 2),
                }
                rows.append(row)
                yield "  ".join(f"{name} {value}" for name, value in row.items())
                # It takes long: what was measured stays when it is ended.
                write_results("growth", _ratios(rows), rows, part=PART, atOnce=AT_ONCE)


def _ratios(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the ratios of those rows that are there."""
    per = {(row["how"], row["endpoints"]): row for row in rows}
    least, middle, most = SIZES
    seconds, plain = "secondsPerEndpoint", ("pulumi-azure-native", middle)
    compared = {
        "growth-file": (seconds, ("file", most), ("file", least)),
        "growth-split": (seconds, ("parts", most), ("parts", least)),
        "growth-split-from-100": (seconds, ("parts", most), ("parts", middle)),
        "split-by-one-stack-300": (seconds, ("parts", most), ("file", most)),
        "zstd-by-plain-300": (seconds, ("file, ZSTD", most), ("file", most)),
        "postgresql-by-file-300": (seconds, ("PostgreSQL", most), ("file", most)),
        "state-bytes-by-plain": ("stateBytesPerEndpoint", ("file", middle), plain),
        "secrets-by-plain": ("secretsPerEndpoint", ("file", middle), plain),
    }
    return {
        name: per[one][what] / max(per[other][what], 0.01)
        for name, (what, one, other) in compared.items()
        if one in per and other in per
    }


def _up(sandbox: MeasuredSandbox, name: str, size: int, way: _Growth) -> tuple[Cost, str]:
    """Deploy an estate; return what that cost, and its states as they are exported."""
    place = Place(sandbox.folder / name, name, size // 2, {**sandbox.environment, **way.variables})
    place.folder.mkdir()
    tool = way.tool
    tool.prepare(place)
    parts = list(tool.parts(place)) if isinstance(tool, _Split) else []
    environment = tool.environment(place)
    command = list(tool.commands()["up"])
    if parts:
        command = ["sh", "-c", _SIDE_BY_SIDE, "sh", *parts]
    cost = run_measured(command, place.folder, environment)
    states = [_state(place.folder, stack, environment) for stack in ("bench", *parts)]
    return cost, "".join(states)


_UP = "pulumi --non-interactive up --yes --skip-preview --stack"
_SIDE_BY_SIDE = f"{_UP} bench && printf '%s\\n' \"$@\" | xargs -n 1 -P {AT_ONCE} {_UP}"


def _state(folder: Path, stack: str, environment: Mapping[str, str]) -> str:
    path = folder / f"{stack}.json"
    run_measured(["pulumi", "stack", "export", "--stack", stack, "--file", str(path)], folder, environment)
    return json.dumps(json.loads(path.read_text(encoding="utf-8"))["deployment"])
