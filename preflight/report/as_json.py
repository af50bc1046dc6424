"""The report for programs."""

import json

from preflight.report.counts import counts
from preflight.run import Report


def as_json(stack: str, report: Report) -> str:
    """Return an object with ``stack``, ``judgedOn`` (dates), ``summary`` (counts by result), ``work`` and ``checks``.

    Each of ``checks`` has id, title, subject, result, answer and remedy. ``work`` has the number of requests and
    rounds, the seconds that it all took, and those of the slowest chain of requests that wait for one another.
    """
    rows = [
        {
            "id": one.id,
            "title": one.title,
            "subject": one.subject,
            "result": one.result.value,
            "answer": one.answer,
            "remedy": one.remedy,
        }
        for one in report.findings
    ]
    summary = {result.value: number for result, number in counts(report).items()}
    work = {
        "requests": report.requests,
        "rounds": report.rounds,
        "seconds": round(report.seconds, 3),
        "slowestChainSeconds": round(report.slowest_chain_seconds, 3),
    }
    return (
        json.dumps(
            {
                "stack": stack,
                "judgedOn": [str(date) for date in report.dates],
                "summary": summary,
                "work": work,
                "checks": rows,
            },
            indent=2,
        )
        + "\n"
    )
