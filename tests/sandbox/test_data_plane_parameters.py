"""Every parameter of the document's tables: default, range, and the rules between them, read from the data file."""

from collections.abc import Iterator
from typing import Any

import pytest

from llama_azure_core.catalogue import Api
from llama_azure_core.parameters import Family, Parameter, parameter_table
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.inference.combinations import CHECKS
from tests.support.arm import Arm
from tests.support.data_plane import Caller, calling, deploy, parsed
from tests.support.estates import make_project

GROUP = "rg-parameters"
TABLE = parameter_table()
ROUTES = {
    (Api.CHAT, Family.LLAMA): "/v1/chat/completions",
    (Api.COMPLETIONS, Family.LLAMA): "/v1/completions",
    (Api.CHAT, Family.MODEL_INFERENCE): "/chat/completions?api-version=2024-05-01-preview",
    (Api.COMPLETIONS, Family.MODEL_INFERENCE): "/completions?api-version=2024-05-01-preview",
}
FAMILIES = (Family.LLAMA, Family.MODEL_INFERENCE)  # of all endpoints; OPENAI is that of Foundry resources
PROMPTS: dict[Api, dict[str, Any]] = {
    Api.CHAT: {"messages": [{"role": "user", "content": "What is the distance to the moon?"}]},
    Api.COMPLETIONS: {"prompt": "What is the distance to the moon?"},
}
NAMED = [(api, family, name, row) for api, family in ROUTES for name, row in TABLE.of(api, family).items()]
ROWS = [pytest.param(*one, id=f"{one[1]}-{one[0]}-{one[2]}") for one in NAMED]
RANGES = [pytest.param(*one, id=f"{one[1]}-{one[0]}-{one[2]}") for one in NAMED if one[3].minimum is not None]
# Values of another type than a row's, by the row's type.
FOREIGN: dict[str, list[Any]] = {
    "string": [1, ["x"], {}],
    "messages": [
        "hello",
        [],
        ["hello"],
        [{"role": "user"}],
        [{"role": "robot", "content": "x"}],
        [{"role": "user", "content": []}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/moon.png"}}]}],
    ],
    "prompts": [1, {}, [], [1.5], [-1], [[]], [["x"]], ["x", 1], ["x", [1]], [2**31]],
    "boolean": ["maybe", 2, "", [True]],
    "integer": ["1.5", "one", 1.5, "", [1], "1e999", 1e300],
    "number": ["one", "", [1], "inf", "nan", "1e999"],
    "strings": [1, [1], "", [""], {}],
    "integers": [1, "1", ["one"], [1.5]],
    "object": ["x", [1]],
    "response-format": ["x", [1], {"type": "json_object"}, {"type": "json_schema"}, {}],
    "tools": ["x", [1], {}, [], [{"type": "function"}], [{"type": "function", "function": {"name": ""}}]],
    "tool-choice": ["sometimes", 1, {"type": "function"}],
}
# What has to go along with a value for the rules between parameters to hold.
COMPANY: dict[str, dict[str, Any]] = {
    "best_of": {"n": 1, "max_tokens": 2},
    "n": {"max_tokens": 2},
    "use_beam_search": {"best_of": 2, "temperature": 0},
}
RULE_BREAKERS: dict[str, list[dict[str, Any]]] = {
    "best-of-exceeds-n": [{"best_of": 1, "n": 2}, {"best_of": 2, "n": 2}],
    "best-of-does-not-stream": [{"best_of": 2, "stream": True}],
    "beam-search-needs-candidates": [{"use_beam_search": True, "temperature": 0}],
    "beam-search-is-greedy": [{"use_beam_search": True, "best_of": 2}],
    "context-length": [{"max_tokens": 8192}],
    "token-quota": [{"best_of": 128, "max_tokens": 2000}],
}


@pytest.fixture(scope="module")
def callers(home: SandboxHome, arm: Arm) -> Iterator[dict[Api, Caller]]:
    make_project(arm, GROUP)
    chat = deploy(arm, GROUP, "chatty", "Meta-Llama-3-8B-Instruct")
    text = deploy(arm, GROUP, "writer", "Meta-Llama-3-8B")
    with (
        calling(home, chat["uri"], chat["primaryKey"]) as chats,
        calling(home, text["uri"], text["primaryKey"]) as writes,
    ):
        yield {Api.CHAT: chats, Api.COMPLETIONS: writes}


def choices(caller: Caller, route: str, body: dict[str, Any]) -> Any:
    answer = caller.post(route, body)
    assert answer.status_code == 200, answer.text
    return answer.json()["choices"]


@pytest.mark.parametrize(("api", "family", "name", "row"), ROWS)
def test_a_parameter_left_out_is_one_with_its_default(
    callers: dict[Api, Caller], api: Api, family: Family, name: str, row: Parameter
) -> None:
    caller, route, prompt = callers[api], ROUTES[api, family], PROMPTS[api]
    if row.required:
        refused = caller.post(route, {key: value for key, value in prompt.items() if key != name})
        assert (refused.status_code, refused.json()["detail"]["loc"]) == (422, ["body", name])
        return
    without = {key: value for key, value in prompt.items() if key != name}
    left_out = choices(caller, route, without)
    assert choices(caller, route, {**without, name: row.default}) == left_out
    assert choices(caller, route, {**without, name: None}) == left_out


@pytest.mark.parametrize(("api", "family", "name", "row"), ROWS)
def test_values_of_another_type_or_out_of_range_are_refused_by_name(
    callers: dict[Api, Caller], api: Api, family: Family, name: str, row: Parameter
) -> None:
    outside = []
    if row.minimum is not None:
        outside.append(row.minimum - 1)
    if row.maximum is not None:
        outside.append(row.maximum + 1)
    wrong = [[value] for value in outside] if row.type == "integers" else outside
    for value in [*FOREIGN[row.type], *wrong, *([None] if row.required else [])]:
        refused = callers[api].post(ROUTES[api, family], {**PROMPTS[api], name: value})
        assert refused.status_code == 422, f"{name}={value!r} was answered {refused.status_code}"
        assert refused.headers["x-ms-error-code"] == refused.json()["code"] == "parameter_not_supported"
        assert refused.json()["detail"]["loc"][:2] == ["body", name]


@pytest.mark.parametrize(("api", "family", "name", "row"), RANGES)
def test_the_ends_of_a_range_belong_to_it(
    callers: dict[Api, Caller], api: Api, family: Family, name: str, row: Parameter
) -> None:
    ends = [end for end in (row.minimum, row.maximum) if end is not None]
    for end in ends:
        value: Any = int(end) if row.type == "integer" else [int(end)] if row.type == "integers" else end
        choices(callers[api], ROUTES[api, family], {**PROMPTS[api], **COMPANY.get(name, {}), name: value})


def test_every_rule_between_parameters_has_a_check_and_a_test() -> None:
    assert set(TABLE.combinations) == set(CHECKS) == set(RULE_BREAKERS)


@pytest.mark.parametrize("api", PROMPTS)
@pytest.mark.parametrize(
    ("rule", "values"),
    [pytest.param(rule, one, id=f"{rule}-{one}") for rule, many in RULE_BREAKERS.items() for one in many],
)
def test_a_broken_rule_is_told(callers: dict[Api, Caller], api: Api, rule: str, values: dict[str, Any]) -> None:
    refused = callers[api].post(ROUTES[api, Family.LLAMA], {**PROMPTS[api], **values})
    combination = TABLE.combinations[rule]
    assert refused.status_code == 422, refused.text
    assert refused.json()["detail"]["loc"] == ["body", combination.names[0]]
    assert combination.rule in refused.json()["message"]


@pytest.mark.parametrize("api", PROMPTS)
@pytest.mark.parametrize(
    "values",
    [
        {"best_of": 3, "n": 2},
        {"best_of": 1, "n": 1},
        {"n": 3},
        {"use_beam_search": True, "best_of": 2, "temperature": 0},
    ],
)
def test_a_rule_that_is_kept_lets_the_request_pass(
    callers: dict[Api, Caller], api: Api, values: dict[str, Any]
) -> None:
    assert len(choices(callers[api], ROUTES[api, Family.LLAMA], {**PROMPTS[api], **values})) == values.get("n", 1)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("api", PROMPTS)
def test_the_header_governs_parameters_that_a_route_does_not_have(
    callers: dict[Api, Caller], api: Api, family: Family
) -> None:
    caller, route, prompt = callers[api], ROUTES[api, family], PROMPTS[api]
    unknown = {**prompt, "safe_mode": True}
    for refused in (caller.post(route, unknown), caller.post(route, unknown, extra_parameters="error")):
        assert refused.status_code == TABLE.routes[family].refusal
        assert "safe_mode" in refused.json()["message"]
        assert "extra-parameters" in refused.json()["message"]
    for policy in TABLE.extra_parameters.values[1:]:
        assert caller.post(route, unknown, extra_parameters=policy).json()["choices"] == choices(caller, route, prompt)
    assert caller.post(route, prompt, extra_parameters="maybe").status_code == 400


@pytest.mark.parametrize("extra", [{"stream_options": {"include_usage": True}}, {"user": "me"}, {"n": 2}])
@pytest.mark.parametrize("api", PROMPTS)
def test_the_model_inference_api_refuses_what_it_does_not_have_in_azures_words(
    callers: dict[Api, Caller], api: Api, extra: dict[str, Any]
) -> None:
    """Source S102, S103: what clients of OpenAI's API send by themselves is refused without the header."""
    caller, (name,) = callers[api], extra
    refused = caller.post(ROUTES[api, Family.MODEL_INFERENCE], {**PROMPTS[api], **extra})
    assert refused.status_code == 400
    assert refused.json()["detail"].startswith(f"Extra parameters ['{name}'] are not allowed when extra-parameters is")
    choices(caller, ROUTES[api, Family.LLAMA], {**PROMPTS[api], **extra})


@pytest.mark.parametrize("api", PROMPTS)
def test_what_is_passed_through_reaches_the_model(callers: dict[Api, Caller], api: Api) -> None:
    """The Model Inference API has no n; the model has, and holds it to its range."""
    caller, route = callers[api], ROUTES[api, Family.MODEL_INFERENCE]
    body = {**PROMPTS[api], "n": 2}
    for policy in TABLE.extra_parameters.drops:
        assert len(caller.post(route, body, extra_parameters=policy).json()["choices"]) == 1
    assert len(caller.post(route, body, extra_parameters="pass-through").json()["choices"]) == 2
    assert caller.post(route, {**body, "n": 0}, extra_parameters="pass-through").status_code == 422


@pytest.mark.parametrize("kind", ["json_object", "json_schema"])
def test_a_format_that_no_model_has_is_refused(callers: dict[Api, Caller], kind: str) -> None:
    body = {**PROMPTS[Api.CHAT], "response_format": {"type": kind}}
    refused = callers[Api.CHAT].post(ROUTES[Api.CHAT, Family.MODEL_INFERENCE], body)
    assert refused.status_code == 422
    assert refused.json()["detail"] | {"msg": ""} == {"loc": ["body", "response_format"], "input": kind, "msg": ""}
    allowed = {**body, "response_format": {"type": "text"}}
    choices(callers[Api.CHAT], ROUTES[Api.CHAT, Family.MODEL_INFERENCE], allowed)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"stream": "False", "temperature": "0.7", "max_tokens": "24"}, {"temperature": 0.7, "max_tokens": 24}),
        ({"max_tokens": 24.0, "top_p": "1", "n": "2"}, {"max_tokens": 24, "n": 2}),
        (
            {"logprobs": True, "max_tokens": 8, "ignore_eos": "no"},
            {"logprobs": 1, "max_tokens": 8, "ignore_eos": False},
        ),
    ],
)
@pytest.mark.parametrize("api", PROMPTS)
def test_numbers_and_booleans_are_read_as_pydantic_reads_them(
    callers: dict[Api, Caller], api: Api, given: dict[str, Any], read: dict[str, Any]
) -> None:
    caller, route = callers[api], ROUTES[api, Family.LLAMA]
    assert choices(caller, route, {**PROMPTS[api], **given}) == choices(caller, route, {**PROMPTS[api], **read})


