"""An upstream answers for the models; everything around the answer stays as it is."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from llama_azure_sandbox.cli.upstream_option import KEY_VARIABLE
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import StartOptions, running, start, stop
from tests.support.arm import sign_in
from tests.support.data_plane import Caller, calling, deploy, parsed
from tests.support.estates import make_project
from tests.support.online import make_online_deployment, make_online_endpoint, set_traffic
from tests.support.upstream import FakeUpstream, upstream
from tests.support.workbench import sandbox_command

GROUP = "rg-upstream"
KEY = "the-upstreams-own-key"
CHAT: dict[str, Any] = {"messages": [{"role": "user", "content": "How far is the moon?"}], "max_tokens": 32}
CARD = {"input_data": {"input_string": CHAT["messages"]}}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeUpstream]:
    with upstream() as server:
        yield server


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, server: FakeUpstream) -> Iterator[SandboxHome]:
    home = SandboxHome(tmp_path_factory.mktemp("sandbox"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, KEY)
        patch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # nothing listens there
        start(home, StartOptions(port=0, upstream=server.url, upstream_model="llama3:8b"))
    yield home
    stop(home)


@pytest.fixture(scope="module")
def serverless(home: SandboxHome) -> Iterator[Caller]:
    with sign_in(home) as arm:
        make_project(arm, GROUP)
        endpoint = deploy(arm, GROUP, "passing", "Meta-Llama-3-8B-Instruct")
    with calling(home, endpoint["uri"], endpoint["primaryKey"]) as caller:
        yield caller


@pytest.fixture(scope="module")
def managed(home: SandboxHome, serverless: Caller) -> Iterator[Caller]:
    with sign_in(home) as arm:
        endpoint = make_online_endpoint(arm, GROUP, "waiting")
        settings = {"requestTimeout": "PT0.5S", "maxConcurrentRequestsPerInstance": 1}
        make_online_deployment(arm, GROUP, "waiting", "only", requestSettings=settings)
        set_traffic(arm, GROUP, "waiting", {"only": 100})
    with calling(home, endpoint["uri"], endpoint["primaryKey"]) as caller:
        yield caller


@pytest.fixture(autouse=True)
def fresh(server: FakeUpstream) -> None:
    server.text, server.status, server.seconds, server.breaks_off = "It really answers.", 200, 0.0, False
    server.asked.clear()


def test_the_upstream_answers_what_the_caller_asked(server: FakeUpstream, serverless: Caller) -> None:
    body = serverless.post("/v1/chat/completions", {**CHAT, "temperature": 0.5, "stop": "!"}).json()
    assert body["choices"][0]["message"]["content"] == server.text
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"] == {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
    ((path, asked, authorization),) = server.asked
    assert path == "/v1/chat/completions"
    assert asked == {**CHAT, "temperature": 0.5, "stop": ["!"], "model": "llama3:8b", "stream": False}
    assert authorization == f"Bearer {KEY}"


def test_what_is_passed_through_reaches_it(server: FakeUpstream, serverless: Caller) -> None:
    serverless.post("/chat/completions", {**CHAT, "mirostat": 2}, extra_parameters="pass-through")
    assert server.asked[0][1]["mirostat"] == 2


def test_a_scoring_request_reaches_it_in_its_own_words(server: FakeUpstream, managed: Caller) -> None:
    parameters = {"temperature": 0.6, "top_p": 0.9, "max_new_tokens": 20}
    managed.post("/score", {"input_data": {"input_string": CHAT["messages"], "parameters": parameters}})
    asked = server.asked[0][1]
    assert (asked["temperature"], asked["top_p"], asked["max_tokens"]) == (0.6, 0.9, 20)


def test_its_stream_is_passed_on(server: FakeUpstream, serverless: Caller) -> None:
    parts = [chunk["choices"][0] for chunk in parsed(serverless.events("/v1/chat/completions", CHAT))]
    assert "".join(part["delta"]["content"] for part in parts) == server.text
    assert [part["finish_reason"] for part in parts if part["finish_reason"]] == ["stop"]


def test_a_wrong_request_does_not_reach_it(server: FakeUpstream, serverless: Caller) -> None:
    assert serverless.post("/v1/chat/completions", {**CHAT, "temperature": 3}).status_code == 422
    assert Caller(serverless.client, serverless.uri, "wrong").post("/chat/completions", CHAT).status_code == 401
    assert serverless.post("/chat/completions", {"messages": [{"role": "user", "content": "massacre"}]}).is_error
    assert server.asked == []


@pytest.mark.parametrize("stream", [False, True])
def test_its_answers_are_filtered(server: FakeUpstream, serverless: Caller, stream: bool) -> None:
    server.text = "At noon you build a bomb, they say."
    if stream:
        parts = [chunk["choices"][0] for chunk in parsed(serverless.events("/v1/chat/completions", CHAT))]
        said, reason = "".join(part["delta"]["content"] for part in parts), parts[-1]["finish_reason"]
    else:
        choice = serverless.post("/v1/chat/completions", CHAT).json()["choices"][0]
        said, reason = choice["message"]["content"], choice["finish_reason"]
    assert (said, reason) == ("At noon you ", "content_filter")


def test_its_errors_are_told_plainly(server: FakeUpstream, serverless: Caller, managed: Caller) -> None:
    server.status = 404
    answer = serverless.post("/v1/chat/completions", CHAT)
    assert answer.status_code == 502
    assert answer.json()["message"].startswith(f"the upstream {server.url}/v1 answered 404: ")
    assert "no such model" in answer.json()["message"]
    failed = managed.post("/score", CARD)
    assert failed.status_code == 424
    assert failed.headers["ms-azureml-model-error-statuscode"] == "404"
    assert "no such model" in failed.headers["ms-azureml-model-error-reason"]


def test_a_stream_that_breaks_off_has_no_end(server: FakeUpstream, serverless: Caller) -> None:
    server.text, server.breaks_off = "It really answers, and at some length, but not to its end.", True
    *parts, last = serverless.events("/v1/chat/completions", CHAT)
    assert parts
    assert "broke off" in json.loads(last)["error"]["message"]


def test_managed_compute_waits_no_longer_than_its_request_timeout(server: FakeUpstream, managed: Caller) -> None:
    assert managed.post("/score", CARD).json() == {"output": server.text}
    server.seconds = 15.0
    began = time.monotonic()
    answer = managed.post("/score", CARD)
    assert (answer.status_code, answer.json()["code"]) == (408, "RequestTimeout")
    assert time.monotonic() - began < server.seconds


def test_managed_compute_takes_so_many_requests_at_a_time(
    home: SandboxHome, server: FakeUpstream, managed: Caller
) -> None:
    """One instance with one request at a time works on one and lets one wait; the third is refused (source S25)."""
    with sign_in(home) as arm:
        settings = {"requestTimeout": "PT1M", "maxConcurrentRequestsPerInstance": 1}
        make_online_deployment(arm, GROUP, "waiting", "patient", requestSettings=settings)
    server.may_answer.clear()

    def status(_: int) -> tuple[int, str | None]:
        answer = managed.post("/score", CARD, azureml_model_deployment="patient")
        server.may_answer.set()  # of the three, the one that is refused is the first that is over
        return answer.status_code, answer.headers.get("Retry-After")

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(status, range(3))) == [(200, None), (200, None), (429, "1")]


def test_an_upstream_that_gives_a_choice_at_a_time_is_asked_until_there_are_n(
    server: FakeUpstream, serverless: Caller
) -> None:
    body = serverless.post("/v1/chat/completions", {**CHAT, "n": 3, "best_of": 4, "seed": 7}).json()
    assert [one["index"] for one in body["choices"]] == [0, 1, 2]
    assert {one["message"]["content"] for one in body["choices"]} == {server.text}
    assert body["usage"] == {"prompt_tokens": 5, "completion_tokens": 9, "total_tokens": 14}
    assert [(asked["n"], asked["seed"]) for _, asked, _ in server.asked] == [(3, 7), (2, 8), (1, 9)]
    server.asked.clear()
    events = serverless.events("/v1/chat/completions", {**CHAT, "n": 2})
    texts = {0: "", 1: ""}
    for event in events[:-1]:
        for choice in json.loads(event)["choices"]:
            texts[choice["index"]] += choice["delta"].get("content") or ""
    assert texts == {0: server.text, 1: server.text}


def test_an_upstream_that_is_not_there_is_named_with_the_way_out(
    home: SandboxHome, server: FakeUpstream, serverless: Caller
) -> None:
    stop(home)
    start(home, StartOptions(upstream="http://127.0.0.1:9/v1"))
    answer = serverless.post("/v1/chat/completions", CHAT)
    assert answer.status_code == 502
    assert "http://127.0.0.1:9/v1 cannot be reached" in answer.json()["message"]
    assert "without --upstream" in answer.json()["message"]
    assert serverless.post("/v1/chat/completions", {**CHAT, "stream": True}).status_code == 502


def test_a_restart_keeps_the_upstream_until_it_is_ended(home: SandboxHome, serverless: Caller) -> None:
    record = running(home)
    assert record is not None
    stop(home)
    assert f"upstream {record.upstream}" in sandbox_command(home, "start").stdout
    stop(home)
    assert "upstream" not in sandbox_command(home, "start", "--upstream", "none").stdout
    assert serverless.post("/v1/chat/completions", CHAT).status_code == 200


@pytest.mark.parametrize(
    ("url", "said"),
    [("ftp://x", "is not a web address"), ("llama", "is not a web address"), ("http://me:secret@host", KEY_VARIABLE)],
)
def test_an_address_that_is_none_is_refused(home: SandboxHome, url: str, said: str) -> None:
    refused = sandbox_command(home, "start", "--upstream", url)
    assert refused.returncode != 0
    assert said in refused.stderr
    assert "secret" not in refused.stderr
