"""The OpenAPI document that an endpoint serves, and the endpoint held to it by what schemathesis makes of it."""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, assume, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from llama_azure_core.catalogue import Api
from llama_azure_core.parameters import Family, parameter_table
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.inference.values import is_lax
from tests.support.arm import Arm
from tests.support.data_plane import Caller, calling, deploy
from tests.support.estates import make_project

GROUP = "rg-openapi"
EXAMPLES = 25
SHORT = 40
CONTEXT = 8192
# Without a key the answer is 400 and not 401, which is tested elsewhere: so it is on Azure (source S44).
load_all_checks()
IGNORED_AUTH: Any = CHECKS.get_one("ignored_auth")
# With this header, what the body has too much is dropped or passed on, which no schema of the body can say.
BEARS_MORE: Any = CHECKS.get_one("negative_data_rejection")
OPERATIONS = {
    Api.CHAT: ["/v1/chat/completions", "/chat/completions"],
    Api.COMPLETIONS: ["/v1/completions", "/completions"],
}
CASES = [pytest.param(api, path, id=path) for api, paths in OPERATIONS.items() for path in paths]


@pytest.fixture(scope="module")
def callers(home: SandboxHome, arm: Arm) -> Iterator[dict[Api, Caller]]:
    make_project(arm, GROUP)
    chat = deploy(arm, GROUP, "chatty", "Meta-Llama-3-8B-Instruct")
    text = deploy(arm, GROUP, "writer", "Meta-Llama-3-8B")
    change_world(home, limits={"requestsPerMinute": 1_000_000, "tokensPerMinute": 10_000_000})
    with (
        calling(home, chat["uri"], chat["primaryKey"]) as chats,
        calling(home, text["uri"], text["primaryKey"]) as writes,
    ):
        yield {Api.CHAT: chats, Api.COMPLETIONS: writes}


def document(caller: Caller) -> dict[str, Any]:
    served: dict[str, Any] = caller.get("/openapi.json").json()
    return served


def shorten(body: Any) -> None:
    """Ask for short answers: long ones say nothing more."""
    if isinstance(body, dict):
        most = body.get("max_tokens")
        if (
            isinstance(most, int | float)
            and not isinstance(most, bool)
            and SHORT < most <= CONTEXT
            and most == int(most)
        ):
            body["max_tokens"] = SHORT


def breaks_a_rule_beyond_json_schema(body: Any) -> bool:
    """Whether best_of and n are both numbers, and best_of is not the greater one, or a value is read leniently."""
    if not isinstance(body, dict):
        return False
    rows = parameter_table().parameters
    if any(name in rows and is_lax(rows[name], value) for name, value in body.items()):
        return True
    n, best_of = body.get("n", 1), body.get("best_of", 1)
    return isinstance(n, int | float) and isinstance(best_of, int | float) and "best_of" in body and best_of <= n != 1


@pytest.mark.parametrize("api", OPERATIONS)
def test_it_describes_every_parameter_of_the_table_and_no_other(callers: dict[Api, Caller], api: Api) -> None:
    served = document(callers[api])
    assert served["servers"] == [{"url": callers[api].uri}]
    for path, family in zip(OPERATIONS[api][:2], (Family.LLAMA, Family.MODEL_INFERENCE), strict=True):
        schema = served["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        rows = {name: row for name, row in parameter_table().of(api, family).items() if row.capability is None}
        assert set(schema["properties"]) == set(rows)
        assert schema["required"] == [name for name, row in rows.items() if row.required]
        defaults = {name: each["default"] for name, each in schema["properties"].items() if "default" in each}
        assert defaults == {name: row.default for name, row in rows.items() if not row.required}


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("api", "path"), CASES)
def test_no_request_makes_an_endpoint_break_its_own_document(
    home: SandboxHome, callers: dict[Api, Caller], api: Api, path: str, mode: GenerationMode
) -> None:
    caller = callers[api]
    schema = schemathesis.openapi.from_dict(document(caller))
    schema.config.update(base_url=caller.uri, tls_verify=str(home.ca_bundle))
    operation = schema[path]["POST"]
    answered: set[int] = set()
    authorized = {"Authorization": f"Bearer {caller.key}"}

    @seed(20240701)
    @settings(max_examples=EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def hold(case: Case[Any]) -> None:
        shorten(case.body)
        assume(not breaks_a_rule_beyond_json_schema(case.body))
        answer = case.call(session=session, headers=authorized, verify=str(home.ca_bundle))
        answered.add(answer.status_code)
        sent: Mapping[str, Any] = case.headers or {}
        bears_more = sent.get("extra-parameters") in ("drop", "pass-through")
        excluded = [IGNORED_AUTH, *([BEARS_MORE] if bears_more else [])]
        case.validate_response(answer, excluded_checks=excluded, headers=authorized)

    with requests.Session() as session:
        hold()
    if mode is GenerationMode.POSITIVE:
        assert answered == {200}
    else:
        # What is wrong in the header that drops parameters, or dropped by it, is no mistake of the body.
        assert 422 in answered
        assert answered <= {200, 400, 422}


def test_the_documents_own_example_is_valid_and_answered(callers: dict[Api, Caller]) -> None:
    example = {"prompt": "What's the distance to the moon?", "temperature": 0.8, "max_tokens": 512}
    served = document(callers[Api.COMPLETIONS])
    schema = served["paths"]["/v1/completions"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    jsonschema.validate(example, schema)
    assert callers[Api.COMPLETIONS].post("/v1/completions", example).status_code == 200


def test_a_null_is_no_candidate_for_a_beam(callers: dict[Api, Caller]) -> None:
    body = {"prompt": "x", "use_beam_search": True, "temperature": 0, "best_of": None}
    served = document(callers[Api.COMPLETIONS])
    schema = served["paths"]["/v1/completions"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert not jsonschema.Draft202012Validator(schema).is_valid(body)
    assert callers[Api.COMPLETIONS].post("/v1/completions", body).status_code == 422
