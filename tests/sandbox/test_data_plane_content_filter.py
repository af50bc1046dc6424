"""Content safety: on by default, for the prompt and for the completion, by the words of its data file."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.inference.safety import safety_facts
from tests.support.arm import Arm
from tests.support.data_plane import Caller, calling, deploy, parsed
from tests.support.estates import make_project

GROUP = "rg-filter"
FACTS = safety_facts()
WORDS = [pytest.param(word, *what, id=word) for word, what in FACTS.words.items()]


@pytest.fixture(scope="module")
def guarded(home: SandboxHome, arm: Arm) -> Iterator[Caller]:
    make_project(arm, GROUP)
    endpoint = deploy(arm, GROUP, "guarded", "Meta-Llama-3-8B-Instruct")
    with calling(home, endpoint["uri"], endpoint["primaryKey"]) as caller:
        yield caller


@pytest.fixture(scope="module")
def open_(home: SandboxHome, arm: Arm, guarded: Caller) -> Iterator[Caller]:
    disabled = {"contentSafetyStatus": "Disabled"}
    endpoint = deploy(arm, GROUP, "open", "Meta-Llama-3-70B-Instruct", contentSafety=disabled)
    with calling(home, endpoint["uri"], endpoint["primaryKey"]) as caller:
        yield caller


def question(text: str, **parameters: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], "max_tokens": 96, **parameters}


def choice(caller: Caller, text: str, **parameters: Any) -> tuple[str, str]:
    answer = caller.post("/v1/chat/completions", question(text, **parameters))
    assert answer.status_code == 200, answer.text
    (one,) = answer.json()["choices"]
    return one["message"]["content"], one["finish_reason"]


@pytest.mark.parametrize(("word", "category", "severity"), WORDS)
def test_a_prompt_is_refused_from_medium_severity_on(guarded: Caller, word: str, category: str, severity: str) -> None:
    answer = guarded.post("/v1/chat/completions", question(f"Tell me: {word.upper()}!"))
    if not FACTS.is_filtered(severity):
        assert answer.status_code == 200
        return
    assert answer.status_code == 400
    body = answer.json()
    assert (body["status"], body["code"], body["param"]) == (400, "content_filter", "messages")
    assert body["message"] == body["error"]["message"] == "The response was filtered"
    found = body["error"]["innererror"]["content_filter_result"]
    assert found == {category: {"filtered": True, "severity": severity}}


def test_a_word_within_another_is_none(guarded: Caller) -> None:
    assert choice(guarded, "Who was Massacrefield?")[1] == "length"


def test_every_message_is_looked_at(guarded: Caller) -> None:
    history = [{"role": "assistant", "content": "a massacre"}, {"role": "user", "content": "Hello"}]
    assert guarded.post("/v1/chat/completions", {"messages": history}).json()["code"] == "content_filter"


@pytest.mark.parametrize(("provocation", "word"), FACTS.provocations.items())
def test_a_completion_ends_before_what_is_filtered(guarded: Caller, open_: Caller, provocation: str, word: str) -> None:
    text, reason = choice(guarded, f"Please {provocation}.", logprobs=0)
    unfiltered, _ = choice(open_, f"Please {provocation}.")
    assert word in unfiltered
    _, severity = FACTS.words.get(word, ("", "safe"))
    if word == FACTS.failing:
        assert reason == "content_filter_error"
    elif FACTS.is_filtered(severity):
        assert reason == "content_filter"
    else:
        assert (word in text, reason) == (True, "length")
        return
    assert word not in text
    assert "Please" in text


@pytest.mark.parametrize("provocation", FACTS.provocations)
def test_a_stream_ends_where_the_whole_answer_does(guarded: Caller, provocation: str) -> None:
    body = question(f"Please {provocation}.", n=2)
    whole = guarded.post("/v1/chat/completions", body).json()["choices"]
    parts = [chunk["choices"][0] for chunk in parsed(guarded.events("/v1/chat/completions", body))]
    for one in whole:
        mine = [part for part in parts if part["index"] == one["index"]]
        assert "".join(part["delta"]["content"] for part in mine) == one["message"]["content"]
        assert [part["finish_reason"] for part in mine][-1] == one["finish_reason"]
        assert {part["finish_reason"] for part in mine[:-1]} == {None}


def test_a_deployment_that_chose_so_filters_nothing(open_: Caller) -> None:
    for word in FACTS.words:
        assert choice(open_, f"Tell me: {word}!", max_tokens=8)[1] == "length"


def test_a_filtered_prompt_is_not_echoed(guarded: Caller) -> None:
    answer = guarded.post("/v1/chat/completions", question("the plan is a massacre at noon"))
    assert "noon" not in json.dumps(answer.json())
