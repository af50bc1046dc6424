"""Whatever the guardrails are shown, however odd, they judge, are undecided, or have nothing to say."""

from typing import Any

import pytest
from hypothesis import given, settings
from pulumi.runtime.proto import analyzer_pb2

from llama_guardrails.resource_types import ENDPOINT_TRAFFIC
from llama_guardrails.view import Resource
from tests.policy.judging import BY_NAME, judge
from tests.policy.specimens import specimen
from tests.support.policy_inputs import (
    assert_a_configuration_is_taken_or_refused,
    assert_no_rule_fails,
    assert_the_pack_answers,
    configurations,
    mutated_resources,
    requests,
)


# Some seconds each; `make soak` takes as many as there is time for. Each has a value in every second resource mutated.
@settings(max_examples=40)
@given(mutated_resources())
def test_no_rule_fails_on_any_value(resources: list[Resource]) -> None:
    assert_no_rule_fails(resources)


@settings(max_examples=50)
@given(requests())
def test_the_pack_answers_whatever_the_engine_shows(shown: list[analyzer_pb2.AnalyzeRequest]) -> None:
    assert_the_pack_answers(shown)


@settings(max_examples=100)
@given(configurations)
def test_a_configuration_is_taken_or_refused_with_a_sentence(content: dict[str, Any]) -> None:
    assert_a_configuration_is_taken_or_refused(content)


@pytest.mark.parametrize("share", [float("nan"), float("inf")])
def test_a_share_that_no_state_can_hold_is_no_percentage(share: float) -> None:
    outcome = judge(BY_NAME["traffic-adds-up"], [specimen(ENDPOINT_TRAFFIC, "odd", {"traffic": {"blue": share}})])
    assert outcome.failing == {"odd": "traffic.blue"}
