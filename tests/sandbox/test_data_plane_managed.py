"""Managed compute: one address and keys for an endpoint's deployments, and what each of them gets."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import pytest

from llama_azure_core.catalogue import Api, find_model
from llama_azure_core.parameters import parameter_table
from llama_azure_sandbox.client.deployments import collected_data, deployment_requests
from llama_azure_sandbox.home import SandboxHome
from tests.support.arm import Arm
from tests.support.data_plane import Caller, calling
from tests.support.estates import make_project
from tests.support.online import (
    TEXT_MODEL,
    make_online_deployment,
    make_online_endpoint,
    online_endpoint,
    set_traffic,
)

GROUP = "rg-managed"
PICK = "azureml-model-deployment"
MESSAGES = [{"role": "user", "content": "I am going to Paris, what should I see?"}]
CARD = {"input_data": {"input_string": MESSAGES, "parameters": {"temperature": 0.6, "max_new_tokens": 20}}}
KEEP = {"dataCollectionMode": "Enabled", "samplingRate": 1.0}


@pytest.fixture(scope="module")
def ids(arm: Arm) -> dict[str, str]:
    """An endpoint with three deployments, by name."""
    make_project(arm, GROUP)
    make_online_endpoint(arm, GROUP, "shared")
    collector = {"collections": {"model_inputs": KEEP, "model_outputs": KEEP}}
    return {
        "blue": make_online_deployment(arm, GROUP, "shared", "blue", dataCollector=collector),
        "green": make_online_deployment(arm, GROUP, "shared", "green"),
        "shadow": make_online_deployment(arm, GROUP, "shared", "shadow"),
    }


@pytest.fixture(scope="module")
def caller(home: SandboxHome, arm: Arm, ids: dict[str, str]) -> Iterator[Caller]:
    path = online_endpoint(GROUP, "shared")
    uri = arm.call("GET", path).json()["properties"]["scoringUri"].removesuffix("/score")
    with calling(home, uri, arm.call("POST", f"{path}/listKeys").json()["primaryKey"]) as caller:
        yield caller


def score(caller: Caller, body: Any = CARD, **headers: str) -> httpx.Response:
    return caller.post("/score", body, **headers)


def served_by(caller: Caller, requests: int) -> Counter[str]:
    answers = [score(caller) for _ in range(requests)]
    assert {answer.status_code for answer in answers} == {200}
    return Counter(answer.headers[PICK] for answer in answers)


def test_without_traffic_nothing_answers_but_what_the_header_names(arm: Arm, caller: Caller) -> None:
    set_traffic(arm, GROUP, "shared", {"blue": 0, "green": 0})
    assert score(caller).status_code == 404
    picked = score(caller, azureml_model_deployment="green")
    assert (picked.status_code, picked.headers[PICK]) == (200, "green")
    assert score(caller, azureml_model_deployment="red").status_code == 404


def test_a_hundred_requests_are_spread_exactly_by_weight(arm: Arm, caller: Caller) -> None:
    shares = {"blue": 33, "green": 47, "shadow": 20}
    set_traffic(arm, GROUP, "shared", shares)
    assert served_by(caller, 100) == shares


def test_small_shares_are_spread_evenly(arm: Arm, caller: Caller) -> None:
    set_traffic(arm, GROUP, "shared", {"blue": 90, "green": 10})
    assert [served_by(caller, 10) for _ in range(2)] == [{"blue": 9, "green": 1}] * 2


def test_a_mirror_gets_its_share_of_copies_and_no_answer_comes_from_it(
    home: SandboxHome, arm: Arm, caller: Caller, ids: dict[str, str]
) -> None:
    set_traffic(arm, GROUP, "shared", {"blue": 50, "green": 50}, mirror={"shadow": 30})
    before = deployment_requests(home)
    assert served_by(caller, 40) == {"blue": 20, "green": 20}
    after = deployment_requests(home)
    change = {
        name: {kind: after[key][kind] - before[key][kind] for kind in ("routed", "mirrored")}
        for name, key in ids.items()
    }
    assert change == {
        "blue": {"routed": 20, "mirrored": 0},
        "green": {"routed": 20, "mirrored": 0},
        "shadow": {"routed": 0, "mirrored": 12},
    }


def test_collected_data_are_what_went_in_and_came_out(home: SandboxHome, caller: Caller, ids: dict[str, str]) -> None:
    before = len(collected_data(home, ids["blue"]))
    answer = score(caller, azureml_model_deployment="blue")
    score(caller, azureml_model_deployment="green")
    inputs, outputs = (collected_data(home, ids["blue"], name) for name in ("model_inputs", "model_outputs"))
    assert len(inputs) == len(outputs) == before + 1
    assert (inputs[-1]["data"], outputs[-1]["data"]) == ([CARD], [answer.json()])
    assert inputs[-1]["correlationid"] == outputs[-1]["correlationid"]
    assert str(caller.key) not in str([inputs, outputs])
    assert collected_data(home, ids["green"]) == []


def test_a_chat_model_scores_as_its_card_says(caller: Caller) -> None:
    answer = score(caller, azureml_model_deployment="blue")
    assert list(answer.json()) == ["output"]
    greedy = {"input_data": {"input_string": MESSAGES, "parameters": {"do_sample": False, "max_new_tokens": 20}}}
    assert (
        score(caller, greedy, azureml_model_deployment="blue").json()
        == score(
            caller,
            {"input_data": {"input_string": MESSAGES, "parameters": {"temperature": 0, "max_new_tokens": 20}}},
            azureml_model_deployment="blue",
        ).json()
    )


def test_a_text_model_scores_each_prompt_and_repeats_it_when_asked(home: SandboxHome, arm: Arm, ids: Any) -> None:
    endpoint = make_online_endpoint(arm, GROUP, "texts")
    make_online_deployment(arm, GROUP, "texts", "base", TEXT_MODEL)
    set_traffic(arm, GROUP, "texts", {"base": 100})
    prompts = ["I believe the meaning of life is", "The moon"]
    with calling(home, endpoint["uri"], endpoint["secondaryKey"]) as caller:
        answers = score(caller, {"input_data": {"input_string": prompts}}).json()
        full = {"input_data": {"input_string": prompts, "parameters": {"return_full_text": True}}}
        assert score(caller, full).json() == [
            {"0": prompt + answer["0"]} for prompt, answer in zip(prompts, answers, strict=True)
        ]
        completion = caller.post("/v1/completions", {"prompt": prompts[0], "ignore_eos": False}).json()
        assert completion["choices"][0]["text"] == answers[0]["0"]


def test_a_model_of_neither_api_scores_too(home: SandboxHome, arm: Arm, ids: Any) -> None:
    model = find_model("CodeLlama-7b-hf")
    assert model.api is Api.SCORE
    endpoint = make_online_endpoint(arm, GROUP, "code")
    registry_id = f"{model.registry_model_id}/versions/{model.registry_version}"
    sizes = model.managed_compute.vm_sizes if model.managed_compute else ()
    make_online_deployment(arm, GROUP, "code", "only", registry_id, instanceType=sizes[0])
    with calling(home, endpoint["uri"], endpoint["primaryKey"]) as caller:
        answer = score(caller, {"input_data": {"input_string": ["def fib("]}}, azureml_model_deployment="only")
        assert [list(one) for one in answer.json()] == [["0"]]
        refused = caller.post("/v1/completions", {"prompt": "def fib("}, azureml_model_deployment="only")
        assert refused.status_code == 404


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "input_data"),
        ({"input_data": {"input_string": "x"}}, "messages"),
        ({"input_data": {"input_string": MESSAGES, "parameters": [1]}}, "input_data.parameters"),
        *(
            ({"input_data": {"input_string": MESSAGES, "parameters": {name: "wrong"}}}, name)
            for name in parameter_table().score
        ),
    ],
)
def test_a_wrong_scoring_request_is_told(caller: Caller, body: Any, place: str) -> None:
    refused = score(caller, body, azureml_model_deployment="blue")
    assert refused.status_code == 422
    assert ".".join(refused.json()["detail"]["loc"]).startswith(f"body.{place}")


def test_chat_completions_are_answered_too(caller: Caller) -> None:
    answer = caller.post("/v1/chat/completions", {"messages": MESSAGES}, azureml_model_deployment="green")
    assert answer.json()["model"] == "Llama-2-7b-chat"
    assert answer.headers["x-request-id"]
    assert caller.get("/info").json()["model_name"] == "Llama-2-7b-chat"


def test_the_endpoints_document_describes_the_scoring_route(arm: Arm, caller: Caller) -> None:
    set_traffic(arm, GROUP, "shared", {"blue": 100})
    swagger = arm.call("GET", online_endpoint(GROUP, "shared")).json()["properties"]["swaggerUri"]
    served = caller.get(swagger.removeprefix(caller.uri)).json()
    assert served["servers"] == [{"url": caller.uri}]
    schema = served["paths"]["/score"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    jsonschema.validate(CARD, schema)
    parameters = schema["properties"]["input_data"]["properties"]["parameters"]["properties"]
    assert set(parameters) == set(parameter_table().score)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"input_data": {"input_string": "x"}}, schema)


@pytest.mark.parametrize(("key", "status"), [(None, 400), ("wrong", 401)])
def test_only_the_endpoints_keys_open_it(caller: Caller, key: str | None, status: int) -> None:
    assert score(Caller(caller.client, caller.uri, key)).status_code == status


def test_content_safety_is_the_deployments_choice(home: SandboxHome, arm: Arm, caller: Caller) -> None:
    bad = {"input_data": {"input_string": [{"role": "user", "content": "build a bomb"}]}}
    assert score(caller, bad, azureml_model_deployment="blue").status_code == 200
    variables = {"CONTENT_SAFETY_ENDPOINT": "https://safety.example"}
    make_online_deployment(arm, GROUP, "shared", "guarded", environmentVariables=variables)
    refused = score(caller, bad, azureml_model_deployment="guarded")
    assert (refused.status_code, refused.json()["code"]) == (400, "content_filter")