def test_microsofts_own_notebook_streams_with_a_text_for_true(callers: dict[Api, Caller]) -> None:
    """Source S100."""
    answer = callers[Api.CHAT].post(ROUTES[Api.CHAT, Family.LLAMA], {**PROMPTS[Api.CHAT], "stream": "True"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.endswith("data: [DONE]\n\n")


def test_the_model_inference_api_answers_to_the_end_of_the_text(callers: dict[Api, Caller]) -> None:
    """No max_tokens: the rest of the context for chats, 256 tokens for texts; 16 where the document says so."""
    for api, family in ROUTES:
        answer = callers[api].post(ROUTES[api, family], PROMPTS[api]).json()
        (choice,) = answer["choices"]
        if family is Family.LLAMA:
            assert (choice["finish_reason"], answer["usage"]["completion_tokens"]) == ("length", 16)
        else:
            assert choice["finish_reason"] == "stop"
            assert answer["usage"]["completion_tokens"] > 16


def test_without_a_bound_an_answer_ends_where_the_context_does(callers: dict[Api, Caller]) -> None:
    body = {**PROMPTS[Api.CHAT], "ignore_eos": True}
    answer = callers[Api.CHAT].post(ROUTES[Api.CHAT, Family.MODEL_INFERENCE], body, extra_parameters="pass-through")
    assert answer.json()["usage"]["total_tokens"] == 8192
    text = {**PROMPTS[Api.COMPLETIONS], "ignore_eos": True}
    answer = callers[Api.COMPLETIONS].post(
        ROUTES[Api.COMPLETIONS, Family.MODEL_INFERENCE], text, extra_parameters="pass-through"
    )
    assert answer.json()["usage"]["completion_tokens"] == 256


@pytest.mark.parametrize("family", FAMILIES)
def test_each_prompt_of_a_list_has_its_own_choices(callers: dict[Api, Caller], family: Family) -> None:
    caller, route = callers[Api.COMPLETIONS], ROUTES[Api.COMPLETIONS, family]
    alone = [choices(caller, route, {"prompt": one, "max_tokens": 12})[0]["text"] for one in ("The moon", "The sun")]
    body = {"prompt": ["The moon", "The sun"], "max_tokens": 12}
    both = choices(caller, route, body)
    assert [(one["index"], one["text"]) for one in both] == list(enumerate(alone))
    streamed = ["", ""]
    for chunk in parsed(caller.events(route, body)):
        streamed[chunk["choices"][0]["index"]] += chunk["choices"][0]["text"]
    assert streamed == alone
    twice = choices(caller, ROUTES[Api.COMPLETIONS, Family.LLAMA], {**body, "n": 2})
    assert [one["index"] for one in twice] == [0, 1, 2, 3]
    assert [one["text"] for one in twice][::2] == alone


@pytest.mark.parametrize(("prompt", "tokens"), [([3838, 374], 2), ([[3838, 374], [9999]], 3)])
def test_a_prompt_of_tokens_is_as_long_as_it_says(callers: dict[Api, Caller], prompt: Any, tokens: int) -> None:
    route = ROUTES[Api.COMPLETIONS, Family.MODEL_INFERENCE]
    answer = callers[Api.COMPLETIONS].post(route, {"prompt": prompt, "max_tokens": 4}).json()
    assert answer["usage"]["prompt_tokens"] == tokens


@pytest.mark.parametrize("family", FAMILIES)
def test_parts_of_a_messages_text_are_read_together(callers: dict[Api, Caller], family: Family) -> None:
    parts = [{"type": "text", "text": "How far is"}, {"type": "text", "text": "the moon?"}]
    caller, route = callers[Api.CHAT], ROUTES[Api.CHAT, family]
    told = choices(caller, route, {"messages": [{"role": "user", "content": parts}], "max_tokens": 30})
    whole = {"messages": [{"role": "user", "content": "How far is\nthe moon?"}], "max_tokens": 30}
    assert told == choices(caller, route, whole)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"null", b'{"prompt": NaN}', b'{"prompt": "\\ud800"}'])
