"""Bodies that nobody should send: each is refused by itself, and ends no other answer."""

import json
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llama_azure_sandbox.addresses import CLOCK_PATH, FAULTS_PATH, JOURNAL_PATH, WORLD_PATH
from llama_azure_sandbox.arm.templates.template import Template
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.identity.keys import SigningKey
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.estates import account_body, endpoint_body, make_endpoint, serverless_endpoint, subscribe, workspace
from tests.support.in_process import open_application
from tests.support.mutations import BASES, GROUP, attack, attack_by_template, make_world
from tests.support.online import make_online_deployment, make_online_endpoint, online_endpoint
from tests.support.refusals import refusal

EXAMPLES = 120
"""Some seconds; `make soak` takes as many as there is time for."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("application")


@pytest.fixture(scope="module")
def arm(folder: Path) -> Iterator[Arm]:
    with open_application(folder) as arm:
        make_world(arm)
        yield arm


@pytest.fixture(scope="module")
def uri(arm: Arm) -> str:
    return make_endpoint(arm, GROUP, "asked")["uri"]


def send(arm: Arm, content: bytes, path: str = "/resourceGroups/rg-odd") -> httpx.Response:
    return arm.client.put(f"{SUBSCRIPTION}{path}?api-version=2024-03-01", content=content)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"location": "eastus2", "tags": {"a": NaN}}', "NaN is not a number of JSON"),
        (b'{"location": "eastus2", "x": -Infinity}', "Infinity is not a number of JSON"),
        (b'{"location": "eastus2", "x": 1e999}', "the number 1e999 is too large"),
        (b'{"location": "eastus2", "x": 1' + b"0" * 400 + b"}", "more than 64 bits"),
        (b'{"location": "eastus2", "tags": {"a": "\\ud800"}}', "half a surrogate pair"),
        (b'{"location": "eastus2", "tags": {"a": "\xff"}}', "utf-8"),
        (b'{"location": "eastus2", "x": ' + b"[" * 5000 + b"]" * 5000 + b"}", "objects and arrays deep"),
        (b'{"location": "eastus2", "x": ' + b"[" * 101 + b"]" * 101 + b"}", "objects and arrays deep"),
        (b'{"location": "eastus2", "x": "' + b"x" * 4 * 1024 * 1024 + b'"}', "exceeds the maximum size of 4194304"),
        (b'"x"', "a JSON object is required"),
        (b"{", "could not be deserialized"),
        (b"", "a JSON object is required"),
    ],
)
def test_what_no_other_reader_of_json_takes_is_refused_and_not_stored(arm: Arm, content: bytes, says: str) -> None:
    assert says in refusal(send(arm, content), 400, "InvalidRequestContent")
    assert arm.call("GET", "/resourceGroups/rg-odd").status_code == 404
    assert arm.call("GET", "/resourceGroups").status_code == 200


@pytest.mark.parametrize(
    ("path", "change", "says"),
    [
        ("asked", {"properties": "x"}, "'properties' must be an object, and is a string"),
        ("asked", {"sku": []}, "'sku' must be an object, and is an array"),
        ("asked", {"identity": "x"}, "'identity' must be an object"),
        ("asked", {"location": 1}, "'location' must be a string, and is a number"),
        ("asked", {"tags": {"a": {}}}, "'tags.a' must be a string, and is an object"),
        ("asked", {"properties": {"contentSafety": "x"}}, "'properties.contentSafety' must be an object"),
        ("asked", {"properties": {"modelSettings": {"modelId": {}}}}, "'properties.modelSettings.modelId' must be a"),
        ("asked", {"sku": {"name": "Consumption", "capacity": "x"}}, "'sku.capacity' must be an integer"),
        ("field", {"properties": {"traffic": {"blue": "x"}}}, "'properties.traffic.blue' must be an integer"),
        ("blue", {"properties": {"requestSettings": "x"}}, "'properties.requestSettings' must be an object"),
        ("blue", {"properties": {"dataCollector": "x"}}, "'properties.dataCollector' must be an object"),
        ("blue", {"properties": {"appInsightsEnabled": "yes"}}, "must be a boolean, and is a string"),
    ],
)
def test_a_value_of_another_type_than_the_resource_type_has_is_refused(
    arm: Arm, path: str, change: dict[str, Any], says: str
) -> None:
    paths = {
        "asked": serverless_endpoint(GROUP, "project", "asked"),
        "field": online_endpoint(GROUP, "field"),
        "blue": f"{online_endpoint(GROUP, 'field')}/deployments/blue",
    }
    assert says in refusal(arm.call("PUT", paths[path], {**endpoint_body(), **change}), 400, "InvalidRequestContent")
    assert says in refusal(arm.call("PATCH", paths[path], change), 400, "InvalidRequestContent")


@pytest.mark.parametrize("actions", ["*", [1], [None], [{}], {"a": 1}])
def test_a_role_whose_actions_are_no_texts_is_refused(arm: Arm, actions: Any) -> None:
    role = "/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-4000-8000-0000000000e1"
    content = {"properties": {"roleName": "odd", "permissions": [{"actions": actions}]}}
    assert arm.call("PUT", role, content).status_code == 400
    assert arm.call("GET", role).status_code == 404


def test_a_token_that_names_nobody_or_another_tenant_is_refused(arm: Arm, folder: Path) -> None:
    key, now = SigningKey(SandboxHome(folder).root / "signing.key"), int(time.time())
    tenant = "7e2a41d0-0000-4000-8000-11a3a0000002"
    claims = {
        "aud": "https://management.azure.com",
        "iss": f"https://sts.windows.net/{tenant}/",
        "sub": "x",
        "exp": now + 60,
        "oid": "c0ffee00-0000-4000-8000-11a3a0000003",
        "tid": tenant,
    }
    for wrong in ({"oid": None}, {"oid": 1}, {"tid": None}, {"tid": "00000000-0000-4000-8000-000000000000"}):
        token = key.sign({name: value for name, value in {**claims, **wrong}.items() if value is not None})
        answer = arm.call("GET", "/resourceGroups", None, {"Authorization": f"Bearer {token}"})
        assert refusal(answer, 401, "InvalidAuthenticationToken")
    good = arm.call("GET", "/resourceGroups", None, {"Authorization": f"Bearer {key.sign(claims)}"})
    assert good.status_code == 200  # a token needs no appid


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("POST", FAULTS_PATH, b"[" * 5000),
        ("POST", FAULTS_PATH, b'{"kind": "delay", "delaySeconds": 1e300}'),
        ("POST", FAULTS_PATH, b'{"kind": "\\ud800"}'),
        ("PATCH", WORLD_PATH, b'{"clockOffsetSeconds": 1e300}'),
        ("PATCH", WORLD_PATH, b'{"clockOffsetSeconds": NaN}'),
        ("PATCH", WORLD_PATH, b'{"coreQuotas": "x"}'),
        ("PATCH", WORLD_PATH, b"\xff"),
        ("POST", CLOCK_PATH, b'{"advanceSeconds": 1e999}'),
        ("POST", CLOCK_PATH, b'{"advanceSeconds": 9e18}'),
        ("GET", f"{JOURNAL_PATH}?since=1{'0' * 26}", b""),
        ("DELETE", f"{FAULTS_PATH}/1{'0' * 26}", b""),
    ],
)
def test_a_wrong_administration_request_is_told_and_changes_nothing(
    arm: Arm, method: str, path: str, content: bytes
) -> None:
    answer = arm.client.request(method, path, content=content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "SandboxRefused")
    assert arm.call("GET", "/resourceGroups").status_code == 200


@settings(max_examples=EXAMPLES)
@given(st.randoms(use_true_random=False))
def test_wrong_requests_are_refused_and_end_no_other(arm: Arm, uri: str, choose: random.Random) -> None:
    attack(arm, uri, choose)


@settings(max_examples=EXAMPLES)
@given(st.randoms(use_true_random=False))
def test_whatever_a_template_says_is_an_answer_of_resource_manager(arm: Arm, choose: random.Random) -> None:
    attack_by_template(arm, choose)


def test_a_row_that_an_older_sandbox_let_in_ends_no_other_answer(tmp_path: Path) -> None:
    with open_application(tmp_path) as arm:
        make_world(arm)
        good = make_endpoint(arm, GROUP, "good")
        managed = make_online_endpoint(arm, GROUP, "managed")
        make_online_deployment(arm, GROUP, "managed", "blue")
        subscribe(arm, GROUP, "project")
        arm.call("PUT", serverless_endpoint(GROUP, "project", "bad"), endpoint_body())
        role = "/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-4000-8000-0000000000e2"
        permissions = [{"actions": ["*/read"]}]
        arm.call("PUT", role, {"properties": {"roleName": "bad", "permissions": permissions}})
        arm.call("PUT", "/resourceGroups/rg-bad", {"location": "eastus2", "tags": {"a": "TAG"}})
    with sqlite3.connect(SandboxHome(tmp_path).database) as database:
        for key, old, new in (
            ("/serverlessendpoints/bad", '"authMode"', '"contentSafety": "x", "authMode"'),
            ("/deployments/blue", '"model"', '"requestSettings": "x", "dataCollector": "x", "model"'),
            ("/resourcegroups/rg-bad", '"TAG"', "NaN"),
            ("/storageaccounts/", '"location"', '"odd": "\\ud800", "big": 1e999, "location"'),
            ("/roledefinitions/", '"*/read"', "1"),
        ):
            row = f"%{key}%"
            changed = database.execute(
                "UPDATE resources SET body = replace(body, ?, ?) WHERE key LIKE ?", (old, new, row)
            )
            assert changed.rowcount or "storage" in key
        settings = json.dumps({"noSuchSetting": 1, "defaultCoreQuota": 12})
        database.execute("INSERT OR REPLACE INTO settings VALUES ('world', ?)", (settings,))
        database.execute("PRAGMA user_version = 0")  # what resources are looked up by is worked out anew
    database.close()
    with open_application(tmp_path) as arm:
        for listed in ("/resources", "/resourceGroups", role.rsplit("/", 1)[0], workspace(GROUP, "project"), role):
            assert arm.call("GET", listed).status_code == 200, listed
        assert arm.client.get(f"{good['uri']}/info", headers={"Authorization": good["primaryKey"]}).status_code == 200
        score = arm.client.post(f"{managed['uri']}/score", headers={"Authorization": managed["primaryKey"]}, json={})
        assert score.status_code < 500
        assert arm.client.get(WORLD_PATH).json()["defaultCoreQuota"] == 12


def test_a_template_is_worked_out_while_the_store_is_free(
    arm: Arm, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reads a template, and what evaluates a resource of it, lets another request at the store meanwhile."""
    seen: list[str] = []

    def watched(name: str) -> Callable[..., Any]:
        original = getattr(Template, name)

        def work(self: Template, *given: Any) -> Any:
            other = threading.Thread(target=lambda: seen.append(name) if arm.call("GET", path).status_code else None)
            if name not in seen:
                other.start()
                other.join(timeout=10)
                assert not other.is_alive(), f"{name} holds the store"
            return original(self, *given)

        return work

    path = f"/resourceGroups/{GROUP}"
    for name in ("steps", "body", "outputs"):
        monkeypatch.setattr(Template, name, watched(name))
    deployment = f"{path}/providers/Microsoft.Resources/deployments/watched"
    account = {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-05-01", "name": "stwatched"}
    template = {"resources": [{**account, **account_body()}], "outputs": {"o": {"type": "int", "value": 1}}}
    assert arm.call("PUT", deployment, {"properties": {"mode": "Incremental", "template": template}}).is_success
    for _ in range(5):
        shown = arm.call("GET", deployment).json()["properties"]
    assert (shown["provisioningState"], sorted(seen)) == ("Succeeded", ["body", "outputs", "steps"])


@pytest.mark.parametrize("properties", [{}, {"properties": None}, {"properties": {}}], ids=["none", "null", "empty"])
@pytest.mark.parametrize("base", BASES, ids=lambda base: base[1].rsplit("/", 1)[-1])
def test_a_body_without_properties_is_answered(
    arm: Arm, base: tuple[str, str, dict[str, Any]], properties: dict[str, Any]
) -> None:
    method, path, body = base
    without = {name: value for name, value in body.items() if name != "properties"}
    assert arm.call(method, path, without | properties).status_code < 500
