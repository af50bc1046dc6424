"""What an endpoint answers: every field of the document, what each parameter does to it, and the same as a stream."""

import math
from collections.abc import Iterator
from typing import Any

import pytest

from llama_azure_core.parameters import parameter_table
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.inference.tokens import END_OF_TEXT, END_OF_TURN, token, tokenise
from tests.support.arm import Arm
from tests.support.data_plane import Caller, calling, deploy, parsed
from tests.support.estates import make_project

GROUP = "rg-answers"
QUESTION = "What is the distance to the moon?"
CHAT: dict[str, Any] = {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]}
TEXT: dict[str, Any] = {"prompt": QUESTION}
WHOLE = {"max_tokens": 200, "ignore_eos": False}


@pytest.fixture(scope="module")
def chat(home: SandboxHome, arm: Arm) -> Iterator[Caller]:
    make_project(arm, GROUP)
    endpoint = deploy(arm, GROUP, "chatty", "Meta-Llama-3-8B-Instruct")
    with calling(home, endpoint["uri"], endpoint["primaryKey"]) as caller:
        yield caller


@pytest.fixture(scope="module")
def text(home: SandboxHome, arm: Arm, chat: Caller) -> Iterator[Caller]:
    endpoint = deploy(arm, GROUP, "writer", "Meta-Llama-3-8B")
    with calling(home, endpoint["uri"], endpoint["primaryKey"]) as caller:
        yield caller


def completion(caller: Caller, **parameters: Any) -> dict[str, Any]:
    answer = caller.post("/v1/completions", {**TEXT, **parameters})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def written(caller: Caller, **parameters: Any) -> str:
    return str(completion(caller, **parameters)["choices"][0]["text"])


def test_a_completion_has_the_fields_of_the_document(text: Caller) -> None:
    body = completion(text)
    assert set(body) == {"id", "object", "created", "model", "choices", "usage"}
    assert (body["object"], body["model"]) == ("text_completion", "Meta-Llama-3-8B")
    (choice,) = body["choices"]
    assert set(choice) == {"index", "text", "finish_reason", "logprobs"}
    assert (choice["index"], choice["finish_reason"], choice["logprobs"]) == (0, "length", None)
    prompt, generated = len(tokenise(QUESTION)), parameter_table().parameters["max_tokens"].default
    assert body["usage"] == {
        "prompt_tokens": prompt,
        "completion_tokens": generated,
        "total_tokens": prompt + generated,
    }


def test_a_chat_completion_has_the_fields_of_the_document(chat: Caller) -> None:
    body = chat.post("/v1/chat/completions", {**CHAT, **WHOLE}).json()
    assert set(body) == {"id", "object", "created", "model", "choices", "usage"}
    assert body["object"] == "chat.completion"
    (choice,) = body["choices"]
    assert set(choice) == {"index", "message", "finish_reason", "logprobs"}
    assert choice["message"]["role"] == "assistant"
    assert QUESTION in choice["message"]["content"]
    assert choice["finish_reason"] == "stop"
    assert body["usage"]["prompt_tokens"] == len(tokenise("Be brief.")) + len(tokenise(QUESTION))


@pytest.mark.parametrize("wanted", [0, 1, 4])
def test_logprobs_hold_together(text: Caller, wanted: int) -> None:
    body = completion(text, logprobs=wanted, **WHOLE)
    (choice,) = body["choices"]
    logprobs = choice["logprobs"]
    assert set(logprobs) == {"text_offsets", "token_logprobs", "tokens", "top_logprobs"}
    assert "".join(logprobs["tokens"]) == choice["text"]
    assert len(logprobs["tokens"]) == body["usage"]["completion_tokens"]
    for offset, one, value, top in zip(*(logprobs[name] for name in sorted(logprobs)), strict=True):
        # sorted: text_offsets, token_logprobs, tokens, top_logprobs
        assert choice["text"][offset:].startswith(value)
        assert top[value] == one
        assert wanted <= len(top) <= wanted + 1
        assert sum(math.exp(each) for each in top.values()) <= 1.0000001


def test_logprobs_of_a_chat_have_the_same_shape(chat: Caller) -> None:
    choice = chat.post("/v1/chat/completions", {**CHAT, "logprobs": 2}).json()["choices"][0]
    assert "".join(choice["logprobs"]["tokens"]) == choice["message"]["content"]


