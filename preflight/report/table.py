"""The report on a terminal, and the progress bar while it is made."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from preflight.findings import Finding, Result
from preflight.report.counts import judged_on, summary
from preflight.run import Report

_STYLES = {Result.PASS: "green", Result.FAIL: "bold red", Result.WARN: "yellow", Result.UNKNOWN: "magenta"}


def print_table(stack: str, report: Report, console: Console) -> None:
    """Print the findings, what passed in short, and the counts."""
    table = Table(title=f"Preflight of {stack}", title_justify="left", show_lines=False, expand=False)
    for column, options in (
        ("result", {"no_wrap": True}),
        ("check", {"no_wrap": True}),
        ("subject", {"overflow": "fold"}),
        ("answer", {"overflow": "fold"}),
    ):
        table.add_column(column, **options)
    for one in _in_short(report.findings):
        answer = Text(one.answer)
        if one.remedy:
            answer.append(f"\n→ {one.remedy}", style="italic")
        table.add_row(Text(one.result.value, style=_STYLES[one.result]), one.id, Text(one.subject), answer)
    console.print(table)
    console.print(
        Text(f"{summary(report)}; judged on {judged_on(report)}; {report.requests} requests in {report.seconds:.1f} s")
    )


def _in_short(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Return what needs attention as it is, and in one row per check what passed."""
    for _, group in groupby(findings, key=attrgetter("id")):
        rows = list(group)
        passed = [one for one in rows if one.result is Result.PASS]
        yield from (one for one in rows if one.result is not Result.PASS)
        if len(passed) == 1:
            yield passed[0]
        elif passed:
            yield replace(passed[0], subject=f"{len(passed)} subjects", answer=passed[0].title)


class ProgressBar:
    """Shows how many questions are answered, on a terminal only."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("asking Azure"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=0)
        self._total = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def asking(self, questions: int) -> None:
        """So many more questions are put."""
        self._total += questions
        self._bar.update(self._task, total=self._total)

    def answered(self) -> None:
        """One of them is answered."""
        self._bar.advance(self._task)
