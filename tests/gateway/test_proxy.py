"""Unmodified LiteLLM proxies in front of a deployed stack, called by OpenAI's client.

Two of them share Redis and PostgreSQL; what one learns, the other knows.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from llama_azure_sandbox.client.faults import add_fault, clear_faults
from llama_azure_sandbox.client.world import advance_clock
from scripts.gateway.local import Proxy, open_proxy, open_shared
from tests.gateway.estate import ASKED, CHAT, LARGE, MESSAGES, WORDS, Load, answers, client, configured, open_stack
from tests.support.workbench import Workbench

TOOLS: Any = [
    {
        "type": "function",
        "function": {
            "name": "distance_to",
            "description": "How far something is",
            "parameters": {"type": "object", "properties": {"what": {"type": "string"}}, "required": ["what"]},
        },
    }
]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_stack(tmp_path_factory.mktemp("gateway") / "bench", deployments=3) as bench:
        yield bench


@pytest.fixture(scope="module")
def proxies(bench: Workbench) -> Iterator[list[Proxy]]:
    """Two proxies that share their counts, keys and spend."""
    made, variables = configured(bench, database=True, redis=True)
    folder = bench.folder / "gateway"
    with open_shared(folder) as shared:
        master = {"LITELLM_MASTER_KEY": "sk-of-this-test-alone"}
        with (
            open_proxy(folder / "one", made.text(), {**variables, **master}, shared) as one,
            open_proxy(folder / "two", made.text(), {**variables, **master}, shared) as two,
        ):
            yield [one, two]


@pytest.fixture
def ai(proxies: list[Proxy]) -> Iterator[openai.OpenAI]:
    with client(proxies[0]) as ai:
        yield ai


@pytest.fixture(autouse=True)
def no_faults(bench: Workbench) -> Iterator[None]:
    yield
    clear_faults(bench.home)
    advance_clock(bench.home, seconds=60)


@pytest.mark.client("litellm", "proxy: chat, whole and streamed, through the openai client, with the usage in the end")
@pytest.mark.parametrize("model", [CHAT, LARGE])
def test_chat_is_answered_whole_and_streamed(ai: openai.OpenAI, model: str) -> None:
    asked = {**ASKED, "model": model}
    whole = ai.chat.completions.create(**asked)
    parts = list(ai.chat.completions.create(stream=True, stream_options={"include_usage": True}, **asked))
    text = "".join(choice.delta.content or "" for part in parts for choice in part.choices)
    assert text == whole.choices[0].message.content
    assert whole.usage is not None
    assert parts[-1].usage is not None
    assert parts[-1].usage.total_tokens == whole.usage.total_tokens


@pytest.mark.client("litellm", "proxy: completions")
def test_a_text_is_completed(ai: openai.OpenAI) -> None:
    answer = ai.completions.create(model=WORDS, prompt="The moon is", max_tokens=8)
    assert answer.choices[0].text
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 8


@pytest.mark.client("litellm", "proxy: tools")
def test_a_tool_is_called(ai: openai.OpenAI) -> None:
    choice: Any = {"type": "function", "function": {"name": "distance_to"}}
    answer = ai.chat.completions.create(model=LARGE, messages=MESSAGES, tools=TOOLS, tool_choice=choice)
    calls = answer.choices[0].message.tool_calls
    assert calls
    assert calls[0].type == "function"
    assert calls[0].function.name == "distance_to"
    assert isinstance(json.loads(calls[0].function.arguments), dict)


@pytest.mark.client("litellm", "proxy: an unknown model, a wrong key and a wrong parameter are refused as such")
def test_what_is_wrong_with_a_request_is_told_and_not_tried_again(
    bench: Workbench, proxies: list[Proxy], ai: openai.OpenAI
) -> None:
    before = sum(sum(one.values()) for one in answers(bench).values())
    with pytest.raises(openai.BadRequestError):
        ai.chat.completions.create(**{**ASKED, "model": "Llama-9"})
    with client(proxies[0], "sk-nobodys") as other, pytest.raises(openai.AuthenticationError):
        other.chat.completions.create(**ASKED)
    assert sum(sum(one.values()) for one in answers(bench).values()) == before
    with pytest.raises(openai.BadRequestError):
        ai.chat.completions.create(**{**ASKED, "temperature": 9})
    assert sum(sum(one.values()) for one in answers(bench).values()) == before + 1


FAULTS: dict[str, dict[str, Any]] = {
    "it is throttled": {"kind": "throttle", "retry_after_seconds": 30},
    "it fails": {"kind": "server-error", "status": 503},
    "its key was rotated": {"kind": "rotated-key"},
    "its connections break": {"kind": "reset"},
}


@pytest.mark.client("litellm", "proxy: one of three endpoints throttles, fails, breaks connections or has another key")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_caller_sees_that_one_of_three_endpoints_fails(
    bench: Workbench, proxies: list[Proxy], fault: dict[str, Any]
) -> None:
    broken = serverless_name(bench, "chat-2")
    add_fault(bench.home, name=broken, plane="data", **fault)
    with Load(proxies, callers=4, pause=0) as load:
        load.wait_for(60)
    assert load.failed == []


def serverless_name(bench: Workbench, key: str) -> str:
    """Return what Azure calls an endpoint."""
    uri = str(bench.outputs("dev")["endpoints"][key]["uri"])
    return uri.rstrip("/").rsplit("/", 1)[-1]


@pytest.mark.client("litellm", "proxy: a stream that breaks before its first word is answered by another endpoint")
def test_a_stream_that_breaks_before_its_first_word_is_answered_elsewhere(
    bench: Workbench, proxies: list[Proxy], ai: openai.OpenAI
) -> None:
    add_fault(bench.home, "cut-stream", name=serverless_name(bench, "chat-2"), plane="data", after_chunks=0)
    for _ in range(12):
        parts = list(ai.chat.completions.create(stream=True, **ASKED))
        assert "".join(choice.delta.content or "" for part in parts for choice in part.choices)


@pytest.mark.client("litellm", "proxy: a team's key is refused other models, and stopped at its budget on two proxies")
def test_a_teams_key_is_refused_a_model_and_stopped_at_its_budget_on_both_proxies(
    bench: Workbench, proxies: list[Proxy]
) -> None:
    team = proxies[0].call("POST", "/team/new", {"team_alias": "search", "models": [CHAT]})
    key = proxies[0].call("POST", "/key/generate", {"team_id": team["team_id"]})["key"]
    for proxy in proxies:
        with client(proxy, key) as ai:
            assert ai.chat.completions.create(**ASKED).choices[0].message.content
            with pytest.raises(openai.PermissionDeniedError):
                ai.chat.completions.create(**{**ASKED, "model": LARGE})
    time.sleep(0)
