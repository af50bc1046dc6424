"""Requests to endpoints with anything in them: bodies that are answered, changed in places, and JSON that is odd."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from llama_azure_core.catalogue import Api
from llama_azure_core.parameters import parameter_table
from llama_azure_sandbox.addresses import CLOCK_PATH, WORLD_PATH
from llama_azure_sandbox.inference.routes import COMPLETION_ROUTES
from tests.support.arm import Arm
from tests.support.data_plane import Caller, deploy
from tests.support.estates import make_project
from tests.support.foundry import deploy_model, make_account
from tests.support.online import make_online_deployment, make_online_endpoint, set_traffic

GROUP = "rg-fuzz"
DEPLOYMENT = "fuzzed"  # of the Foundry resource
VERSION = "api-version=2024-05-01-preview"
ANSWERS = {200, 400, 404, 408, 422, 429}
# The endpoints of the fixture, each with the routes that it has.
ROUTES = [
    *(("chat", path.replace("{deployment}", "x")) for path, api, _ in COMPLETION_ROUTES if api is Api.CHAT),
    *(("text", path.replace("{deployment}", "x")) for path, api, _ in COMPLETION_ROUTES if api is Api.COMPLETIONS),
    *(("chat", path) for path in ("/v2/chat", "/v1/chat")),
    *(("shared", path) for path in ("/score", "/v1/chat/completions")),
    *(("foundry", path) for path in ("/openai/v1/chat/completions", f"/models/chat/completions?{VERSION}")),
    ("foundry", f"/openai/deployments/{DEPLOYMENT}/chat/completions?{VERSION}"),
]
MESSAGE = {"role": "user", "content": "How far is the moon?"}
TOOL = {"type": "function", "function": {"name": "measure", "parameters": {"type": "object", "required": ["x"]}}}
# Bodies that are answered, which is where a change gets furthest.
BODIES: list[dict[str, Any]] = [
    {"messages": [MESSAGE], "max_tokens": 4, "temperature": 0.5, "stop": ["x"]},
    {"messages": [MESSAGE, {"role": "assistant", "content": "Far."}, MESSAGE], "stream": True, "n": 2, "max_tokens": 3},
    {"messages": [MESSAGE], "tools": [TOOL], "tool_choice": "auto", "max_tokens": 4},
    {"prompt": "x", "max_tokens": 4, "logprobs": 2, "best_of": 2},
    {"prompt": [[1, 2], [3]], "max_tokens": 4, "use_beam_search": True, "best_of": 3, "temperature": 0},
    {"message": "How far?", "chat_history": [{"role": "USER", "message": "x"}], "max_tokens": 4},
    {"input_data": {"input_string": [MESSAGE], "parameters": {"max_new_tokens": 4}}},
    {"input_data": {"input_string": ["x"], "parameters": {"temperature": 0.1, "do_sample": True}}},
    {"model": DEPLOYMENT, "messages": [MESSAGE], "max_completion_tokens": 4, "stream_options": {"include_usage": True}},
    {"model": DEPLOYMENT, "messages": [MESSAGE], "stream": True, "n": 2, "max_tokens": 3, "tools": [TOOL]},
    {"model": DEPLOYMENT, "messages": [MESSAGE], "response_format": {"type": "text"}, "parallel_tool_calls": True},
]
NAMES = [*parameter_table().parameters, *parameter_table().score, "role", "content", "type", "text", "x"]
# Spelled out: what json.dumps does not write, and what it writes and nobody expects.
ODD_JSON = [
    *(
        "1e999",
        "-1e999",
        "1e-999",
        "1" + "0" * 400,
        "1" + "0" * 5000,
        "-0",
        "NaN",
        "Infinity",
        '"\\ud800"',
        '"\\u0000"',
    ),
    *(
        "[" * 200 + "]" * 200,
        '{"x":' * 200 + "1" + "}" * 200,
        "[" * 5000,
        '"' + "x" * 70_000 + '"',
        "tru",
        "",
        "{}",
        "[]",
    ),
]
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-(10**40), 10**40), st.floats(width=32), st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=8,
)
HOLE = "b0d1e5-hole"


def fuzzed_endpoints(arm: Arm) -> dict[str, Caller]:
    """Make an endpoint for each kind of routes, with limits that no attack comes to but by what it asks for."""
    make_project(arm, GROUP)
    limits = {"requestsPerMinute": 1_000_000, "tokensPerMinute": 20_000, "requestsPerSecond": 1_000_000}
    assert arm.client.patch(WORLD_PATH, json={"limits": limits}).status_code == 200
    chat = deploy(arm, GROUP, "chatty", "Meta-Llama-3-8B-Instruct")
    text = deploy(arm, GROUP, "writer", "Meta-Llama-3-8B")
    shared = make_online_endpoint(arm, GROUP, "shared")
    make_online_deployment(arm, GROUP, "shared", "blue")
    set_traffic(arm, GROUP, "shared", {"blue": 100})
    account = make_account(arm, GROUP, "ai-fuzzed")
    deploy_model(arm, GROUP, "ai-fuzzed", DEPLOYMENT, capacity=100)
    foundry = {**account, "primaryKey": account["key1"]}
    made = {"chat": chat, "text": text, "shared": shared, "foundry": foundry}
    return {name: Caller(arm.client, each["uri"], each["primaryKey"]) for name, each in made.items()}


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the way to everything that lies in a body, the body itself included."""
    yield place
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in entries:
        yield from places(inner, (*place, name))


def changed(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    if not place:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = changed(value[place[0]], place[1:], new)
    return copy


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Return the content of a request: a body that is answered, with something else in up to three of its places."""
    body: Any = draw(st.sampled_from(BODIES))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.sampled_from(list(places(body))))
        body = changed(body, place, draw(VALUES))
    if isinstance(body, dict) and draw(st.booleans()):
        body = {**body, draw(st.sampled_from(NAMES)): draw(VALUES)}
    odd = draw(st.sampled_from([None, None, *ODD_JSON]))
    if odd is None:
        return json.dumps(body).encode()
    holed = changed(body, draw(st.sampled_from(list(places(body)))), HOLE)
    return json.dumps(holed).replace(f'"{HOLE}"', odd, 1).encode()


def send(callers: dict[str, Caller], where: tuple[str, str], content: bytes, policy: str | None) -> int:
    """Send a content to one of ``ROUTES``; fail if the answer is none that is documented, and return its status."""
    caller, route = callers[where[0]], where[1]
    credential = {"api-key": str(caller.key)} if where[0] == "foundry" else {"Authorization": f"Bearer {caller.key}"}
    headers = credential | ({"extra-parameters": policy} if policy else {})
    answer = caller.client.post(caller.uri + route, content=content, headers=headers)
    assert answer.status_code in ANSWERS, f"{answer.status_code} of {route} to {content[:300]!r}: {answer.text[:300]}"
    assert not answer.is_error or answer.json()
    if answer.status_code == 429 and where[0] == "foundry":  # its limits are its capacity's: let them pass
        assert caller.client.post(CLOCK_PATH, json={"advanceSeconds": 60}).is_success
    return answer.status_code


POLICIES = st.sampled_from([None, *parameter_table().extra_parameters.values])
