"""What models from Llama 3.1 on take that older ones do not: tools, called and answered by the openai client."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import jsonschema
import openai
import pytest

from llama_azure_core.catalogue import Api
from llama_azure_core.parameters import Family, parameter_table
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import StartOptions, start, stop, trusting
from tests.support.arm import sign_in
from tests.support.data_plane import Caller, calling, deploy, parsed
from tests.support.estates import make_project

DAY = dt.date(2024, 10, 1)
GROUP = "rg-tools"
QUESTION = [{"role": "user", "content": "Get the weather of Oslo, please."}]
WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tells the weather of a city",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "unit": {"enum": ["celsius", "fahrenheit"]},
                "days": {"type": "integer", "minimum": 3},
            },
            "required": ["city", "unit", "days"],
        },
    },
}
TIME: dict[str, Any] = {"type": "function", "function": {"name": "tell_time"}}
OLD, NEW = "Meta-Llama-3-8B-Instruct", "Meta-Llama-3.1-8B-Instruct"
ROUTES = ["/v1/chat/completions", "/chat/completions"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    home = SandboxHome(tmp_path_factory.mktemp("sandbox"))
    start(home, StartOptions(port=0, as_of=DAY))
    yield home
    stop(home)


@pytest.fixture(scope="module")
def endpoints(home: SandboxHome) -> dict[str, dict[str, str]]:
    with sign_in(home) as arm:
        make_project(arm, GROUP)
        return {model: deploy(arm, GROUP, f"endpoint-{at}", model) for at, model in enumerate((OLD, NEW))}


@pytest.fixture(scope="module")
def callers(home: SandboxHome, endpoints: dict[str, dict[str, str]]) -> Iterator[dict[str, Caller]]:
    old, new = endpoints[OLD], endpoints[NEW]
    with calling(home, old["uri"], old["primaryKey"]) as first, calling(home, new["uri"], new["primaryKey"]) as second:
        yield {OLD: first, NEW: second}


@pytest.fixture(scope="module")
def client(home: SandboxHome, endpoints: dict[str, dict[str, str]]) -> Iterator[openai.OpenAI]:
    one = endpoints[NEW]
    http = httpx2.Client(verify=trusting(home))
    with openai.OpenAI(base_url=f"{one['uri']}/v1", api_key=one["primaryKey"], http_client=http) as client:
        yield client


@pytest.mark.client("openai", "tools of Llama 3.1")
def test_the_openai_client_calls_a_tool_and_gives_its_answer_back(client: openai.OpenAI) -> None:
    messages: list[Any] = list(QUESTION)
    (choice,) = client.chat.completions.create(model="", messages=messages, tools=[TIME, WEATHER]).choices  # type: ignore[list-item]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    (called,) = choice.message.tool_calls or []
    assert called.type == "function"
    assert called.function.name == "get_weather"
    arguments = json.loads(called.function.arguments)
    jsonschema.validate(arguments, WEATHER["function"]["parameters"])
    messages += [choice.message, {"role": "tool", "tool_call_id": called.id, "content": "It rains in Oslo."}]
    answer = client.chat.completions.create(model="", messages=messages, tools=[WEATHER], max_tokens=60).choices[0]  # type: ignore[list-item]
    assert answer.message.tool_calls is None
    assert "It rains in Oslo." in (answer.message.content or "")


@pytest.mark.client("openai", "tools, with the stream helper")
def test_the_openai_clients_stream_puts_the_same_call_together(
    home: SandboxHome, endpoints: dict[str, dict[str, str]]
) -> None:
    """It takes only parts that are called chat.completion.chunk: those of the Model Inference API."""
    one, tools = endpoints[NEW], [WEATHER]
    http = httpx2.Client(verify=trusting(home))
    with openai.OpenAI(base_url=one["uri"], api_key=one["primaryKey"], http_client=http) as client:
        asked: dict[str, Any] = {"model": "", "messages": QUESTION, "tools": tools}
        whole = client.chat.completions.create(**asked).choices[0]
        with client.chat.completions.stream(**asked) as stream:
            streamed = stream.get_final_completion().choices[0]
    assert streamed.finish_reason == "tool_calls"
    assert whole.message.tool_calls
    assert [one.model_dump(include={"id", "function"}) for one in whole.message.tool_calls] == [
        {"id": one.id, "function": one.function.model_dump(include={"name", "arguments"})}
        for one in streamed.message.tool_calls or []
    ]


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        (None, "get_weather"),
        ("auto", "get_weather"),
        ("none", None),
        ("required", "get_weather"),
        ({"type": "function", "function": {"name": "tell_time"}}, "tell_time"),
    ],
)
@pytest.mark.parametrize("route", ROUTES)
def test_the_tool_choice_decides(callers: dict[str, Caller], route: str, choice: Any, called: str | None) -> None:
    body = {"messages": QUESTION, "tools": [TIME, WEATHER], "tool_choice": choice}
    answer = callers[NEW].post(route, body).json()
    message = answer["choices"][0]["message"]
    assert [one["function"]["name"] for one in message.get("tool_calls", [])] == ([called] if called else [])
    document = callers[NEW].get("/openapi.json").json()
    jsonschema.validate(answer, {"$ref": "#/components/schemas/Completion", "components": document["components"]})


def test_a_question_that_names_no_tool_is_answered_and_one_must_be_called_if_required(
    callers: dict[str, Caller],
) -> None:
    body = {"messages": [{"role": "user", "content": "Hello!"}], "tools": [TIME, WEATHER], "max_tokens": 40}
    assert "Hello!" in callers[NEW].post(ROUTES[0], body).json()["choices"][0]["message"]["content"]
    forced = callers[NEW].post(ROUTES[0], {**body, "tool_choice": "required"}).json()["choices"][0]
    assert forced["message"]["tool_calls"][0]["function"]["name"] == "tell_time"


def test_the_usage_of_a_streamed_call_is_that_of_the_whole(callers: dict[str, Caller]) -> None:
    body = {"messages": QUESTION, "tools": [WEATHER], "n": 2}
    *_, last = parsed(callers[NEW].events(ROUTES[0], {**body, "stream_options": {"include_usage": True}}))
    whole = callers[NEW].post(ROUTES[0], body).json()
    assert last["usage"] == whole["usage"]
    assert len({choice["message"]["tool_calls"][0]["id"] for choice in whole["choices"]}) == 2


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"tools": [WEATHER]}, ["tools"]),
        ({"messages": [*QUESTION, {"role": "tool", "tool_call_id": "1", "content": "Rain."}]}, ["messages", 1]),
        (
            {
                "messages": [
                    *QUESTION,
                    {
                        "role": "assistant",
                        "content": None,
                        "tool_calls": [{"id": "1", "type": "function", "function": {"name": "x", "arguments": "{}"}}],
                    },
                ]
            },
            ["messages", 1],
        ),
    ],
)
@pytest.mark.parametrize("route", ROUTES)
def test_an_older_model_refuses_tools_and_says_which_models_have_them(
    callers: dict[str, Caller], route: str, more: dict[str, Any], place: list[Any]
) -> None:
    refused = callers[OLD].post(route, {"messages": QUESTION, **more})
    assert (refused.status_code, refused.json()["detail"]["loc"]) == (422, ["body", *place])
    assert all(family in refused.json()["message"] for family in parameter_table().capabilities["tools"].families)
    assert callers[NEW].post(route, {"messages": QUESTION, **more}).status_code == 200


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"tool_choice": "auto"}, ["tool_choice"]),
        ({"tools": [TIME], "tool_choice": {"type": "function", "function": {"name": "other"}}}, ["tool_choice"]),
        ({"tools": [{"type": "retrieval", "function": {"name": "x"}}]}, ["tools", 0]),
        ({"messages": [*QUESTION, {"role": "tool", "content": "Rain."}]}, ["messages", 1, "tool_call_id"]),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "1"}]}]}, ["messages", 0, "tool_calls", 0]),
        ({"messages": [{"role": "assistant", "content": None}]}, ["messages", 0, "content"]),
    ],
)
def test_what_is_wrong_about_tools_is_named(callers: dict[str, Caller], more: dict[str, Any], place: list[Any]) -> None:
    refused = callers[NEW].post(ROUTES[0], {"messages": QUESTION, **more})
    assert (refused.status_code, refused.json()["detail"]["loc"]) == (422, ["body", *place])


@pytest.mark.parametrize("model", [OLD, NEW])
def test_each_models_own_document_says_what_it_takes(callers: dict[str, Caller], model: str) -> None:
    document = callers[model].get("/openapi.json").json()
    schema = document["paths"]["/v1/chat/completions"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    able = model == NEW
    taken = set(parameter_table().of(Api.CHAT, Family.LLAMA))
    assert set(schema["properties"]) == taken - (set() if able else {"tools", "tool_choice"})
    said = [*QUESTION, {"role": "tool", "tool_call_id": "1", "content": "Rain."}]
    for body, valid in (({"messages": QUESTION}, True), ({"messages": said}, able)):
        assert jsonschema.Draft202012Validator(schema).is_valid(body) is valid


def test_answers_are_of_the_day_that_the_sandbox_believes(callers: dict[str, Caller]) -> None:
    created = callers[NEW].post(ROUTES[0], {"messages": QUESTION}).json()["created"]
    assert dt.datetime.fromtimestamp(created, dt.UTC).date() == DAY
