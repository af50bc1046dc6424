"""Requests move from one deployment to another step by step, and never to nowhere."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llama_azure_core.plan import Plan, plan, with_traffic
from llama_azure_core.settings import parse_settings
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.traffic import EndpointKey, Shares, gaining, steps, traffic_of

KEY = EndpointKey("assistants", "chat")
SHARES = [10, 50]


def config(**deployments: dict[str, Any]) -> dict[str, Any]:
    managed = {"chat": {"deployments": deployments}}
    return {"llama-azure:projects": {"assistants": {"managed": managed}, "others": {"serverless": []}, "bare": None}}


def test_green_takes_over_from_blue_in_the_steps_of_the_data_file() -> None:
    found = steps({KEY: {"blue": 100}}, {KEY: {"blue": 0, "green": 100}}, SHARES)
    assert [one[KEY] for one in found] == [
        {"blue": 100, "green": 0},
        {"blue": 90, "green": 10},
        {"blue": 50, "green": 50},
        {"blue": 0, "green": 100},
    ]


def test_an_endpoint_that_answers_nobody_yet_gets_its_traffic_at_once() -> None:
    goal = {KEY: {"blue": 100}}
    assert steps({}, goal, SHARES) == [goal]
    assert steps({KEY: {"blue": 0}}, goal, SHARES) == [goal]


def test_traffic_that_stays_is_no_rollout() -> None:
    assert steps({KEY: {"blue": 100}}, {KEY: {"blue": 100, "green": 0}}, SHARES) == [{KEY: {"blue": 100, "green": 0}}]


def test_a_deployment_with_requests_cannot_vanish_from_the_file() -> None:
    with pytest.raises(StepError, match=r"managed.chat: blue has requests and is missing in the file; keep it"):
        steps({KEY: {"blue": 100}}, {KEY: {"green": 100}}, SHARES)


def test_a_deployment_without_requests_may_be_removed() -> None:
    assert steps({KEY: {"blue": 0, "green": 100}}, {KEY: {"green": 100}}, SHARES) == [{KEY: {"green": 100}}]


def test_another_endpoint_goes_to_its_goal_in_the_first_step() -> None:
    other = EndpointKey("assistants", "other")
    now = {KEY: {"blue": 100}}
    found = steps(now, {KEY: {"blue": 0, "green": 100}, other: {"blue": 100}}, SHARES)
    assert {tuple(one[other].items()) for one in found} == {(("blue", 100),)}


def test_only_deployments_that_gain_requests_of_an_endpoint_in_use_are_asked_before() -> None:
    assert gaining({KEY: {"blue": 100}}, {KEY: {"blue": 50, "green": 50}}) == [(KEY, "green")]
    assert gaining({}, {KEY: {"blue": 100}}) == []


def planned(**endpoint: Any) -> tuple[dict[str, Any], Plan]:
    """Return a configuration with one online endpoint, and its plan."""
    found: dict[str, Any] = {
        "azure-native:location": "eastus2",
        "llama-azure:asOf": "2024-07-01",
        "llama-azure:resourceGroup": "rg",
        "llama-azure:hub": {"name": "hub"},
        "llama-azure:projects": {"assistants": {"managed": {"chat": endpoint}}, "others": {"serverless": []}},
    }
    return found, plan(parse_settings(found, "f"), subscription="s")


def test_the_file_is_changed_in_its_traffic_alone() -> None:
    blue = {"model": "Llama-2-7b-chat", "vmSize": "Standard_NC48ads_A100_v4", "traffic": 100}
    before = config(blue=blue, green={"model": "Llama-2-13b-chat", "mirror": 10})
    after = with_traffic(before, {("assistants", "chat"): {"blue": 90, "green": 10}})
    assert after == config(blue={**blue, "traffic": 90}, green={"model": "Llama-2-13b-chat", "traffic": 10})
    assert before["llama-azure:projects"]["assistants"]["managed"]["chat"]["deployments"]["blue"]["traffic"] == 100
    as_text = {"llama-azure:projects": json.dumps(before["llama-azure:projects"])}
    assert with_traffic(as_text, {("assistants", "chat"): {"blue": 90, "green": 10}}) == after


def test_requests_of_somebody_elses_deployment_move_with_the_others() -> None:
    red = {"model": "Llama-2-7b-chat", "vmSize": "Standard_NC48ads_A100_v4", "traffic": 10}
    before, wanted = planned(existing="llama", otherTraffic={"theirs": 90}, deployments={"red": red})
    assert traffic_of(wanted) == {KEY: {"theirs": 90, "red": 10}}
    first, *_ = steps({KEY: {"theirs": 100}}, traffic_of(wanted), SHARES)
    assert first == {KEY: {"theirs": 100, "red": 0}}
    changed = with_traffic(before, {("assistants", "chat"): first[KEY]})
    assert traffic_of(plan(parse_settings(changed, "f"), subscription="s")) == first


@st.composite
def _shares(draw: st.DrawFn) -> Shares:
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=2, max_size=2)))
    edges = [0, *cuts, 100]
    return {name: end - start for name, (start, end) in zip("abc", pairwise(edges), strict=True)}


@given(_shares(), _shares(), st.lists(st.integers(1, 99), unique=True, max_size=4).map(sorted))
def test_every_step_makes_100_and_lies_between_the_ends(now: Shares, goal: Shares, shares: list[int]) -> None:
    found = steps({KEY: now}, {KEY: goal}, shares)
    assert found[-1][KEY] == goal
    for one in found:
        assert sum(one[KEY].values()) == 100
        for name, share in one[KEY].items():
            low, high = sorted((now[name], goal[name]))
            assert low - 1 <= share <= high + 1
