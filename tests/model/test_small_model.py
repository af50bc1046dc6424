"""A real small model answers behind the sandbox's endpoints, asked by the openai client."""

from collections.abc import Iterator

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import StartOptions, running, start, stop, trusting
from llama_azure_sandbox.small_model import MODEL_NAME
from tests.support.arm import sign_in
from tests.support.data_plane import deploy
from tests.support.estates import make_project

GROUP = "rg-small-model"
CHAT, TEXT = "Meta-Llama-3-8B-Instruct", "Llama-2-7b"
QUESTION: list[ChatCompletionMessageParam] = [
    {"role": "user", "content": "What is the capital of France? Answer in one short sentence."}
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    home = SandboxHome(tmp_path_factory.mktemp("sandbox"))
    record, _ = start(home, StartOptions(port=0, model=True))
    assert record.upstream_model == MODEL_NAME
    yield home
    stop(home)


@pytest.fixture(scope="module")
def clients(home: SandboxHome) -> Iterator[dict[str, openai.OpenAI]]:
    """A client for each of the endpoints, by the model that is deployed there."""
    made = {}
    with sign_in(home) as arm:
        make_project(arm, GROUP)
        for model in (CHAT, TEXT):
            endpoint = deploy(arm, GROUP, f"small-{model.lower()}", model)
            http = openai.DefaultHttpxClient(verify=trusting(home), trust_env=False)
            key = endpoint["primaryKey"]
            made[model] = openai.OpenAI(base_url=f"{endpoint['uri']}/v1/", api_key=key, http_client=http, timeout=120)
    yield made
    for client in made.values():
        client.close()


def test_it_knows_what_the_generated_answers_do_not(clients: dict[str, openai.OpenAI]) -> None:
    answer = clients[CHAT].chat.completions.create(
        model=CHAT, messages=QUESTION, max_tokens=40, temperature=0, extra_body={"ignore_eos": False}
    )
    assert "Paris" in (answer.choices[0].message.content or "")
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 10
    assert 0 < answer.usage.completion_tokens <= 40


def test_it_completes(clients: dict[str, openai.OpenAI]) -> None:
    answer = clients[TEXT].completions.create(model=TEXT, prompt="The sun rises in the", max_tokens=8, temperature=0)
    assert answer.choices[0].text.strip()
    assert answer.choices[0].finish_reason in ("length", "stop")
    assert answer.usage is not None


def test_it_streams_as_it_speaks(clients: dict[str, openai.OpenAI]) -> None:
    parts, usage = [], None
    stream = clients[CHAT].chat.completions.create(
        model=CHAT, messages=QUESTION, max_tokens=30, temperature=0, stream=True, stream_options={"include_usage": True}
    )
    for part in stream:
        parts += [one.delta.content for one in part.choices if one.delta.content]
        usage = part.usage or usage
    assert len(parts) > 3
    assert "".join(parts).strip()
    assert usage is not None
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_it_stops_where_it_is_told(clients: dict[str, openai.OpenAI]) -> None:
    asked: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Count from one to ten in words."}]
    answer = clients[CHAT].chat.completions.create(
        model=CHAT, messages=asked, max_tokens=60, temperature=0, stop=["three", "Three", "3"]
    )
    text = answer.choices[0].message.content or ""
    assert "three" not in text.lower()
    assert answer.choices[0].finish_reason == "stop"


def test_it_answers_as_often_as_it_is_asked_to(clients: dict[str, openai.OpenAI]) -> None:
    answer = clients[CHAT].chat.completions.create(
        model=CHAT, messages=QUESTION, max_tokens=20, n=2, extra_body={"best_of": 3}
    )
    assert [one.index for one in answer.choices] == [0, 1]
    assert all(one.message.content for one in answer.choices)


def test_it_is_there_again_after_a_restart_and_gone_with_the_sandbox(home: SandboxHome) -> None:
    stop(home)
    assert not (home.root / "model.json").exists()
    start(home, StartOptions())
    record = running(home)
    assert record is not None
    assert record.upstream_model == MODEL_NAME
    stop(home)
    start(home, StartOptions(upstream=""))
    record = running(home)
    assert record is not None
    assert record.upstream == ""
