"""Running checks: judge each case as far as the answers go, ask what is open, and judge again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from llama_azure_core.rbac import preflight_roles
from llama_azure_preflight.answers import Answers, PendingError, Unanswered, UnansweredError
from llama_azure_preflight.asking import Answered, Asker
from llama_azure_preflight.check import Case, Check
from llama_azure_preflight.findings import Verdict, unknown
from llama_azure_preflight.questions import Question
from llama_azure_preflight.stack import Stack
from llama_azure_preflight.transport import Stopwatch
from llama_azure_report import Finding, Report, Result


class Progress(Protocol):
    """Somebody who watches."""

    def asking(self, questions: int) -> None:
        """So many more questions are put."""

    def answered(self) -> None:
        """One of them is answered."""


@dataclass
class _Row:
    check: Check
    case: Case
    verdict: Verdict | None = None
    chain_seconds: float = 0.0
    open: tuple[Question, ...] = field(default=())


def run(
    checks: Iterable[Check], name: str, stack: Stack, asker: Asker, progress: Progress, *, strict: bool = False
) -> Report:
    """Return what the checks say of a stack.

    The report's ``work`` has ``requests``, repeated ones included, ``seconds``, ``rounds``, which is the length of the
    longest chain of questions that wait for one another, and ``slowestChainSeconds``, the time that the slowest case
    waited. ``strict`` has what could not be asked block as well.
    """
    watch = Stopwatch()
    checks = tuple(checks)
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
    work = {
        "requests": asker.requests,
        "rounds": rounds,
        "seconds": round(watch.seconds, 3),
        "slowestChainSeconds": round(max((row.chain_seconds for row in rows), default=0.0), 3),
    }
    blocking = {Result.FAIL, *([Result.UNKNOWN] if strict else [])}
    findings = tuple(_finding(row, blocking) for row in rows)
    dates = tuple(map(str, stack.dates))
    note = f"Judged on {' and '.join(dates) or 'no date'}; {asker.requests} requests in {watch.seconds:.1f} s."
    return Report("preflight", name, findings, tuple(check.rule for check in checks), note, dates=dates, work=work)


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
    held = [(action, role) for action, role in preflight_roles().items() if action in unanswered.permissions]
    return unknown(
        unanswered.reason,
        f"preflight itself needs {', '.join(unanswered.permissions)}: `preflight role` prints the least role for it"
        + "".join(f"; the role {role} at the subscription holds {action}" for action, role in held),
    )


def _finding(row: _Row, blocking: set[Result]) -> Finding:
    verdict = row.verdict
    if verdict is None:
        raise AssertionError(f"{row.check.id} was not judged for {row.case.subject}")
    blocks = verdict.result in blocking
    return Finding(row.check.rule, row.case.subject, verdict.result, verdict.answer, verdict.remedy, blocks)
