"""The report for pull requests."""

from preflight.findings import Finding, Result
from preflight.report.counts import judged_on, summary
from preflight.run import Report

_MARKS = {Result.PASS: "✅", Result.FAIL: "❌", Result.WARN: "⚠️", Result.UNKNOWN: "❔"}


def as_markdown(stack: str, report: Report) -> str:
    """Return what needs attention as a table, and what passed folded away."""
    attention = [one for one in report.findings if one.result is not Result.PASS]
    rest = [one for one in report.findings if one.result is Result.PASS]
    parts = [f"### Preflight of `{stack}`: {summary(report)}", "", f"Judged on {judged_on(report)}.", ""]
    if attention:
        parts += [*_table(sorted(attention, key=lambda one: list(_MARKS).index(one.result))), ""]
    if rest:
        parts += ["<details><summary>What passed</summary>", "", *_table(rest), "", "</details>"]
    return "\n".join(parts).rstrip() + "\n"


def _table(findings: list[Finding]) -> list[str]:
    rows = [
        f"| {_MARKS[one.result]} {one.result} | {one.id} | {cell(one.subject)} | {cell(one.answer)} | "
        f"{cell(one.remedy)} |"
        for one in findings
    ]
    return ["| result | check | subject | answer | remedy |", "|---|---|---|---|---|", *rows]


def cell(text: str) -> str:
    """Return text that stays within its cell of a table."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
