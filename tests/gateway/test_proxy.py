"""Unmodified LiteLLM proxies in front of a deployed stack, called by OpenAI's client.

Two of them share Redis and PostgreSQL; what one learns, the other knows. The stack is changed while it is called in the
end, so the tests run in order.
"""

import concurrent.futures
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx2
import openai
import pytest

from llama_azure_sandbox.client.faults import add_fault, clear_faults, faults
from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.process import trusting
from scripts.gateway.local import Proxy, open_proxies, open_shared
from tests.gateway.estate import (
    ASKED,
    BUSY,
    CHAT,
    LARGE,
    MESSAGES,
    STACK,
    WORDS,
    Load,
    answers,
    azure_name,
    client,
    configured,
    describe,
    open_stack,
)
from tests.support.workbench import Workbench

MASTER_KEY = "sk-of-this-test-alone"
A_MINUTE = 60
"""Requests a minute of each of the two endpoints that are asked for all they give."""
PRICES = {f"chat{suffix}": (Decimal("0.0001"), Decimal("0.0001")) for suffix in ("", "-2", "-3")}
"""Nobody's: a budget is spent by prices, and no document of Azure has those of these models."""
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
    made, variables = configured(bench, PRICES, database=True, redis=True)
    # An endpoint rests for a second, so that a test meets what the one before broke; Azure's minute is a small one.
    made.document["router_settings"]["cooldown_time"] = 1
    made.document["general_settings"]["proxy_batch_write_at"] = 1
    for one in made.document["model_list"]:
        if one["model_name"] == BUSY:
            one["litellm_params"]["rpm"] = A_MINUTE
    folder, known = bench.folder / "gateway", {**variables, "LITELLM_MASTER_KEY": MASTER_KEY}
    with open_shared(folder) as shared, open_proxies(folder, made.text(), known, shared, ports=(0, 0)) as proxies:
        yield proxies


@pytest.fixture
def ai(proxies: list[Proxy]) -> Iterator[openai.OpenAI]:
    with client(proxies[0]) as ai:
        yield ai


@pytest.fixture(autouse=True)
def no_faults(bench: Workbench) -> Iterator[None]:
    yield
    clear_faults(bench.home)


def text_of(parts: Any) -> str:
    return "".join(choice.delta.content or "" for part in parts for choice in part.choices)


def asked_so_far(bench: Workbench) -> int:
    return sum(sum(one.values()) for one in answers(bench).values())


@pytest.mark.client("LiteLLM proxy", "chat, whole and streamed, through the openai client, with the usage in the end")
@pytest.mark.parametrize("model", [CHAT, LARGE])
def test_chat_is_answered_whole_and_streamed(ai: openai.OpenAI, model: str) -> None:
    asked = {**ASKED, "model": model}
    whole = ai.chat.completions.create(**asked)
    parts = list(ai.chat.completions.create(stream=True, stream_options={"include_usage": True}, **asked))
    assert text_of(parts) == whole.choices[0].message.content
    assert whole.usage is not None
    assert parts[-1].usage is not None
    assert parts[-1].usage.total_tokens == whole.usage.total_tokens


@pytest.mark.client("LiteLLM proxy", "completions")
def test_a_text_is_completed(ai: openai.OpenAI) -> None:
    answer = ai.completions.create(model=WORDS, prompt="The moon is", max_tokens=8)
    assert answer.choices[0].text
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 8


@pytest.mark.client("LiteLLM proxy", "tools")
def test_a_tool_is_called(ai: openai.OpenAI) -> None:
    choice: Any = {"type": "function", "function": {"name": "distance_to"}}
    answer = ai.chat.completions.create(model=LARGE, messages=MESSAGES, tools=TOOLS, tool_choice=choice)
    calls = answer.choices[0].message.tool_calls
    assert calls
    assert calls[0].type == "function"
    assert calls[0].function.name == "distance_to"
    assert isinstance(json.loads(calls[0].function.arguments), dict)


