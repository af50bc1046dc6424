"""Stack files, configurations and the engine's messages of every kind, for as long as there is time."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from tests.soak.conftest import Tally
from tests.support.policy_inputs import (
    assert_a_configuration_is_taken_or_refused,
    assert_no_rule_fails,
    assert_the_pack_answers,
    configurations,
    mutated_resources,
    requests,
)
from tests.support.stack_texts import any_text, assert_it_is_read_or_refused

EXAMPLES = 20


def examples(values: st.SearchStrategy[Any], hold: Callable[[Any], None]) -> Callable[[int], None]:
    """Return an attempt: some values, drawn by the attempt's seed, for which something has to hold."""

    def attempt(seed: int) -> None:
        @seeded(seed)
        @settings(max_examples=EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
        @given(value=values)
        def check(value: Any) -> None:
            hold(value)

        check()

    return attempt


def test_texts_of_stack_files(soak: Tally) -> None:
    soak.run(examples(any_text(), assert_it_is_read_or_refused))


def test_mutated_resources_to_the_rules(soak: Tally) -> None:
    soak.run(examples(mutated_resources(), assert_no_rule_fails))


def test_messages_of_the_engine_to_the_pack(soak: Tally) -> None:
    soak.run(examples(requests(), assert_the_pack_answers))


def test_configurations_of_the_pack(soak: Tally) -> None:
    soak.run(examples(configurations, assert_a_configuration_is_taken_or_refused))
