"""One type of finding for whatever judges a stack, and its JSON."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any


class Result(StrEnum):
    """What was found of one subject. In every report the worst comes first, in this order."""

    FAIL = "fail"
    ERROR = "error"
    """It could not be judged, since what judges is broken."""
    UNKNOWN = "unknown"
    """It could not be judged; the answer says why."""
    WARN = "warn"
    PASS = "pass"  # noqa: S105 - a result, not a password


@dataclass(frozen=True, slots=True)
class Rule:
    """What was judged: a rule of the guardrails, or a check of preflight."""

    id: str
    title: str
    name: str = ""
    """A readable name beside the id; empty where there is none."""
    why: str = ""
    remedy: str = ""
    """What helps in general; a finding's own remedy is more exact."""
    page: str = ""
    """Its page, from the root of the repository."""
    blocks: bool = True
    """Whether a failure blocks, unless a configuration says otherwise."""
    score: str = ""
    """How much harm a failure does, on the scale of CVSS; empty where nobody says."""
    tags: tuple[str, ...] = ()
    always_shown: bool = False
    """Whether its advice is never folded away: a day that comes nearer blocks nothing until it is there."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer about one subject: one row of a report."""

    rule: Rule
    subject: str
    """What was judged: a resource's name in the program, a setting, or what a check asks about."""
    result: Result
    answer: str
    """What was found, in sentences for a person; it holds no secret."""
    remedy: str = ""
    """What to do; empty when there is nothing to do."""
    blocks: bool = False
    """Whether it keeps a change from being merged."""
    urn: str = ""
    """The resource in the state; empty for what is no resource."""
    path: str = ""
    """The property at fault."""
    line: int = 0
    """The line of the stack's file that decides it; 0 where it is not known."""

    @property
    def order(self) -> tuple[bool, int]:
        """What comes first in a report: what blocks, and then the worst."""
        return (not self.blocks, list(Result).index(self.result))

    @property
    def cause(self) -> tuple[object, ...]:
        """The same for findings that differ in their subject only."""
        return (self.rule.id, self.result, self.blocks, self.answer, self.remedy, self.path)


@dataclass(frozen=True, slots=True)
class Report:
    """What one tool found in one stack."""

    tool: str
    """``preflight`` or ``guardrails``."""
    stack: str
    findings: tuple[Finding, ...]
    rules: tuple[Rule, ...] = ()
    """Every rule that was asked, also those that found nothing."""
    note: str = ""
    """On what it was judged, in a sentence."""
    file: str = ""
    """The stack's file, from the root of the repository."""
    dates: tuple[str, ...] = ()
    """The days on which models were judged."""
    work: Mapping[str, float] = field(default_factory=dict)
    """What it took, such as the number of requests."""

    @property
    def attention(self) -> tuple[Finding, ...]:
        """Everything that did not pass, what blocks first."""
        return tuple(sorted((one for one in self.findings if one.result is not Result.PASS), key=lambda one: one.order))

    @property
    def counts(self) -> dict[Result, int]:
        """The number of findings by result; every result is there."""
        return {result: sum(one.result is result for one in self.findings) for result in Result}

    @property
    def summary(self) -> str:
        """The counts in words, the worst first; results that are rare are named only where there are some."""
        rare = {Result.ERROR}
        return ", ".join(f"{number} {one}" for one, number in self.counts.items() if number or one not in rare)


def grouped(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return the findings by cause, each group in the place of its first: one cause is one row."""
    found: dict[tuple[object, ...], list[Finding]] = {}
    for one in findings:
        found.setdefault(one.cause, []).append(one)
    return list(found.values())


def subjects(group: list[Finding], most: int = 5) -> str:
    """Return the subjects of a group in words."""
    names = list(dict.fromkeys(one.subject for one in group))
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def last_report(folder: Path, tool: str, stack: str) -> Path:
    """Return where a tool keeps its last report of a stack in JSON.

    Args:
        folder: the Pulumi project's.
        tool: ``preflight`` or ``guardrails``.
        stack: the stack's name, in full or short.
    """
    name = stack.rsplit("/", 1)[-1]
    if tool == "preflight":
        return folder / "build" / "preflight" / f"{name}.json"
    return folder / "build" / "policy" / name / "report.json"


def to_json(report: Report) -> str:
    """Return an object with ``tool``, ``stack``, ``judgedOn`` (days), ``summary`` (counts by result), ``work``,
    ``rules`` and ``checks``.

    Each of ``checks`` has id, title, subject, result, answer, remedy and blocks, and where they are known urn, path and
    line; each of ``rules`` what :class:`Rule` has.
    """
    rows = [
        {
            "id": one.rule.id,
            "title": one.rule.title,
            "subject": one.subject,
            "result": one.result.value,
            "answer": one.answer,
            "remedy": one.remedy,
            "blocks": one.blocks,
            **{name: value for name in ("urn", "path", "line") if (value := getattr(one, name))},
        }
        for one in report.findings
    ]
    content = {
        "tool": report.tool,
        "stack": report.stack,
        "note": report.note,
        "file": report.file,
        "judgedOn": list(report.dates),
        "summary": {result.value: number for result, number in report.counts.items()},
        "work": dict(report.work),
        "rules": [asdict(rule) for rule in report.rules],
        "checks": rows,
    }
    return json.dumps(content, indent=2) + "\n"


def read_json(text: str) -> Report:
    """Return the report that :func:`to_json` wrote.

    Raises:
        ValueError: it is not such a report.
    """
    try:
        content: dict[str, Any] = json.loads(text)
        rules = {one["id"]: Rule(**{**one, "tags": tuple(one["tags"])}) for one in content["rules"]}
        findings = tuple(_finding(one, rules) for one in content["checks"])
        return Report(
            str(content["tool"]),
            str(content["stack"]),
            findings,
            tuple(rules.values()),
            str(content["note"]),
            str(content["file"]),
            tuple(map(str, content["judgedOn"])),
            content["work"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is not a report: {error}") from None


def _finding(row: Mapping[str, Any], rules: Mapping[str, Rule]) -> Finding:
    rule = rules.get(row["id"]) or Rule(str(row["id"]), str(row["title"]))
    found = Finding(rule, str(row["subject"]), Result(row["result"]), str(row["answer"]), str(row["remedy"]))
    return replace(
        found,
        blocks=bool(row["blocks"]),
        urn=str(row.get("urn", "")),
        path=str(row.get("path", "")),
        line=int(row.get("line", 0)),
    )