def test_n_completions_differ_and_each_is_generated_again_alone(text: Caller) -> None:
    body = completion(text, n=4, max_tokens=48)
    texts = [choice["text"] for choice in body["choices"]]
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2, 3]
    assert len(set(texts)) > 1
    assert body["usage"]["completion_tokens"] == 4 * 48
    assert written(text, max_tokens=48) == texts[0]


def test_best_of_returns_the_likeliest_candidates_and_counts_all(text: Caller) -> None:
    body = completion(text, n=2, best_of=6, max_tokens=40, logprobs=0)
    means = [sum(one["logprobs"]["token_logprobs"]) / 40 for one in body["choices"]]
    candidates = completion(text, n=6, max_tokens=40, logprobs=0)["choices"]
    ranked = sorted((sum(one["logprobs"]["token_logprobs"]) / 40, one["index"]) for one in candidates)[::-1]
    assert list(zip(means, [one["index"] for one in body["choices"]], strict=True)) == ranked[:2]
    assert body["usage"]["completion_tokens"] == 6 * 40


def test_beam_search_finds_at_least_what_greed_finds(text: Caller) -> None:
    greedy = completion(text, temperature=0, max_tokens=60, logprobs=0)["choices"][0]
    beam = completion(text, temperature=0, use_beam_search=True, best_of=4, max_tokens=60, logprobs=0)["choices"][0]
    assert sum(beam["logprobs"]["token_logprobs"]) >= sum(greedy["logprobs"]["token_logprobs"])
    three = completion(text, temperature=0, use_beam_search=True, best_of=4, n=3, max_tokens=60)["choices"]
    assert len({choice["text"] for choice in three}) == 3


def test_temperature_zero_and_a_tiny_nucleus_take_the_likeliest_token(text: Caller) -> None:
    choice = completion(text, temperature=0, max_tokens=40, logprobs=1)["choices"][0]
    assert all(len(top) == 1 for top in choice["logprobs"]["top_logprobs"])
    assert written(text, top_p=0.0001, max_tokens=40) == choice["text"]


def test_a_higher_temperature_strays_further(text: Caller) -> None:
    def likelihood(temperature: float) -> float:
        body = completion(text, temperature=temperature, n=8, max_tokens=64, logprobs=0)
        return sum(sum(choice["logprobs"]["token_logprobs"]) for choice in body["choices"])

    assert likelihood(0) > likelihood(1) > likelihood(2)


def test_a_seed_gives_another_answer_and_always_the_same(text: Caller) -> None:
    answers = {seed: written(text, seed=seed, max_tokens=48) for seed in range(4)}
    assert len(set(answers.values())) > 1
    assert answers == {seed: written(text, seed=seed, max_tokens=48) for seed in range(4)}


@pytest.mark.parametrize("penalty", ["presence_penalty", "frequency_penalty"])
def test_penalties_make_repetition_rarer(text: Caller, penalty: str) -> None:
    def distinct(value: float) -> int:
        logprobs = completion(text, **{penalty: value}, max_tokens=300, logprobs=0, temperature=0)["choices"][0]
        return len(set(logprobs["logprobs"]["tokens"]))

    assert distinct(2) > distinct(0)


@pytest.mark.parametrize("stop", ["sandbox", ["Azure", "sandbox"], " on your"])
def test_a_text_ends_before_a_stop_sequence(text: Caller, stop: str | list[str]) -> None:
    whole = written(text, **WHOLE)
    choice = completion(text, stop=stop, logprobs=0, **WHOLE)["choices"][0]
    ends = [whole.index(one) for one in ([stop] if isinstance(stop, str) else stop)]
    assert choice["text"] == whole[: min(ends)]
    assert choice["finish_reason"] == "stop"
    assert choice["logprobs"]["text_offsets"][-1] <= len(choice["text"])


def test_a_text_ends_with_a_stop_token_unless_that_is_special(text: Caller) -> None:
    stopping = token(" sandbox")
    choice = completion(text, stop_token_ids=[stopping.id], **WHOLE)["choices"][0]
    assert choice["text"].endswith(" sandbox")
    assert choice["finish_reason"] == "stop"
    special = completion(
        text, stop_token_ids=[END_OF_TEXT.id], ignore_eos=True, skip_special_tokens=False, max_tokens=99
    )
    assert special["choices"][0]["text"] == written(text, **WHOLE)
    assert special["choices"][0]["finish_reason"] == "stop"


