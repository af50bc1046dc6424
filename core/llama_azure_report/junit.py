"""JUnit XML, for the test pages of pipelines."""

import io

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from llama_azure_report.findings import Finding, Report, Result


def to_junit(report: Report) -> str:
    """Return a case for every finding, and one for each rule that has none.

    What failed and blocks is a failure, what could not be judged and blocks an error; what does not block, advice or
    unknown, is skipped with its text.
    """
    suite = TestSuite(f"{report.tool} {report.stack}")
    found = {one.rule.id for one in report.findings}
    for rule in report.rules:
        if rule.id not in found:
            suite.add_testcase(TestCase(rule.title, classname=rule.id))
    for one in report.findings:
        case = TestCase(f"{one.rule.title}: {one.subject}", classname=one.rule.id)
        text = _text(one)
        if one.result is Result.PASS:
            case.system_out = text
        elif not one.blocks:
            case.result = [Skipped(text, one.result.value)]
        elif one.result is Result.FAIL:
            case.result = [Failure(text, one.rule.id)]
        else:
            case.result = [Error(text, one.result.value)]
        suite.add_testcase(case)
    document = JUnitXml(f"{report.tool} {report.stack}")
    document.add_testsuite(suite)
    content = io.BytesIO()
    document.update_statistics()  # type: ignore[no-untyped-call]
    document.write(content, pretty=True)
    return content.getvalue().decode()


def _text(one: Finding) -> str:
    at = f"At {one.path}: " if one.path else ""
    return f"{at}{one.answer}\n{one.remedy}".strip()
