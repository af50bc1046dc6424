"""The report for test reporters of pipelines."""

import io

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from preflight.findings import Result
from preflight.run import Report


def as_junit(stack: str, report: Report) -> str:
    """Return JUnit XML: a failed check is a failure, an unknown one is skipped, a warning is told in the output."""
    suite = TestSuite(f"preflight {stack}")
    for one in report.findings:
        case = TestCase(f"{one.title}: {one.subject}", classname=one.id)
        text = f"{one.answer}\n{one.remedy}".strip()
        match one.result:
            case Result.FAIL:
                case.result = [Failure(text, one.id)]
            case Result.UNKNOWN:
                case.result = [Skipped(text, one.id)]
            case Result.WARN | Result.PASS:
                case.system_out = f"{one.result}: {text}"
        suite.add_testcase(case)
    document = JUnitXml(f"preflight {stack}")
    document.add_testsuite(suite)
    content = io.BytesIO()
    document.update_statistics()  # type: ignore[no-untyped-call]
    document.write(content, pretty=True)
    return content.getvalue().decode()
