"""The report as JUnit XML, for the test page of a pipeline."""

import io
from collections.abc import Sequence
from typing import Any

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from llama_guardrails.findings import Kind
from llama_guardrails.rule import Rule
from policy_report.links import Links
from policy_report.outcome import Entry, Report


def junit(report: Report, rules: Sequence[Rule[Any]], links: Links) -> str:
    """Return a case for every finding, and one for each rule that has none.

    What blocks is a failure, a rule that failed an error, and what is advice or may stay undecided is skipped.
    """
    suite = TestSuite(f"guardrails {report.stack}")
    for rule in rules:
        found = [entry for entry in report.entries if entry.rule is rule]
        if not found:
            suite.add_testcase(TestCase(rule.name, classname=rule.id))
        for entry in found:
            case = TestCase(f"{rule.name}: {entry.resource}", classname=rule.id)
            case.result = [_result(entry, links)]
            suite.add_testcase(case)
    document = JUnitXml(f"guardrails {report.stack}")
    document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    content = io.BytesIO()
    document.write(content, pretty=True)
    return content.getvalue().decode()


def _result(entry: Entry, links: Links) -> Failure | Error | Skipped:
    at = f" at {entry.path}" if entry.path else ""
    words = " ".join(filter(None, (entry.told, entry.rule.title, entry.rule.remedy, links.of(entry.rule))))
    text = f"{entry.kind}{at}: {words}"
    if not entry.blocks:
        return Skipped(text, str(entry.kind))
    return Error(text, str(entry.kind)) if entry.kind is Kind.CRASHED else Failure(text, str(entry.kind))
