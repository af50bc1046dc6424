"""The report as a comment on a pull request."""

from collections.abc import Iterable, Iterator

from llama_guardrails.findings import Kind
from policy_report.links import Links
from policy_report.outcome import Entry, Report

_LONGEST = 60_000  # GitHub takes 65,536 characters in a comment


def markdown(report: Report, links: Links) -> str:
    """Return the report in Markdown, cut where a comment would be too long."""
    text = "\n".join(_lines(report, links)) + "\n"
    if len(text) <= _LONGEST:
        return text
    cut = text[:_LONGEST].rsplit("\n", 1)[0]
    return f"{cut}\n\nThe comment ends here; report.sarif and report.junit.xml hold the rest.\n"


def _lines(report: Report, links: Links) -> Iterator[str]:
    yield f"### Guardrails: `{report.stack}`"
    yield ""
    yield _verdict(report)
    yield ""
    yield from _section("Violations", report.of_kind(Kind.VIOLATION, blocking=True), links)
    yield from _section("Rules that failed", report.of_kind(Kind.CRASHED, blocking=True), links)
    yield from _section("Undecided", report.of_kind(Kind.UNDECIDED, blocking=True), links)
    yield from _section("Advice", report.of_kind(*Kind, blocking=False), links)


def _verdict(report: Report) -> str:
    counts = [
        (len(report.of_kind(Kind.VIOLATION, blocking=True)), "violation"),
        (len(report.of_kind(Kind.CRASHED, blocking=True)), "rule that failed"),
        (len(report.of_kind(Kind.UNDECIDED, blocking=True)), "undecided"),
    ]
    said = ", ".join(f"{count} {_plural(word, count)}" for count, word in counts if count) or "no violations"
    exempt = f" {report.exemptions} exempt." if report.exemptions else ""
    return f"**{said.capitalize()}** in the {report.origin}, judged as `{report.environment}`.{exempt}"


def _plural(word: str, count: int) -> str:
    if count == 1 or word == "undecided":
        return word
    return "rules that failed" if word == "rule that failed" else f"{word}s"


def _section(title: str, entries: Iterable[Entry], links: Links) -> Iterator[str]:
    rows = [_row(entry, links) for entry in entries]
    if not rows:
        return
    yield f"#### {title}"
    yield ""
    yield "| rule | resource | where | what to do |"
    yield "|---|---|---|---|"
    yield from rows
    yield ""


def _row(entry: Entry, links: Links) -> str:
    rule = f"[{entry.rule.id}]({links.of(entry.rule)}) {_cell(entry.rule.title)}"
    where = f"`{_cell(entry.path)}`" if entry.path else ""
    return f"| {rule} | `{_cell(entry.resource)}` | {where} | {_cell(_what_to_do(entry))} |"


def _what_to_do(entry: Entry) -> str:
    match entry.kind:
        case Kind.UNDECIDED:
            return "Not known before it is deployed; it is judged again then."
        case Kind.CRASHED:
            return "The rule itself failed; report it with the output of the preview."
        case _:
            return f"{entry.told} {entry.rule.remedy}".strip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("`", "'").replace("\n", " ")