@pytest.mark.client("LiteLLM proxy", "an unknown model, a wrong key and a wrong parameter are refused as such")
def test_what_is_wrong_with_a_request_is_told(bench: Workbench, proxies: list[Proxy], ai: openai.OpenAI) -> None:
    before = asked_so_far(bench)
    with pytest.raises(openai.BadRequestError):
        ai.chat.completions.create(**{**ASKED, "model": "Llama-9"})
    with client(proxies[0], "sk-nobodys") as other, pytest.raises(openai.AuthenticationError):
        other.chat.completions.create(**ASKED)
    assert asked_so_far(bench) == before
    with pytest.raises(openai.UnprocessableEntityError, match="temperature: must be at most 2"):
        ai.chat.completions.create(**{**ASKED, "temperature": 9})
    # LiteLLM asks the other two as well: it knows 400 for a request that is wrong everywhere, and this is 422.
    assert asked_so_far(bench) == before + 3


FAULTS: dict[str, dict[str, Any]] = {
    "is throttled": {"kind": "throttle", "retry_after_seconds": 1},
    "fails": {"kind": "server-error", "status": 503},
    "has another key": {"kind": "rotated-key"},
    "breaks connections": {"kind": "reset"},
    "breaks streams before their first word": {"kind": "cut-stream", "after_chunks": 0},
}


@pytest.mark.client("LiteLLM proxy", "one of three endpoints throttles, fails, breaks off or has another key")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_caller_sees_that_one_of_three_endpoints(
    bench: Workbench, proxies: list[Proxy], fault: dict[str, Any]
) -> None:
    time.sleep(1.5)  # until none rests
    add_fault(bench.home, name=azure_name(bench, "chat-2"), plane="data", **fault)
    with Load(proxies, pause=0, streams=fault["kind"] == "cut-stream") as load:
        load.wait_for(24)
    assert load.failed == []
    assert faults(bench.home)[0]["struck"] > 0


@pytest.mark.client("LiteLLM proxy", "a stream that breaks within its answer ends in an error, and not as if whole")
def test_an_answer_that_breaks_off_is_told_as_such(bench: Workbench, ai: openai.OpenAI) -> None:
    for key in ("chat", "chat-2", "chat-3"):
        add_fault(bench.home, "cut-stream", name=azure_name(bench, key), plane="data", after_chunks=3)
    with pytest.raises(openai.APIError):
        list(ai.chat.completions.create(stream=True, **ASKED))


@pytest.mark.client("LiteLLM proxy", "a team's key is refused other models, and stopped at its budget on two proxies")
def test_a_teams_key_is_refused_a_model_and_stopped_at_its_budget_on_both_proxies(
    proxies: list[Proxy],
) -> None:
    time.sleep(1.5)
    wanted = {"team_alias": "search", "models": [CHAT], "max_budget": 0.01}
    team = proxies[0].call("POST", "/team/new", wanted)["team_id"]
    key = proxies[0].call("POST", "/key/generate", {"team_id": team})["key"]
    answered: Counter[int] = Counter()
    stopped: set[int] = set()
    for _ in range(40):
        for number, proxy in enumerate(proxies):
            with client(proxy, key) as ai:
                with pytest.raises(openai.PermissionDeniedError):
                    ai.chat.completions.create(**{**ASKED, "model": LARGE})
                try:
                    answered[number] += bool(ai.chat.completions.create(**ASKED).choices)
                except openai.UnprocessableEntityError as error:
                    stopped |= {number} if "Budget has been exceeded" in str(error) else set()
        if len(stopped) == len(proxies):
            break
    assert stopped == {0, 1}
    each = (ASKED["max_tokens"] + 6) * PRICES["chat"][0]
    # Each was stopped by what both had spent, but for the requests that were under way.
    assert sum(answered.values()) <= float(Decimal("0.01") / each) + 4
    assert all(answered[number] for number in range(2))


@pytest.mark.client("LiteLLM proxy", "the limits of two endpoints are shared by two proxies, and used up to the last")
def test_twice_one_endpoints_limit_is_answered_by_two_and_neither_exceeds_its_own(
    bench: Workbench, proxies: list[Proxy]
) -> None:
    change_world(bench.home, limits={"requestsPerMinute": A_MINUTE})
    since = len(journal(bench.home))
    clients = [client(proxy) for proxy in proxies]

    def ask(number: int) -> str | None:
        asked = {**ASKED, "model": BUSY}
        text: str | None = clients[number % 2].chat.completions.create(**asked).choices[0].message.content
        return text

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(2 * A_MINUTE)))
    seen = answers(bench, since)
    assert {counts[200] for counts in seen.values()} == {A_MINUTE}
    change_world(bench.home, limits={})


