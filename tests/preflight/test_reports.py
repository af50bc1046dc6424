"""The report in each format, and that no secret is in any of them."""

import io
import json
from dataclasses import replace

import jsonschema
import pytest
from junitparser import Failure, JUnitXml, Skipped
from rich.console import Console

from llama_azure_preflight.checks import CHECKS
from llama_azure_preflight.cli import WRITERS
from llama_azure_preflight.progress import ProgressBar
from llama_azure_report import Finding, Report, Result, Rule, print_report
from llama_azure_sandbox.home import OWNER_SECRET
from tests.preflight.bench import Bench
from tests.support.arm import SUBSCRIPTION

FINDINGS = tuple(
    Finding(
        Rule(f"PF-X-00{number}", "A title"),
        f"subject {result}",
        result,
        f"answer | of\n<{result}>",
        remedy,
        blocks=result is Result.FAIL,
    )
    for number, (result, remedy) in enumerate(
        [(Result.PASS, ""), (Result.FAIL, "mend it"), (Result.WARN, "look"), (Result.UNKNOWN, "ask again")]
    )
)
REPORT = Report("preflight", "dev", FINDINGS, note="Judged on 2024-07-01; 7 requests in 1.5 s.", dates=("2024-07-01",))

SCHEMA = {
    "type": "object",
    "required": ["stack", "summary", "work", "checks"],
    "properties": {
        "checks": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "subject", "result", "answer", "remedy"],
                "properties": {
                    "id": {"pattern": r"^PF-[A-Z]+-\d{3}$"},
                    "result": {"enum": [result.value for result in Result]},
                    "answer": {"type": "string", "minLength": 1},
                },
            },
        }
    },
}


def test_json_is_a_list_of_checks_for_programs(bench: Bench) -> None:
    outcome = bench.check()
    jsonschema.validate(outcome.report, SCHEMA)
    assert {row["id"] for row in outcome.rows} <= {check.id for check in CHECKS}
    assert sum(outcome.report["summary"].values()) == len(outcome.rows)


def test_junit_tells_failures_and_what_was_not_asked() -> None:
    suite = next(iter(JUnitXml.fromstring(WRITERS["junit"](REPORT).encode())))
    assert (suite.tests, suite.failures, suite.skipped) == (4, 1, 2)
    kinds = {case.classname: [type(one) for one in case.result] for case in suite}
    assert kinds == {"PF-X-000": [], "PF-X-001": [Failure], "PF-X-002": [Skipped], "PF-X-003": [Skipped]}


def test_markdown_shows_what_needs_attention_first_and_keeps_its_table() -> None:
    text = WRITERS["markdown"](REPORT)
    assert text.startswith("### Preflight of `dev`: 1 fail, 1 unknown, 1 warn, 1 pass\n")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "PF-" in line]
    assert [row.split(" | ")[1] for row in rows] == ["PF-X-001", "PF-X-003", "PF-X-002", "PF-X-000"]
    assert all(row.count("|") - row.count("\\|") == 6 for row in rows)
    assert "<fail>" not in text


def test_the_table_folds_what_passed_and_shows_the_rest() -> None:
    file = io.StringIO()
    several = replace(REPORT, findings=(FINDINGS[0], FINDINGS[0], *FINDINGS[1:]))
    print_report(several, Console(file=file, width=120))
    assert "2 subjects" in file.getvalue()
    assert "→ mend it" in file.getvalue()
    assert "1 fail, 1 unknown, 1 warn, 2 pass; Judged on 2024-07-01; 7 requests in 1.5 s" in file.getvalue()


def test_progress_is_shown_on_a_terminal_only() -> None:
    for is_terminal in (True, False):
        file = io.StringIO()
        with ProgressBar(Console(file=file, force_terminal=is_terminal)) as bar:
            bar.asking(3)
            bar.answered()
        assert ("asking Azure" in file.getvalue()) is is_terminal


@pytest.mark.parametrize("kind", ["table", *WRITERS])
def test_no_secret_is_in_any_report(bench: Bench, kind: str) -> None:
    bench.make_project()
    bench.make_endpoint(bench.endpoint)
    keys = bench.arm.call("POST", f"{bench.workspace('project')}/serverlessEndpoints/{bench.endpoint}/listKeys").json()
    reader = bench.principal("reader")
    secrets = [*keys.values(), reader.secret, bench.home.secret(OWNER_SECRET), bench.home.secret("admin"), "eyJ"]
    file = bench.folder / "report"
    outcome = bench.run("--stack", "test", "--format", kind, "--output", str(file), principal=reader)
    report = file.read_text(encoding="utf-8")
    assert "PF-SUB-001" in report
    for secret in secrets:
        assert secret not in report + outcome.output + outcome.errors


def test_explain_prints_what_is_asked_and_the_permissions(bench: Bench) -> None:
    for check in CHECKS:
        told = bench.run("explain", check.id.lower())
        assert told.exit_code == 0
        assert check.asks in told.output
        assert all(action in told.output for action in check.permissions)


def test_the_role_is_what_azure_takes(bench: Bench) -> None:
    role = json.loads(bench.run("role").output)
    assert role["AssignableScopes"] == [SUBSCRIPTION]
    assert role["IsCustom"] is True
    assert role["DataActions"] == role["NotActions"] == []
