"""How many findings of each result there are."""

from preflight.findings import Result
from preflight.run import Report


def counts(report: Report) -> dict[Result, int]:
    """Return the number of findings by result; every result is there."""
    return {result: sum(one.result is result for one in report.findings) for result in Result}


def judged_on(report: Report) -> str:
    """Return the dates on which models were judged, in words."""
    return " and ".join(map(str, report.dates)) or "no date"


def summary(report: Report) -> str:
    """Return the counts in words."""
    return ", ".join(f"{number} {result}" for result, number in counts(report).items())