def test_an_ignored_end_goes_on_to_max_tokens_and_shows_only_if_asked(chat: Caller) -> None:
    def said(**parameters: Any) -> tuple[str, str]:
        choice = chat.post("/v1/chat/completions", {**CHAT, "max_tokens": 120, **parameters}).json()["choices"][0]
        return choice["message"]["content"], choice["finish_reason"]

    ended, reason = said(ignore_eos=False)
    assert reason == "stop"
    ignoring, reason = said()
    assert reason == "length"
    assert ignoring.startswith(ended)
    assert END_OF_TURN.text not in ignoring
    shown, _ = said(skip_special_tokens=False)
    assert shown.replace(END_OF_TURN.text, "") == ignoring
    assert END_OF_TURN.text in shown


@pytest.mark.parametrize("route", ["/v1/chat/completions", "/chat/completions"])
def test_a_stream_is_the_same_answer_in_parts(chat: Caller, route: str) -> None:
    body = {**CHAT, "max_tokens": 64}
    chunks = parsed(chat.events(route, body))
    parts = [chunk["choices"][0] for chunk in chunks]
    assert all(part["finish_reason"] is None for part in parts[:-1])
    whole = chat.post(route, body).json()["choices"][0]
    assert parts[-1]["finish_reason"] == whole["finish_reason"]
    assert "".join(part["delta"]["content"] for part in parts) == whole["message"]["content"]
    assert len({chunk["id"] for chunk in chunks}) == 1


def test_a_stream_of_several_choices_keeps_them_apart(text: Caller) -> None:
    body = {**TEXT, "n": 3, "max_tokens": 24, "logprobs": 1}
    parts = [chunk["choices"][0] for chunk in parsed(text.events("/v1/completions", body))]
    whole = text.post("/v1/completions", body).json()["choices"]
    for choice in whole:
        mine = [part for part in parts if part["index"] == choice["index"]]
        assert "".join(part["text"] for part in mine) == choice["text"]
        assert [part["finish_reason"] for part in mine if part["finish_reason"]] == [choice["finish_reason"]]
        assert [one for part in mine for one in part["logprobs"]["tokens"]] == choice["logprobs"]["tokens"]


@pytest.mark.parametrize(
    "parameters", [{"max_tokens": 8}, {"stop": "sandbox"}, {"n": 2, "stop": [" the"]}, {"max_tokens": 90}]
)
@pytest.mark.parametrize("prompt", [QUESTION, "sandbox-provoke-high", ""])
def test_a_stream_tells_the_usage_of_the_whole_answer_when_asked(
    chat: Caller, prompt: str, parameters: dict[str, Any]
) -> None:
    body = {"messages": [{"role": "user", "content": prompt}], "max_tokens": 60, **parameters}
    *_, last = parsed(chat.events("/v1/chat/completions", {**body, "stream_options": {"include_usage": True}}))
    assert last["choices"] == []
    assert last["usage"] == chat.post("/v1/chat/completions", body).json()["usage"]


def test_a_stream_that_is_refused_is_an_error_with_a_status(chat: Caller) -> None:
    refused = chat.post("/v1/chat/completions", {**CHAT, "stream": True, "max_tokens": 99_999})
    assert refused.status_code == 422


def test_an_endpoint_says_what_it_serves(chat: Caller, text: Caller) -> None:
    assert chat.get("/info").json() == {
        "model_name": "Meta-Llama-3-8B-Instruct",
        "model_type": "chat-completions",
        "model_provider_name": "Meta",
    }
    assert text.get("/v1/models").json()["data"][0]["id"] == "Meta-Llama-3-8B"


@pytest.mark.parametrize("route", ["/info", "/v1/models", "/openapi.json"])
def test_what_an_endpoint_says_of_itself_takes_a_key_too(chat: Caller, route: str) -> None:
    assert Caller(chat.client, chat.uri, None).get(route).status_code == 400
    assert Caller(chat.client, chat.uri, "wrong").get(route).status_code == 401
    assert chat.get(route).status_code == 200


def test_every_answer_has_a_request_id_and_returns_the_callers(chat: Caller) -> None:
    first, second = (chat.post("/v1/chat/completions", CHAT, x_ms_client_request_id="mine-1") for _ in range(2))
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert first.headers["x-ms-client-request-id"] == "mine-1"


def test_the_api_key_header_opens_as_the_bearer_does(chat: Caller) -> None:
    stranger = Caller(chat.client, chat.uri, None)
    assert stranger.post("/chat/completions", CHAT, api_key=str(chat.key)).status_code == 200
    assert stranger.post("/chat/completions", CHAT, api_key="wrong").status_code == 401
