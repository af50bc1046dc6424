"""docs/compatibility.md says what the marked tests try, with the versions that are locked now, and all of it passed."""

from pathlib import Path

import pytest

from tests.support.compatibility import (
    PAGE,
    Recorder,
    Row,
    Trial,
    locked_version,
    marked_trials,
    page,
    read_run,
    rows_of_page,
)

ROWS = list(rows_of_page(PAGE.read_text(encoding="utf-8")))
AGAIN = "run `make compatibility`"


def test_the_page_lists_just_what_the_tests_try() -> None:
    assert {Trial(row.kind, row.name, row.tried) for row in ROWS} == marked_trials(), AGAIN


def test_its_versions_are_the_locked_ones() -> None:
    locked = {row.name: locked_version(row.name) for row in ROWS if row.kind == "client"}
    assert {row.name: row.version for row in ROWS if locked.get(row.name)} == {
        name: version for name, version in locked.items() if version
    }, AGAIN


def test_everything_on_it_passed_where_it_was_written() -> None:
    assert [row for row in ROWS if row.ended != "passed"] == []


def test_the_page_is_one_that_the_command_writes() -> None:
    assert page(ROWS) == PAGE.read_text(encoding="utf-8"), AGAIN


@pytest.mark.parametrize(
    ("outcomes", "ended"),
    [
        (["passed"], "passed"),
        (["passed", "failed"], "failed"),
        (["skipped"], "skipped"),
        (["skipped", "passed"], "passed"),
    ],
)
def test_a_trial_ends_as_the_worst_of_its_tests(tmp_path: Path, outcomes: list[str], ended: str) -> None:
    recorder, kept = Recorder(tmp_path / "run.json"), tmp_path / "run.json"
    for outcome in outcomes:
        report = pytest.TestReport(
            *("tests/x.py::y", ("x.py", 1, "y"), {}, outcome, None, "call"),  # type: ignore[arg-type]
            user_properties=[("feature", ["templates", "copies"])],
        )
        recorder.pytest_runtest_logreport(report)
    recorder.pytest_sessionfinish()
    assert read_run(kept) == [Row("feature", "templates", "copies", "", ended)]
    assert list(rows_of_page(page(read_run(kept)))) == read_run(kept)
