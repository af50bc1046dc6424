"""Markdown for pull requests and issues: what blocks first, escaped in one way, and never too long."""

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from llama_azure_report.findings import Finding, Report, Result, grouped, subjects

LONGEST = 60_000  # GitHub takes 65,536 characters in a comment or an issue
_MARKS = {Result.PASS: "✅", Result.FAIL: "❌", Result.WARN: "⚠️", Result.UNKNOWN: "❔", Result.ERROR: "💥"}


def cell(text: str) -> str:
    """Return text that stays within its cell of a table and is shown as it is, whatever Markdown it looks like."""
    plain = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*|\[\]])", r"\\\1", plain)


def link(page: str, base: str) -> str:
    """Return the address of a page of the repository; without a base it is the path from its root."""
    path = quote(page)
    return f"{base.rstrip('/')}/{path}" if base and path else path


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a text of which lines can be left out without breaking the rest."""

    head: tuple[str, ...]
    lines: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()

    def text(self, most: int) -> str | None:
        """Return the block with as many lines as there is space for; ``None`` where not even one fits."""
        whole = "\n".join((*self.head, *self.lines, *self.tail))
        if len(whole) <= most:
            return whole
        kept: list[str] = []
        left = most - len("\n".join((*self.head, *self.tail))) - len(_more(len(self.lines))) - 2
        for line in self.lines:
            left -= len(line) + 1
            if left < 0:
                break
            kept.append(line)
        if not kept:
            return None
        return "\n".join((*self.head, *kept, *self.tail, "", _more(len(self.lines) - len(kept))))


def _more(count: int) -> str:
    return f"*{count} more are left out here.*"


def fitted(blocks: Iterable[Block], where: str, most: int = LONGEST) -> str:
    """Return the blocks one below the other, those that come last shortened or left out where they are too long.

    Args:
        blocks: what matters most comes first.
        where: what holds the rest, such as ``the run's artefacts``.
        most: how many characters there may be.
    """
    end = f"The rest is too long to be shown here; it is in {where}."
    left, parts, is_whole = most - len(end) - 4, [], True
    for block in blocks:
        text = block.text(left)
        is_whole &= text is not None and text == block.text(sys.maxsize)
        if text is not None:
            parts.append(text)
            left -= len(text) + 2
    return "\n\n".join(parts if is_whole else [*parts, end]) + "\n"


def fenced(lines: Sequence[str], title: str | None = None) -> Block:
    """Return lines as they are, whatever Markdown they look like; under a title they are folded away."""
    fence = "```"
    while any(fence in line for line in lines):
        fence += "`"
    if title is None:
        return Block((f"{fence}text",), tuple(lines), (fence,))
    return Block(
        (f"<details><summary>{cell(title)}</summary>", "", f"{fence}text"), tuple(lines), (fence, "", "</details>")
    )


def table(findings: Iterable[Finding], base: str, *, title: str = "", folded: bool = False) -> Block:
    """Return a table of findings, one row for each cause."""
    rows = [_row(group, base) for group in grouped(findings)]
    title = cell(title)
    columns = ("| result | rule | of | what | what to do |", "|---|---|---|---|---|")
    if folded:
        return Block((f"<details><summary>{title}</summary>", "", *columns), tuple(rows), ("", "</details>"))
    return Block(((f"#### {title}", "", *columns) if title else columns), tuple(rows))


def blocks_of(report: Report, base: str = "", *, title: str = "") -> tuple[list[Block], list[Block]]:
    """Return what stands open, and apart from it what is folded away.

    What blocks stands open, and so does the advice that is always shown. The rest is other advice, and what could not
    be judged and need not be.
    """
    attention = report.attention
    blocking = [one for one in attention if one.blocks]
    shown = [one for one in attention if not one.blocks and one.rule.always_shown and one.result is Result.WARN]
    rest = [one for one in attention if not one.blocks and one not in shown]
    of = f"{title}: " if title else ""
    first = [table(blocking, base, title=f"{of}what blocks")] if blocking else []
    first += [table(shown, base, title=f"{of}what ends soon")] if shown else []
    then = [table(rest, base, title=f"{of}advice ({len(rest)})", folded=True)] if rest else []
    return first, then


def to_markdown(report: Report, base: str = "") -> str:
    """Return a report: its counts, what blocks, and folded away the advice and what passed.

    Args:
        report: which.
        base: the address of the repository's root, for links to the rules' pages.
    """
    head = [f"### {report.tool.capitalize()} of `{report.stack}`: {report.summary}"]
    head += ["", report.note] if report.note else []
    first, then = blocks_of(report, base)
    passed = [one for one in report.findings if one.result is Result.PASS]
    end = [table(passed, base, title=f"What passed ({len(passed)})", folded=True)] if passed else []
    return fitted([Block(tuple(head)), *first, *then, *end], "the report in another format, such as JSON")


def _row(group: list[Finding], base: str) -> str:
    one = group[0]
    rule = f"[{cell(one.rule.id)}]({link(one.rule.page, base)})" if one.rule.page else cell(one.rule.id)
    at = f" (at {cell(one.path)})" if one.path else ""
    count = f"{len(group)}: " if len(group) > 1 else ""
    what = cell(one.answer or one.rule.title)
    cells = (f"{_MARKS[one.result]} {one.result}", rule, f"{count}{cell(subjects(group))}{at}", what, cell(one.remedy))
    return f"| {' | '.join(cells)} |"
