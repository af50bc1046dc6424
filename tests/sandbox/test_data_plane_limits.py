"""The rate limits of a deployment, exact to one request, and the meters of what passed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue import find_model
from llama_azure_sandbox.client.world import advance_clock, change_world
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import StartOptions, start, stop
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.data_plane import Caller, calling, deploy
from tests.support.estates import make_project, workspace

GROUP = "rg-limits"
LIMITS = load_facts("limits")["serverless"]
METERS = load_facts("meters")["inference"]
QUESTION = {"messages": [{"role": "user", "content": "How far?"}], "max_tokens": 4}
PROMPT_TOKENS = 3


@pytest.fixture(scope="module")
def project(arm: Arm) -> None:
    make_project(arm, GROUP)


@pytest.fixture(scope="module")
def caller(home: SandboxHome, arm: Arm, project: None) -> Iterator[Caller]:
    endpoint = deploy(arm, GROUP, "limited", "Meta-Llama-3-8B-Instruct")
    with calling(home, endpoint["uri"], endpoint["primaryKey"]) as caller:
        yield caller


@pytest.fixture(autouse=True)
def a_minute_later(home: SandboxHome) -> None:
    advance_clock(home, seconds=60)


def ask(caller: Caller, **parameters: Any) -> int:
    return caller.post("/v1/chat/completions", {**QUESTION, **parameters}).status_code


def test_of_concurrent_requests_exactly_the_limit_passes(caller: Caller) -> None:
    """The limit is the document's 1,000 requests a minute; six more are sent, from several threads."""
    most = LIMITS["requestsPerMinute"]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: ask(caller), range(most + 6)))
    assert (answers.count(200), answers.count(429)) == (most, 6)


def test_a_refusal_says_in_whole_seconds_when_the_next_request_passes(home: SandboxHome, caller: Caller) -> None:
    change_world(home, limits={"requestsPerMinute": 3})
    try:
        assert [ask(caller) for _ in range(4)] == [200, 200, 200, 429]
        refused = caller.post("/v1/chat/completions", QUESTION)
        seconds = int(refused.headers["Retry-After"])
        assert refused.headers["Retry-After"] == str(seconds)
        assert 0 < seconds <= 60
        assert refused.json()["error"]["message"].endswith(f"Try again in {seconds} seconds.")
        advance_clock(home, seconds=seconds)
        assert ask(caller) == 200
    finally:
        change_world(home, limits={})


def test_tokens_are_limited_by_what_may_be_generated_and_charged_by_what_was(home: SandboxHome, caller: Caller) -> None:
    each = PROMPT_TOKENS + 4
    change_world(home, limits={"tokensPerMinute": 10 * each})
    try:
        assert [ask(caller) for _ in range(11)] == [200] * 10 + [429]
        advance_clock(home, seconds=60)
        # A stopped answer frees what it did not use.
        short = {"max_tokens": 40, "ignore_eos": False, "stop": ","}
        assert [ask(caller, **short) for _ in range(2)] == [200, 200]
        assert ask(caller, max_tokens=10 * each) == 422
    finally:
        change_world(home, limits={})


def test_deployments_have_limits_of_their_own_and_refused_requests_are_not_counted(
    home: SandboxHome, arm: Arm, caller: Caller
) -> None:
    other = deploy(arm, GROUP, "other", "Meta-Llama-3-70B-Instruct")
    change_world(home, limits={"requestsPerMinute": 1})
    try:
        assert [ask(caller, max_tokens=0), ask(caller), ask(caller)] == [422, 200, 429]
        with calling(home, other["uri"], other["primaryKey"]) as another:
            assert ask(another) == 200
    finally:
        change_world(home, limits={})


def usage(arm: Arm, scope: str) -> dict[str, float]:
    """Return the tokens by meter that are booked at a scope."""
    expanded = {"$expand": "properties/meterDetails"}
    answer = arm.call("GET", f"{scope}/providers/Microsoft.Consumption/usageDetails", None, None, **expanded)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, float] = {}
    for one in answer.json()["value"]:
        properties = one["properties"]
        assert properties["meterDetails"]["unitOfMeasure"] == "1K"
        meter = properties["meterDetails"]["meterName"]
        tokens[meter] = tokens.get(meter, 0) + round(properties["quantity"] * 1000)
    return tokens


def test_tokens_are_metered_per_project_and_offer_and_kept(home: SandboxHome, arm: Arm, project: None) -> None:
    endpoint = deploy(arm, GROUP, "metered", "Llama-2-7b-chat")
    scope = workspace(GROUP, "project")
    before = usage(arm, scope)
    with calling(home, endpoint["uri"], endpoint["primaryKey"]) as caller:
        assert ask(caller, n=2) == 200
        caller.events("/v1/chat/completions", {**QUESTION, "max_tokens": 7})
        assert ask(caller, max_tokens=0) == 422
    spent = {meter: tokens - before.get(meter, 0) for meter, tokens in usage(arm, scope).items()}
    assert spent == {
        METERS["input"]: 2 * PROMPT_TOKENS,
        METERS["output"]: 2 * 4 + 7,
    }
    offer = find_model("Llama-2-7b-chat").marketplace
    assert offer is not None
    booked = arm.call("GET", f"{scope}/providers/Microsoft.Consumption/usageDetails").json()["value"]
    (saas,) = {one["properties"]["resourceId"] for one in booked if one["properties"]["product"] == offer.offer_id}
    assert saas.startswith(
        f"{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.SaaS/resources/{offer.offer_id}-"
    )
    assert usage(arm, saas.removeprefix(SUBSCRIPTION)) == spent
    kept = usage(arm, scope)
    stop(home)
    start(home, StartOptions())
    with sign_in(home) as again:
        assert usage(again, scope) == kept
        assert usage(again, f"/resourceGroups/{GROUP}") == usage(again, "") == kept
        assert usage(again, "/resourceGroups/rg-other") == {}


def test_usage_is_read_and_nothing_else(arm: Arm) -> None:
    refused = arm.call("PUT", f"/resourceGroups/{GROUP}/providers/Microsoft.Consumption/usageDetails", {})
    assert refused.status_code == 405
    assert SUBSCRIPTION in refused.text
