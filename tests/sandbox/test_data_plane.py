"""A serverless endpoint's own API."""

from typing import Any

import httpx
import pytest

from tests.support.arm import Arm
from tests.support.estates import make_endpoint, make_project

GROUP = "rg-data-plane"
HELLO = {"messages": [{"role": "user", "content": "Hello!"}], "max_tokens": 64}


@pytest.fixture(scope="module")
def endpoint(arm: Arm) -> dict[str, str]:
    make_project(arm, GROUP)
    return make_endpoint(arm, GROUP, "llama-one")


def post(arm: Arm, uri: str, body: Any, authorization: str | None) -> httpx.Response:
    headers = {"Authorization": authorization} if authorization else {}
    request = arm.client.build_request("POST", uri, json=body)
    request.headers.pop("Authorization")
    request.headers.update(headers)
    return arm.client.send(request)


@pytest.mark.parametrize("route", ["/v1/chat/completions", "/chat/completions"])
@pytest.mark.parametrize("key", ["primaryKey", "secondaryKey"])
def test_both_routes_answer_to_both_keys(arm: Arm, endpoint: dict[str, str], route: str, key: str) -> None:
    answer = post(arm, endpoint["uri"] + route, HELLO, f"Bearer {endpoint[key]}")
    assert answer.status_code == 200
    completion = answer.json()
    assert completion["object"] == "chat.completion"
    assert completion["model"] == "Meta-Llama-3-8B-Instruct"
    assert completion["choices"][0]["message"]["role"] == "assistant"
    assert "Hello!" in completion["choices"][0]["message"]["content"]
    usage = completion["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_another_endpoints_key_opens_nothing(arm: Arm, endpoint: dict[str, str]) -> None:
    other = make_endpoint(arm, GROUP, "llama-two")
    answer = post(arm, f"{endpoint['uri']}/v1/chat/completions", HELLO, f"Bearer {other['primaryKey']}")
    assert answer.status_code == 401


def test_no_key_at_all_is_400_as_on_azure(arm: Arm, endpoint: dict[str, str]) -> None:
    answer = post(arm, f"{endpoint['uri']}/v1/chat/completions", HELLO, None)
    assert answer.status_code == 400
    assert answer.json() == {"status": "Auth token must be passed as a header called Authorization"}


def test_the_same_question_gets_the_same_answer(arm: Arm, endpoint: dict[str, str]) -> None:
    answers = [
        post(arm, f"{endpoint['uri']}/chat/completions", HELLO, f"Bearer {endpoint['primaryKey']}").json()["choices"]
        for _ in range(2)
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(("asked", "tokens"), [({}, 16), ({"max_tokens": 3}, 3)])
def test_an_answer_is_cut_at_max_tokens(arm: Arm, endpoint: dict[str, str], asked: dict[str, int], tokens: int) -> None:
    body = {"messages": HELLO["messages"], **asked}
    completion = post(arm, f"{endpoint['uri']}/v1/chat/completions", body, f"Bearer {endpoint['primaryKey']}").json()
    assert completion["usage"]["completion_tokens"] == tokens
    assert completion["choices"][0]["finish_reason"] == "length"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user"}]}, "messages.0.content"),
        ({**HELLO, "max_tokens": 0}, "max_tokens"),
        ({**HELLO, "max_tokens": "many"}, "max_tokens"),
    ],
)
def test_a_wrong_parameter_is_named(arm: Arm, endpoint: dict[str, str], body: dict[str, Any], place: str) -> None:
    answer = post(arm, f"{endpoint['uri']}/chat/completions", body, f"Bearer {endpoint['primaryKey']}")
    assert answer.status_code == 422
    assert ".".join(map(str, answer.json()["detail"]["loc"])) == f"body.{place}"


def test_a_completion_model_does_not_chat(arm: Arm, endpoint: dict[str, str]) -> None:
    base = make_endpoint(
        arm, GROUP, "llama-base", "project", "azureml://registries/azureml-meta/models/Meta-Llama-3-8B"
    )
    answer = post(arm, f"{base['uri']}/chat/completions", HELLO, f"Bearer {base['primaryKey']}")
    assert answer.status_code == 404


def test_an_endpoint_that_is_gone_does_not_answer(arm: Arm, endpoint: dict[str, str]) -> None:
    gone = make_endpoint(arm, GROUP, "llama-gone")
    arm.call("DELETE", gone["path"])
    answer = post(arm, f"{gone['uri']}/chat/completions", HELLO, f"Bearer {gone['primaryKey']}")
    assert answer.status_code == 404
