"""The comment on a pull request, in Markdown. Pure."""

from collections.abc import Sequence

from pipelines.preflight import Check
from pipelines.preview import StackPreview

MARKER = "<!-- llama-azure: preview -->"
"""By which the comment is found again; a reader does not see it."""

_LIMIT = 60_000  # GitHub takes 65,536 characters
_POLICY = {0: "clean", 1: "violations", 2: "undecided", 3: "could not run"}
_PREFLIGHT = {0: "passes", 1: "fails", 2: "unknown", 3: "could not run"}


def render(previews: Sequence[StackPreview], commit: str) -> str:
    """Return the comment: the verdict first, a line per stack, then what stands against each."""
    if not previews:
        return f"{MARKER}\n### Preview of {commit}\n\nNo stack is touched.\n"
    clear = all(one.is_clear for one in previews)
    verdict = "nothing stands against it" if clear else "blocked"
    table = ["| stack | changes | preflight | guardrails |", "|---|---|---|---|", *map(_row, previews)]
    parts = [f"{MARKER}\n### Preview of {commit}: {verdict}", "\n".join(table)]
    for one in previews:
        parts += _details(one)
    return _shortened("\n\n".join(parts) + "\n")


def _row(one: StackPreview) -> str:
    changes = ", ".join(f"{count} to {operation}" for operation, count in sorted(one.counts.items())) or "none"
    if one.errors:
        changes = "the preview failed"
    preflight = _PREFLIGHT.get(one.preflight, _PREFLIGHT[3])
    policy = _POLICY.get(one.policy, _POLICY[3])
    return f"| {one.stack} | {changes} | {preflight} | {policy} |"


def _details(one: StackPreview) -> list[str]:
    parts = []
    if one.errors:
        parts.append(f"#### {one.stack}: the preview failed\n\n{fenced(one.errors)}")
    standing = [check for check in one.checks if check.result not in {"pass", "warn"}]
    if one.preflight and standing:
        parts.append(f"#### {one.stack}: preflight\n\n{_checks(standing)}")
    if one.policy:
        parts.append(f"#### {one.stack}: guardrails\n\n{one.policy_report.strip()}")
    if one.steps:
        parts.append(folded(f"{one.stack}: what would change", one.steps))
    return parts


def _checks(checks: Sequence[Check]) -> str:
    rows = [
        f"| {cell(one.id)} | {cell(one.subject)} | {one.result} | {cell(one.answer)} | {cell(one.remedy)} |"
        for one in checks
    ]
    return "\n".join(["| check | of | result | answer | remedy |", "|---|---|---|---|---|", *rows])


def folded(summary: str, lines: Sequence[str]) -> str:
    """Return lines that a reader unfolds."""
    return f"<details><summary>{summary}</summary>\n\n{fenced(lines)}\n\n</details>"


def fenced(lines: Sequence[str]) -> str:
    """Return lines as they are, whatever Markdown they look like."""
    text = "\n".join(lines)
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}text\n{text}\n{fence}"


def cell(text: str) -> str:
    """Return a text that stays in its cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def _shortened(body: str) -> str:
    if len(body) <= _LIMIT:
        return body
    return body[:_LIMIT].rsplit("\n", 1)[0] + "\n\nThe rest is too long for a comment; it is in the run's artefacts.\n"