def command(bench: Workbench, *arguments: str) -> dict[str, Any]:
    """Return what `llama-azure gateway` tells."""
    answer = subprocess.run(
        [sys.executable, "-m", "llama_azure_cli", "gateway", *arguments, "--json"],
        cwd=bench.project,
        env={**bench.environment, "LITELLM_MASTER_KEY": MASTER_KEY},
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(answer.stdout)
    return told


def usage(bench: Workbench, proxy: Proxy) -> dict[str, Any]:
    """Return who used what, of the last hour."""
    return command(bench, "usage", "--stack", STACK, "--url", proxy.url, "--hours", "1")


def direct(bench: Workbench, key: str) -> dict[str, Any]:
    """Return how OpenAI's client asks an endpoint itself."""
    outputs = bench.outputs(STACK)
    http = httpx2.Client(verify=trusting(bench.home))
    address = {"base_url": outputs["endpoints"][key]["baseUrl"], "api_key": outputs["endpointKeys"][key]}
    return {**address, "http_client": http}


def test_the_proxys_books_agree_with_azures_metrics(bench: Workbench, proxies: list[Proxy]) -> None:
    for _ in range(10):
        time.sleep(3)  # until the proxies have written what they noted
        told = usage(bench, proxies[0])
        if all(one["difference"] is None for one in told["endpoints"] if one["endpoint"] == "large"):
            break
    (team,) = proxies[0].call("GET", "/team/list")
    of_team = [one for one in told["uses"] if one["team"] == team["team_id"]]
    assert {one["model"] for one in of_team if one["promptTokens"]} == {CHAT}
    assert sum(one["spend"] for one in of_team) == pytest.approx(team["spend"])
    books = {one["endpoint"]: one for one in told["endpoints"]}
    assert books["large"]["difference"] is None
    assert books["large"]["gateway"] == books["large"]["azure"]
    # What a caller asks past the gateway stands in Azure's book alone.
    with openai.OpenAI(**direct(bench, "words"), max_retries=0) as past:
        past.completions.create(model="llama", prompt="The moon is", max_tokens=8)
    again = {one["endpoint"]: one for one in usage(bench, proxies[0])["endpoints"]}
    assert again["words"]["difference"].startswith("Azure has +")
    assert "past the gateway" in again["words"]["difference"]


@pytest.mark.client("LiteLLM proxy", "an update takes away an endpoint that it still sends requests to, and adds one")
def test_capacity_is_lowered_and_raised_under_load_without_a_failed_request(
    bench: Workbench, proxies: list[Proxy]
) -> None:
    with Load(proxies, callers=2) as load:
        load.wait_for(10)
        describe(bench, deployments=2)
        counts = bench.changes("up", "--stack", STACK)
        assert counts["delete"] > 0
        load.wait_for(20)
        describe(bench, deployments=3)
        counts = bench.changes("up", "--stack", STACK)
        assert counts["create"] > 0
        load.wait_for(20)
    assert load.failed == []
    assert [counts[404] for name, counts in answers(bench).items() if counts[404]]


def test_no_secret_is_in_the_configuration_or_in_the_state(bench: Workbench, proxies: list[Proxy]) -> None:
    made, variables = configured(bench)
    assert command(bench, "config", "--stack", STACK)["config"] == bench.outputs(STACK)["litellm"]
    keys = {variables[name] for name in made.keys}
    exported = bench.pulumi("stack", "export", "--stack", STACK).stdout
    assert keys
    assert not any(key in made.text() or key in exported for key in keys)
    logs = "".join(one.log.read_text(encoding="utf-8", errors="replace") for one in proxies)
    assert not any(key in logs for key in (*keys, MASTER_KEY))
    assert os.environ.get("LITELLM_MASTER_KEY") is None
