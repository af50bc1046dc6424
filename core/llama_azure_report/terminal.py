"""A report on a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from llama_azure_report.findings import Report, Result, grouped, subjects

_STYLES = {
    Result.PASS: "green",
    Result.FAIL: "bold red",
    Result.ERROR: "bold red",
    Result.WARN: "yellow",
    Result.UNKNOWN: "magenta",
}


def print_report(report: Report, console: Console) -> None:
    """Print what needs attention first, what passed in one row per rule, and the counts."""
    table = Table(title=f"{report.tool.capitalize()} of {report.stack}", title_justify="left", expand=False)
    for column, is_short in (("result", True), ("rule", True), ("of", False), ("what", False)):
        table.add_column(column, no_wrap=is_short, overflow="ellipsis" if is_short else "fold")
    for group in grouped(report.attention):
        one = group[0]
        answer = Text(one.answer or one.rule.title)
        if one.remedy:
            answer.append(f"\n→ {one.remedy}", style="italic")
        mark = Text(f"{one.result}" if one.blocks or one.result is not Result.FAIL else "advice", _STYLES[one.result])
        table.add_row(mark, one.rule.id, Text(subjects(group)), answer)
    for rule in dict.fromkeys(one.rule for one in report.findings if one.result is Result.PASS):
        passed = [one for one in report.findings if one.rule == rule and one.result is Result.PASS]
        is_one = len(passed) == 1
        subject, what = (passed[0].subject, passed[0].answer) if is_one else (f"{len(passed)} subjects", rule.title)
        table.add_row(Text("pass", _STYLES[Result.PASS]), rule.id, Text(subject), Text(what))
    if table.row_count:
        console.print(table)
    console.print(Text("; ".join(filter(None, [report.summary, report.note.rstrip(".")]))))
