"""What a gateway's tables say of teams and endpoints, beside what Azure measured."""

from decimal import Decimal
from typing import Any

from llama_azure_core.gateway_use import Measured, compare, uses

ROW = {"team_id": "search", "model_group": "Llama", "model_id": "chat", "status": "success"}


def row(**changes: Any) -> dict[str, Any]:
    return {**ROW, "prompt_tokens": 10, "completion_tokens": 5, "spend": 0.1, **changes}


def test_use_is_added_up_by_team_model_and_endpoint() -> None:
    rows = [row(), row(), row(model_id="chat-2", spend=None), row(team_id=None), row(status="failure", prompt_tokens=0)]
    found = {(one.team, one.endpoint): one for one in uses(rows)}
    search = found["search", "chat"]
    assert (search.requests, search.failed, search.prompt_tokens, search.completion_tokens) == (3, 1, 20, 15)
    assert search.spend == Decimal("0.3")
    assert found["search", "chat-2"].spend == 0
    assert found["", "chat"].requests == 1


def test_books_that_agree_have_no_difference() -> None:
    (only,) = compare(uses([row(), row()]), {"chat": Measured(2, 20, 10)})
    assert only.difference == ""


def test_what_azure_has_more_may_have_gone_past_the_gateway() -> None:
    (only,) = compare(uses([row()]), {"chat": Measured(2, 20, 10)})
    assert only.difference.startswith(
        "Azure has +10 prompt tokens, +5 tokens of answers, +1 requests: callers who go past"
    )


def test_what_azure_has_less_may_not_be_there_yet() -> None:
    (only,) = compare(uses([row()]), {"chat": Measured(None, 10, 3)})
    assert only.difference.startswith("Azure has -2 tokens of answers: Azure's metrics lag")


def test_an_endpoint_that_stands_in_one_book_only_is_told() -> None:
    first, second = compare(uses([row()]), {"other": Measured(1, 1, 1)})
    assert (first.endpoint, first.measured) == ("chat", None)
    assert "told nothing" in first.difference
    assert "+1 requests" in second.difference


def test_a_request_that_reached_no_endpoint_is_compared_with_nothing() -> None:
    assert compare(uses([row(model_id="", status="failure", prompt_tokens=0, completion_tokens=0)]), {}) == ()
