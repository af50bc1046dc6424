"""Running checks: judge each case as far as the answers go, ask what is open, and judge again."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from preflight.answers import Answers, PendingError, Unanswered, UnansweredError
from preflight.asking import Answered, Asker
from preflight.check import Case, Check
from preflight.findings import Finding, Verdict, unknown
from preflight.questions import Question
from preflight.stack import Stack
from preflight.transport import Stopwatch


class Progress(Protocol):
    """Somebody who watches."""

    def asking(self, questions: int) -> None:
        """So many more questions are put."""

    def answered(self) -> None:
        """One of them is answered."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the checks said."""

    findings: tuple[Finding, ...]
    requests: int
    """How many requests were sent to Azure, repeated ones included."""
    rounds: int
    """How often questions were put: the length of the longest chain of questions that wait for one another."""
    seconds: float
    slowest_chain_seconds: float
    """The time of the questions that the slowest case waited for, one round after the other."""
    dates: tuple[dt.date, ...] = ()
    """The dates on which models were judged."""


@dataclass
class _Row:
    check: Check
    case: Case
    verdict: Verdict | None = None
    chain_seconds: float = 0.0
    open: tuple[Question, ...] = field(default=())


def run(checks: Iterable[Check], stack: Stack, asker: Asker, progress: Progress) -> Report:
    """Return what the checks say of a stack.plan."""
    watch = Stopwatch()
    rows = [_Row(check, case) for check in checks for case in check.cases(stack)]
    known: dict[Question, Answered] = {}
    rounds = 0
    while waiting := _judge(rows, known):
        rounds += 1
        questions = list(dict.fromkeys(question for row in waiting for question in row.open))
        progress.asking(len(questions))
        known |= asker.ask(questions, progress.answered)
        for row in waiting:
            row.chain_seconds += max(known[question].seconds for question in row.open)
    return Report(
        tuple(_finding(row) for row in rows),
        asker.requests,
        rounds,
        watch.seconds,
        max((row.chain_seconds for row in rows), default=0.0),
        stack.dates,
    )


def _judge(rows: list[_Row], known: dict[Question, Answered]) -> list[_Row]:
    """Judge what can be judged, and return the rows that wait for answers."""
    answers = Answers({question: answered.value for question, answered in known.items()})
    waiting = []
    for row in rows:
        if row.verdict is not None:
            continue
        try:
            row.verdict = row.case.judge(answers)
        except PendingError as pending:
            row.open = pending.questions
            waiting.append(row)
        except UnansweredError as error:
            row.verdict = _could_not_ask(error.unanswered)
    return waiting


def _could_not_ask(unanswered: Unanswered) -> Verdict:
    if not unanswered.permissions:
        return unknown(
            unanswered.reason, "run preflight again; what stays is to be looked up by the error that Azure gave"
        )
    return unknown(
        unanswered.reason,
        f"preflight itself needs {', '.join(unanswered.permissions)}: `preflight role` prints the least role for it",
    )


def _finding(row: _Row) -> Finding:
    verdict = row.verdict
    if verdict is None:
        raise AssertionError(f"{row.check.id} was not judged for {row.case.subject}")
    return Finding(row.check.id, row.check.title, row.case.subject, verdict.result, verdict.answer, verdict.remedy)
