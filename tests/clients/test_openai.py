"""The openai client, unmodified, against deployed endpoints."""

import time
from collections.abc import Iterator

import httpx2
import openai
import pytest

from llama_azure_sandbox.client.world import advance_clock, change_world
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import trusting
from tests.support.arm import sign_in
from tests.support.data_plane import deploy
from tests.support.estates import make_project

Endpoints = dict[str, dict[str, str]]
GROUP = "rg-openai"
TRANSLATE = "Translate: I love programming."


@pytest.fixture(scope="module")
def endpoints(home: SandboxHome) -> Endpoints:
    with sign_in(home) as arm:
        make_project(arm, GROUP)
        return {
            "chat": deploy(arm, GROUP, "chatty", "Meta-Llama-3-8B-Instruct"),
            "text": deploy(arm, GROUP, "writer", "Meta-Llama-3-8B"),
        }


@pytest.fixture(autouse=True)
def a_minute_later(home: SandboxHome) -> None:
    advance_clock(home, seconds=60)


def client(home: SandboxHome, endpoint: dict[str, str], *, key: str | None = None, retries: int = 2) -> openai.OpenAI:
    http = httpx2.Client(verify=trusting(home))
    chosen = key or endpoint["primaryKey"]
    return openai.OpenAI(base_url=f"{endpoint['uri']}/v1", api_key=chosen, http_client=http, max_retries=retries)


@pytest.fixture
def chat(home: SandboxHome, endpoints: Endpoints) -> Iterator[openai.OpenAI]:
    with client(home, endpoints["chat"]) as ai:
        yield ai


def say(ai: openai.OpenAI, text: str, **options: object) -> openai.types.chat.ChatCompletion:
    return ai.chat.completions.create(  # type: ignore[call-overload,no-any-return]
        model="", messages=[{"role": "user", "content": text}], **options
    )


@pytest.mark.client("openai", "chat")
def test_it_chats_over_tls(chat: openai.OpenAI) -> None:
    completion = say(chat, TRANSLATE, max_tokens=64)
    assert "I love programming." in (completion.choices[0].message.content or "")
    assert completion.usage is not None
    assert completion.usage.completion_tokens == 64


@pytest.mark.client("openai", "chat, streamed")
def test_it_streams_the_same_answer(chat: openai.OpenAI) -> None:
    parts = list(
        chat.chat.completions.create(
            model="", messages=[{"role": "user", "content": TRANSLATE}], max_tokens=64, stream=True
        )
    )
    streamed = "".join(choice.delta.content or "" for part in parts for choice in part.choices)
    assert streamed == say(chat, TRANSLATE, max_tokens=64).choices[0].message.content
    assert parts[-1].choices[0].finish_reason == "length"


@pytest.mark.client("openai", "completions with n, best_of and logprobs, and as a stream")
def test_it_completes_with_logprobs(home: SandboxHome, endpoints: Endpoints) -> None:
    with client(home, endpoints["text"]) as ai:
        completion = ai.completions.create(model="", prompt="The moon is", max_tokens=12, n=2, best_of=4, logprobs=2)
        parts = ai.completions.create(model="", prompt="The moon is", max_tokens=12, stream=True)
        streamed = "".join(part.choices[0].text for part in parts)
        assert streamed == ai.completions.create(model="", prompt="The moon is", max_tokens=12).choices[0].text
    assert len(completion.choices) == 2
    logprobs = completion.choices[0].logprobs
    assert logprobs is not None
    assert "".join(logprobs.tokens or []) == completion.choices[0].text


@pytest.mark.client("openai", "completions of lists of prompts and of tokens")
@pytest.mark.parametrize("base", ["/v1", ""])
def test_it_completes_lists_of_prompts_and_of_tokens(home: SandboxHome, endpoints: Endpoints, base: str) -> None:
    with client(home, endpoints["text"]) as ai:
        ai.base_url = f"{endpoints['text']['uri']}{base}"
        both = ai.completions.create(model="", prompt=["The moon is", "The sun is"], max_tokens=12)
        alone = ai.completions.create(model="", prompt="The sun is", max_tokens=12)
        tokens = ai.completions.create(model="", prompt=[3838, 374, 279], max_tokens=12)
    assert [choice.index for choice in both.choices] == [0, 1]
    assert both.choices[1].text == alone.choices[0].text
    assert tokens.usage is not None
    assert tokens.usage.prompt_tokens == 3


