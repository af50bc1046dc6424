"""The sliding window: exact to one request, for any row of requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llama_azure_core._facts import load_facts
from llama_azure_sandbox.inference.rate_limit import Admission, Exceeded, Limit, RateWindow

SERVERLESS = load_facts("limits")["serverless"]
AZURE = Limit(SERVERLESS["requestsPerMinute"], SERVERLESS["tokensPerMinute"])


def admitted(window: RateWindow, now: float, tokens: int, limit: Limit) -> bool:
    return isinstance(window.admit(now, tokens, limit), Admission)


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 60)), max_size=60), st.integers(1, 6), st.integers(60, 150))
def test_no_period_ever_holds_more_than_the_limits(steps: list[tuple[float, int]], requests: int, tokens: int) -> None:
    window, limit, now = RateWindow(), Limit(requests, tokens), 1000.0
    passed: list[tuple[float, int]] = []
    for pause, wanted in steps:
        now += pause
        answer = window.admit(now, wanted, limit)
        recent = [one for one in passed if one[0] + limit.seconds > now]
        fits = len(recent) < requests and sum(one[1] for one in recent) + wanted <= tokens
        assert isinstance(answer, Admission) == fits
        if fits:
            passed.append((now, wanted))
        else:
            assert isinstance(answer, Exceeded)
            assert 1 <= answer.retry_after <= limit.seconds + 1


@given(st.lists(st.floats(0, 5), min_size=6, max_size=12))
def test_who_waits_as_told_passes(pauses: list[float]) -> None:
    window, limit, now = RateWindow(), Limit(3, 90), 0.0
    for pause in pauses:
        now += pause
        answer = window.admit(now, 30, limit)
        if isinstance(answer, Exceeded):
            assert admitted(window, now + answer.retry_after, 30, limit)
            return
    pytest.fail("no request was refused")


def test_the_thousand_and_first_request_of_a_minute_is_refused() -> None:
    window = RateWindow()
    answers = [admitted(window, 0.01 * number, 1, AZURE) for number in range(AZURE.requests + 1)]
    assert answers == [True] * AZURE.requests + [False]
    assert admitted(window, 60.0, 1, AZURE)
    assert not admitted(window, 60.0, 1, AZURE)


def test_the_last_token_of_a_minute_passes_and_the_next_does_not() -> None:
    window, most = RateWindow(), AZURE.tokens or 0
    assert admitted(window, 0.0, most, AZURE)
    assert not admitted(window, 59.9, 1, AZURE)
    assert admitted(window, 60.0, most, AZURE)


def test_what_was_not_used_is_free_again() -> None:
    window, limit = RateWindow(), Limit(10, 100)
    first = window.admit(0.0, 100, limit)
    assert isinstance(first, Admission)
    assert not admitted(window, 1.0, 50, limit)
    window.correct(first, 50)
    assert admitted(window, 1.0, 50, limit)
    window.admit(61.0, 0, limit)
    window.correct(first, 100)  # it is out of the window: nothing changes
    assert admitted(window, 61.5, 100, limit)
