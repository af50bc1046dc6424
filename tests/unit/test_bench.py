"""The bench: what its goals name is measured, and its page is of its results."""

from typing import Any

import pytest

from bench.__main__ import LONG, MEASUREMENTS
from bench.check import TOLERANCE, is_worse
from bench.page import PAGE, Goal, goals, page
from bench.results import FOLDER, read_results

GOALS = pytest.mark.parametrize("goal", goals(), ids=lambda goal: goal.ratio)


@GOALS
def test_what_a_goal_names_is_measured(goal: Goal) -> None:
    assert goal.measurement in MEASUREMENTS | LONG
    assert (goal.most is None) != (goal.least is None)
    results = read_results(goal.measurement)
    assert results is None or goal.ratio in results["ratios"] or goal.note


@GOALS
def test_a_goal_that_is_not_met_says_what_was_tried(goal: Goal) -> None:
    value = (read_results(goal.measurement) or {"ratios": {}})["ratios"].get(goal.ratio)
    assert (value is not None and goal.is_met(value)) or goal.note.strip(), f"{goal.ratio} is {value}"


def test_results_are_of_measurements_that_there_are() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} <= set(MEASUREMENTS | LONG)


def test_the_page_is_the_one_of_the_results() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m bench.page`"


@pytest.mark.parametrize(
    ("bounds", "before", "now", "worse"),
    [
        ({"most": 1.0}, 0.5, 0.9, False),
        ({"most": 1.0}, 1.0, 1.0 * TOLERANCE + 0.1, True),
        ({"most": 1.0}, 2.0, 2.1, False),
        ({"least": 500.0}, 600.0, 510.0, False),
        ({"least": 500.0}, 600.0, 400.0, True),
        ({"most": 1.0}, None, 9.0, False),
    ],
)
def test_a_ratio_is_worse_beyond_its_goal_and_the_tolerance(
    bounds: dict[str, Any], before: float | None, now: float | None, worse: bool
) -> None:
    assert is_worse(Goal("a-ratio", "deployments", "a by b", **bounds), before, now) is worse
