"""``python -m bench.page``: write docs/performance.md from what the measurements found, beside the goals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.results import read_results
from llama_azure_sandbox.home import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "performance.md"
_GOALS = Path(__file__).with_name("goals.yaml")
_HEAD = """# Performance

Written by `make bench` from `bench/results`, its newest run of each measurement. A figure is a ratio within one
run, of two things done in turns on the same machine, unless its line says seconds, requests or chats: what a second is
worth on another machine it does not say.
"""


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio that is to stay below, or above, a bound."""

    ratio: str
    measurement: str
    says: str
    """What it is the ratio of."""
    most: float | None = None
    least: float | None = None
    note: str = ""
    """What was tried where it is not met, what that gave, and what would meet it."""

    @property
    def bound(self) -> str:
        """The bound as the page shows it."""
        return f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}"

    def is_met(self, value: float) -> bool:
        """Whether a value keeps the bound."""
        return value <= self.most if self.most is not None else value >= (self.least or 0)


def goals() -> list[Goal]:
    """Return the goals in the order of the page."""
    return [Goal(**one) for one in yaml.safe_load(_GOALS.read_text(encoding="utf-8"))]


def page() -> str:
    """Return the whole page."""
    lines = [_HEAD, *_table(), *_notes()]
    results = read_results("deployments")
    if results is not None:
        lines += _plots(results)
    requests, phases = read_results("resource-manager"), read_results("make-up")
    if requests is not None:
        lines += _requests(requests["rows"])
    if phases is not None:
        lines += _phases(phases["rows"])
    return "\n".join([*lines, *_how()]) + "\n"


def _table() -> Iterator[str]:
    yield from ("| ratio | measured | goal | |", "|---|---|---|---|")
    for goal in goals():
        value = _value(goal)
        shown = "not measured" if value is None else f"{value:.2f}"
        met = "" if value is None else "met" if goal.is_met(value) else "**not met**"
        yield f"| {goal.says} | {shown} | {goal.bound} | {met} |"


def _notes() -> Iterator[str]:
    yield from ("", "## Goals that are not met", "")
    for goal in goals():
        value = _value(goal)
        if value is None or not goal.is_met(value):
            yield f"- **{goal.says}**: {goal.note.strip() or 'nothing was tried yet.'}"


def _value(goal: Goal) -> float | None:
    results = read_results(goal.measurement)
    return None if results is None else results["ratios"].get(goal.ratio)


def _plots(results: Mapping[str, Any]) -> Iterator[str]:
    """Yield a chart for each step: by size, each tool's time by OpenTofu's."""
    rows = {(row["size"], row["tool"], row["step"]): row["seconds"] for row in results["rows"]}
    sizes = list(dict.fromkeys(row["size"] for row in results["rows"]))
    base = "OpenTofu + azapi"
    yield from ("", "## By size", "")
    yield f"Elapsed time by that of {base}, medians of {results['runs']} runs."
    yield "Bars: llama-azure; line: pulumi-azure-native alone."
    for step in ("preview", "up", "up again", "destroy"):
        series = {
            tool: [round(rows[size, tool, step] / rows[size, base, step], 2) for size in sizes]
            for tool in ("llama-azure", "pulumi-azure-native")
        }
        yield from ("", "```mermaid", "xychart-beta", f'    title "{step}"')
        yield f'    x-axis "endpoints" [{", ".join(sizes)}]'
        yield f'    y-axis "by {base}" 0 --> {max(max(one) for one in series.values()) * 1.1:.1f}'
        yield f"    bar {series['llama-azure']}"
        yield f"    line {series['pulumi-azure-native']}"
        yield "```"


def _requests(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a table of what requests to the sandbox's Resource Manager take, by its health check beside them."""
    yield from ("", "## Requests to the sandbox's Resource Manager", "")
    yield "Times by those of its health check, which does nothing, of as many clients; the list is of five resources."
    yield from (
        "",
        "| request | resources beside | clients | p50 | p99 | p50, ms | p99, ms |",
        "|---|---|---|---|---|---|---|",
    )
    for row in rows:
        figures = (row[f"{name}{of}"] for of in ("ByHealthCheck", "Milliseconds") for name in ("p50", "p99"))
        yield f"| {row['what']} | {row['stored']} | {row['clients']} | {' | '.join(f'{one:.2f}' for one in figures)} |"


def _phases(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a table of the phases of `make up`, by the whole of each."""
    whole = {row["case"]: row["seconds"] for row in rows if row["phase"] == "all"}
    yield from (
        "",
        "## `make up` by phase",
        "",
        "| case | phase | share | s | s of processors |",
        "|---|---|---|---|---|",
    )
    for row in rows:
        share = f"{row['seconds'] / whole[row['case']]:.0%}"
        yield f"| {row['case']} | {row['phase']} | {share} | {row['seconds']:.2f} | {row['processorSeconds']:.2f} |"


def _how() -> Iterator[str]:
    yield from ("", "## When and where", "", "| measurement | date | machine | |", "|---|---|---|---|")
    for name in dict.fromkeys(goal.measurement for goal in goals()):
        results = read_results(name)
        if results is None:
            yield f"| {name} | never | | |"
            continue
        machine = results["machine"]
        where = f"{machine['cores']} cores, {machine['memoryGiB']} GiB, {machine['system']}, Python {machine['python']}"
        more = {key: value for key, value in results.items() if key not in ("date", "machine", "ratios", "rows")}
        yield f"| {name} | {results['date']} | {where} | {', '.join(f'{key} {value}' for key, value in more.items())} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
