"""The report for programs."""

import json

from preflight.report.counts import counts
from preflight.run import Report


def as_json(stack: str, report: Report) -> str:
    """Return an object with ``stack``, ``summary`` (counts by result) and ``checks``.

    Each of ``checks`` has id, title, subject, result, answer and remedy.
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
    return json.dumps({"stack": stack, "summary": summary, "checks": rows}, indent=2) + "\n"
