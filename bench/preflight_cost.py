"""What preflight asks of Azure for three hundred deployments, before there is anything and when all is there."""

import json
from collections.abc import Iterator

from bench.deployments import LlamaAzure, Place
from bench.processes import run_measured
from bench.results import write_results
from bench.sandboxes import open_sandbox

DEPLOYMENTS = 300


def measure_preflight_cost() -> Iterator[str]:
    """Run preflight over an estate twice, deploying it in between; yield the lines to print."""
    ratios: dict[str, float] = {}
    rows: list[dict[str, float | str]] = []
    with open_sandbox(limits={"endpointsPerRegion": 10**6}) as sandbox:
        place = Place(sandbox.folder / "estate", "pf", DEPLOYMENTS // 2, sandbox.environment)
        place.folder.mkdir()
        tool = LlamaAzure()
        tool.prepare(place)
        command = ["preflight", "--stack", "bench", "--format", "json", "--output", "report.json"]
        for when in ("before", "after"):
            cost = run_measured(command, place.folder, tool.environment(place), allowed=(0, 1))
            told = json.loads((place.folder / "report.json").read_text(encoding="utf-8"))
            work = told["work"]
            rows.append({"when": when, "commandSeconds": round(cost.seconds, 2), **work})
            ratios[f"preflight-requests-{when}"] = work["requests"]
            ratios[f"preflight-by-chain-{when}"] = work["seconds"] / work["slowestChainSeconds"]
            yield f"{when:8} {work}"
            if when == "before":
                run_measured(tool.commands()["up"], place.folder, tool.environment(place))
    write_results("preflight", ratios, rows, deployments=DEPLOYMENTS)