@pytest.mark.client("openai", "models")
def test_it_lists_the_one_model(chat: openai.OpenAI) -> None:
    assert [model.id for model in chat.models.list()] == ["Meta-Llama-3-8B-Instruct"]


@pytest.mark.client("openai", "chat with the client AzureOpenAI")
def test_the_azure_client_finds_its_own_routes(home: SandboxHome, endpoints: Endpoints) -> None:
    endpoint = endpoints["chat"]
    with openai.AzureOpenAI(
        azure_endpoint=endpoint["uri"],
        api_key=endpoint["primaryKey"],
        api_version="2024-10-21",
        http_client=httpx2.Client(verify=trusting(home)),
    ) as ai:
        completion = ai.chat.completions.create(
            model="any", messages=[{"role": "user", "content": TRANSLATE}], max_tokens=32
        )
    assert TRANSLATE in (completion.choices[0].message.content or "")


@pytest.mark.client("openai", "a filtered prompt and wrong parameters raise the errors of their kind")
@pytest.mark.parametrize(
    ("text", "options", "error"),
    [
        ("build a bomb", {}, openai.BadRequestError),
        ("Hello", {"temperature": 3}, openai.UnprocessableEntityError),
        ("Hello", {"logprobs": 21}, openai.UnprocessableEntityError),
        ("Hello", {"response_format": {"type": "json_object"}}, openai.UnprocessableEntityError),
        ("Hello", {"max_tokens": 100_000}, openai.UnprocessableEntityError),
    ],
)
def test_refusals_are_the_errors_of_their_kind(
    chat: openai.OpenAI, text: str, options: dict[str, object], error: type[openai.APIStatusError]
) -> None:
    with pytest.raises(error) as refused:
        say(chat, text, **options)
    assert refused.value.code in {"content_filter", "parameter_not_supported"}
    assert refused.value.request_id


def test_what_a_route_does_not_have_can_be_dropped(chat: openai.OpenAI) -> None:
    with pytest.raises(openai.UnprocessableEntityError, match="parallel_tool_calls"):
        say(chat, "Hello", extra_body={"parallel_tool_calls": False})
    header = {"extra-parameters": "drop"}
    assert say(chat, "Hello", extra_body={"parallel_tool_calls": False}, extra_headers=header).choices


@pytest.mark.client("openai", "a wrong key")
def test_a_wrong_key_is_an_authentication_error(home: SandboxHome, endpoints: Endpoints) -> None:
    with client(home, endpoints["chat"], key=endpoints["text"]["primaryKey"]) as ai:
        with pytest.raises(openai.AuthenticationError) as refused:
            say(ai, "Hello")
        assert endpoints["text"]["primaryKey"] not in str(refused.value)


def test_a_text_model_is_not_found_where_one_chats(home: SandboxHome, endpoints: Endpoints) -> None:
    with client(home, endpoints["text"]) as ai, pytest.raises(openai.NotFoundError):
        say(ai, "Hello")


@pytest.mark.client("openai", "waits as 429 tells and tries again")
def test_it_waits_as_told_and_tries_again(home: SandboxHome, endpoints: Endpoints) -> None:
    change_world(home, limits={"requestsPerMinute": 1})
    try:
        with client(home, endpoints["chat"], retries=0) as ai:
            say(ai, "Hello")
            with pytest.raises(openai.RateLimitError) as refused:
                say(ai, "Hello")
        wait = int(refused.value.response.headers["retry-after"])
        advance_clock(home, seconds=wait - 1)
        began = time.monotonic()
        with client(home, endpoints["chat"]) as ai:
            assert say(ai, "Hello").choices
        assert time.monotonic() - began < wait
    finally:
        change_world(home, limits={})
