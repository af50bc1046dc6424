"""What was found in a stack, told in one way: one type of finding, and a writer for each format.

Preflight and the guardrails make reports of it; the pipelines read them back (JSON) for a pull request. What it is
written with comes with the extras of the distribution that use it.
"""

from llama_azure_report.findings import Finding, Report, Result, Rule, last_report, read_json, to_json
from llama_azure_report.junit import to_junit
from llama_azure_report.markdown import to_markdown
from llama_azure_report.sarif import to_sarif
from llama_azure_report.terminal import print_report

__all__ = [
    "Finding",
    "Report",
    "Result",
    "Rule",
    "last_report",
    "print_report",
    "read_json",
    "to_json",
    "to_junit",
    "to_markdown",
    "to_sarif",
]
