"""docs/reports.md: every report has an answer, and the tests that it names exist."""

import re

import pytest

from llama_azure_preflight.checks import CHECKS
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_guardrails import RULES

ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (PROJECT_ROOT / "docs" / "reports.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d+ \|", line)
]
IDS = {rule.id for rule in RULES} | {check.id for check in CHECKS}


def test_the_reports_are_numbered_and_each_names_where_it_was_made() -> None:
    assert [row[0].strip("| ") for row in ROWS] == [str(number) for number in range(1, 21)]
    assert all("](https://github.com/" in row[1] for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("| "))
def test_every_test_rule_and_check_that_answers_a_report_exists(row: list[str]) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::([\w-]+)`", row[3])
    assert named
    for path, name in named:
        text = (PROJECT_ROOT / path).read_text(encoding="utf-8")
        assert f"def {name}(" in text or f'"{name}": ' in text, f"{path} has no {name}"
    assert set(re.findall(r"(?:LLA|PF)-[A-Z]+-\d+", row[2])) <= IDS
