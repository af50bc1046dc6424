"""The report in each format."""

from collections.abc import Callable

from preflight.report.as_json import as_json
from preflight.report.as_junit import as_junit
from preflight.report.as_markdown import as_markdown
from preflight.run import Report

WRITERS: dict[str, Callable[[str, Report], str]] = {"json": as_json, "junit": as_junit, "markdown": as_markdown}
"""By format: from a stack's name and its report to text. The table is for terminals alone (``report/table.py``)."""