def test_a_body_that_is_no_object_is_a_bad_request(callers: dict[Api, Caller], content: bytes) -> None:
    caller = callers[Api.COMPLETIONS]
    headers = {"Authorization": f"Bearer {caller.key}", "Content-Type": "application/json"}
    answer = caller.client.post(caller.uri + "/v1/completions", content=content, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b'{"prompt": "x", "temperature": 1e999}', ["temperature"]),
        (b'{"prompt": "x", "mirostat": [0, -1e999]}', ["mirostat", 1]),
        (b'{"prompt": "x", "seed": 1' + b"0" * 400 + b"}", ["seed"]),
        (b'{"prompt": "x", "temperature": 1' + b"0" * 250 + b"}", ["temperature"]),
        (b'{"prompt": "x", "max_tokens": 1' + b"0" * 5000 + b"}", ["max_tokens"]),
        (b'{"prompt": ' + b"[" * 400 + b"]" * 400 + b"}", []),
        (b"[" * 100_000, []),
        (b'{"x":' * 50_000, []),
    ],
    ids=lambda one: str(one)[:48],
)
@pytest.mark.parametrize("policy", ["error", "pass-through"])
def test_numbers_without_end_and_json_without_a_floor_are_refused(
    callers: dict[Api, Caller], content: bytes, where: list[str | int], policy: str
) -> None:
    caller = callers[Api.COMPLETIONS]
    headers = {"Authorization": f"Bearer {caller.key}", "extra-parameters": policy}
    answer = caller.client.post(caller.uri + "/v1/completions", content=content, headers=headers)
    assert (answer.status_code, answer.json()["detail"]["loc"]) == (422, ["body", *where])


def test_each_kind_of_model_answers_its_own_api_only(callers: dict[Api, Caller]) -> None:
    for (api, _), route in ROUTES.items():
        other = callers[Api.COMPLETIONS if api is Api.CHAT else Api.CHAT]
        assert other.post(route, PROMPTS[api]).status_code == 404
