"""The sandbox's page over HTTP: whom it lets in, what it passes on, and that it tells no secret."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from llama_azure_core.parameters import parameter_table
from llama_azure_core.snippets import Client
from llama_azure_sandbox.addresses import page_address
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, Latency
from llama_azure_sandbox.home import ADMIN_SECRET, OWNER_SECRET, PAGE_SECRET, SandboxHome
from llama_azure_sandbox.process import StartOptions, running, start, stop
from tests.support.arm import Arm, sign_in
from tests.support.estates import endpoint_body, make_project, put_and_wait, serverless_endpoint, subscribe
from tests.support.homes import open_home

GROUP = "rg-page"
CONFIG = """
config:
  azure-native:location: eastus2
  llama-azure:asOf: "2024-07-01"
  llama-azure:resourceGroup: rg-page
  llama-azure:hub: {name: hub}
  llama-azure:projects:
    project:
      serverless:
        - {model: Meta-Llama-3-8B-Instruct, name: page-keyed}
        - {model: Meta-Llama-3-70B-Instruct, name: page-keyless, authMode: AAD}
"""
MODELS = {"page-keyed": "Meta-Llama-3-8B-Instruct", "page-keyless": "Meta-Llama-3-70B-Instruct"}


@dataclass
class Estate:
    """A sandbox with a stack of two endpoints, as the engine would leave it."""

    home: SandboxHome
    project: Path
    keys: list[str]

    @property
    def port(self) -> int:
        record = running(self.home)
        assert record is not None
        return record.page_port

    @property
    def address(self) -> str:
        return page_address(self.port, self.home.secret(PAGE_SECRET))


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    project = tmp_path_factory.mktemp("project")
    (project / "Pulumi.yaml").write_text("name: llama-azure\nruntime: python\n", encoding="utf-8")
    (project / "Pulumi.demo.yaml").write_text(CONFIG, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SANDBOX_PROJECT", str(project))
        with open_home(tmp_path_factory.mktemp("sandbox"), Latency.NONE) as home, sign_in(home) as arm:
            yield Estate(home, project, deploy(home, arm))


def deploy(home: SandboxHome, arm: Arm) -> list[str]:
    """Deploy the stack and write its state, and return the keys."""
    make_project(arm, GROUP)
    outputs: dict[str, Any] = {}
    resources: list[str] = []
    keys: list[str] = []
    for name, model in MODELS.items():
        model_id = f"azureml://registries/azureml-meta/models/{model}"
        resources.append(subscribe(arm, GROUP, "project", model_id))
        path = serverless_endpoint(GROUP, "project", name)
        body = endpoint_body(model_id)
        if name == "page-keyless":
            body["properties"]["authMode"] = "AAD"
        else:
            body["properties"]["contentSafety"] = {"contentSafetyStatus": "Enabled"}
        put_and_wait(arm, path, body)
        resources.append(path)
        uri = arm.call("GET", path).json()["properties"]["inferenceEndpoint"]["uri"]
        keys += [] if name == "page-keyless" else arm.call("POST", f"{path}/listKeys").json().values()
        outputs[name] = {
            "kind": "serverless",
            "backend": "serverless",
            "model": model,
            "project": "project",
            "region": "eastus2",
            "api": "chat",
            "uri": uri,
            "baseUrl": f"{uri}/v1/",
            "deployment": model,
            "auth": "token" if name == "page-keyless" else "key",
            "routes": {"chat": f"{uri}/v1/chat/completions"},
            "limits": {},
        }
    state: list[dict[str, Any]] = [{"type": "pulumi:pulumi:Stack", "outputs": {"endpoints": outputs}}]
    state += [{"custom": True, "id": f"/subscriptions/{SUBSCRIPTION_ID}{path}", "type": "t"} for path in resources]
    file = home.pulumi_state / ".pulumi" / "stacks" / "llama-azure" / "demo.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": state}}}), encoding="utf-8")
    return [str(one) for one in keys]


@pytest.fixture
def browser(estate: Estate) -> Iterator[httpx.Client]:
    """Somebody who was let in, with the headers that a browser sends for the page's own requests."""
    origin = f"http://127.0.0.1:{estate.port}"
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=origin, trust_env=False, timeout=30) as client:
        assert client.get(estate.address, follow_redirects=True).status_code == 200
        client.headers.update(headers)
        yield client


def ids(browser: httpx.Client) -> dict[str, str]:
    return {one["key"]: one["id"] for one in browser.get("/playground.json").json()["endpoints"]}


def ask(browser: httpx.Client, key: str, **body: Any) -> httpx.Response:
    asked = {"messages": [{"role": "user", "content": "How far is the moon?"}], "max_tokens": 24, **body}
    return browser.post("/send", json={"endpoint": ids(browser)[key], "body": asked})


def test_the_address_lets_in_and_nothing_else_does(estate: Estate) -> None:
    origin = f"http://127.0.0.1:{estate.port}"
    with httpx.Client(base_url=origin, trust_env=False) as client:
        for path in ("/", "/main", "/page.json", "/playground.json", "/?pass=guessed", "/?pass="):
            answer = client.get(path)
            assert answer.status_code == 401
            assert "whole address" in answer.text or "this server's" in answer.text
        let_in = client.get(estate.address)
        assert (let_in.status_code, let_in.headers["location"]) == (303, "/")
        cookie = let_in.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "page-keyed" in client.get("/").text


@pytest.mark.parametrize("host", ["attacker.example", "attacker.example:{port}", "127.0.0.1:1", "[::1]", ""])
def test_a_rebound_name_gets_nothing_even_with_the_pass(estate: Estate, browser: httpx.Client, host: str) -> None:
    named = host.format(port=estate.port)
    for path in ("/", "/page.json", f"/?{urlsplit(estate.address).query}"):
        answer = browser.get(path, headers={"Host": named})
        assert answer.status_code == 421, answer.text
        assert "page-keyed" not in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://attacker.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        # What a form of another page can send without being asked.
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
@pytest.mark.parametrize("path", ["/send", "/code"])
def test_another_pages_requests_are_refused(
    estate: Estate, browser: httpx.Client, path: str, headers: dict[str, str], status: int
) -> None:
    body = json.dumps({"endpoint": ids(browser)["page-keyed"], "body": {"messages": []}})
    answer = browser.post(path, content=body, headers={"Content-Type": "application/json", **headers})
    assert answer.status_code == status, answer.text


def test_another_page_reads_nothing(browser: httpx.Client) -> None:
    for path in ("/", "/main", "/page.json", "/playground.json"):
        refused = browser.get(path, headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"})
        assert refused.status_code == 403
        answer = browser.get(path)
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("key", MODELS)
def test_the_playground_signs_in_by_itself_with_a_key_or_a_token(browser: httpx.Client, key: str) -> None:
    answer = ask(browser, key)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["choices"][0]["message"]["content"]
    assert said["usage"]["completion_tokens"] == 24


def test_an_answer_streams_as_the_endpoint_sends_it(browser: httpx.Client) -> None:
    answer = ask(browser, "page-keyed", stream=True, stream_options={"include_usage": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")]
    assert events[-1] == "[DONE]"
    assert json.loads(events[-2])["usage"]["completion_tokens"] == 24


def test_a_refusal_comes_through_as_the_endpoint_wrote_it(browser: httpx.Client) -> None:
    answer = ask(browser, "page-keyed", temperature=7)
    assert answer.status_code == 422
    assert "temperature" in answer.text
    filtered = ask(browser, "page-keyed", messages=[{"role": "user", "content": "sandbox-hate-high"}])
    assert filtered.status_code == 400
    assert "filter" in filtered.text.lower()


@pytest.mark.parametrize(
    "asked",
    [
        b"",
        b"{",
        b"[]",
        b'{"endpoint": "demo-project-serverless-0"}',
        b'{"endpoint": "https://attacker.example/", "body": {}}',
        b'{"endpoint": {"url": "https://attacker.example/"}, "body": {}}',
        b'{"body": {}}',
    ],
)
def test_nothing_is_sent_but_to_an_endpoint_of_the_stack(browser: httpx.Client, asked: bytes) -> None:
    answer = browser.post("/send", content=asked, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "NotSent"


def test_the_parameters_are_the_facts(browser: httpx.Client) -> None:
    (first, *_) = browser.get("/playground.json").json()["endpoints"]
    shown = {one["name"]: one for one in first["parameters"]}
    known = parameter_table().parameters
    assert {"max_tokens", "temperature", "top_p", "n", "stop", "best_of", "ignore_eos", "use_beam_search"} <= set(shown)
    for name, one in shown.items():
        assert (one["minimum"], one["maximum"]) == (known[name].minimum, known[name].maximum)
    assert shown["temperature"]["hint"] == "0 to 2; default 1"
    assert shown["ignore_eos"]["hint"] == "default true"


def test_the_playground_says_who_answers(browser: httpx.Client) -> None:
    assert "make model" in browser.get("/playground.json").json()["note"]


@pytest.mark.parametrize("client", Client)
def test_the_code_is_for_exactly_this_request(browser: httpx.Client, client: Client) -> None:
    body = {"messages": [{"role": "user", "content": 'Say "moon".'}], "temperature": 0.25}
    asked = {"endpoint": ids(browser)["page-keyed"], "client": client.value, "body": body}
    code = browser.post("/code", json=asked).text
    assert "0.25" in code
    assert "moon" in code


def test_what_was_asked_is_seen_in_the_meters_of_the_page(estate: Estate, browser: httpx.Client) -> None:
    first = browser.get("/main")
    tag = first.headers["etag"]
    ask(browser, "page-keyless")
    after = browser.get("/main", headers={"If-None-Match": tag})
    assert after.status_code == 200
    document = browser.get("/page.json").json()
    (endpoint,) = [
        one
        for place in document["environments"][0]["places"]
        for project in place["projects"]
        for one in project["endpoints"]
        if one["key"] == "page-keyless"
    ]
    used = {bar["name"]: bar["used"] for bar in endpoint["limits"]}
    assert used["requests a minute"] >= 1
    assert used["tokens a minute"] >= 24


def test_a_change_of_the_settings_is_pending_on_the_page(estate: Estate, browser: httpx.Client) -> None:
    file = estate.project / "Pulumi.demo.yaml"
    tag = browser.get("/main").headers["etag"]
    file.write_text(CONFIG + "    second:\n      serverless: [{model: Meta-Llama-3-8B-Instruct}]\n", encoding="utf-8")
    try:
        shown = browser.get("/main", headers={"If-None-Match": tag})
        assert "demo would gain 1 endpoint" in shown.text
        file.write_text(CONFIG + "    second: {serverless: [{model: Llama-9}]}\n", encoding="utf-8")
        assert "demo cannot be read" in browser.get("/main").text
    finally:
        file.write_text(CONFIG, encoding="utf-8")


def test_the_page_tells_no_secret(estate: Estate, browser: httpx.Client) -> None:
    ask(browser, "page-keyed")
    ask(browser, "page-keyless")
    code = browser.post("/code", json={"endpoint": ids(browser)["page-keyed"], "body": {"messages": []}}).text
    texts = [browser.get(path).text for path in ("/", "/main", "/page.json", "/playground.json")] + [code]
    told = "\n".join([*texts, estate.home.log.read_text(encoding="utf-8")])
    secrets = [*estate.keys, *map(estate.home.secret, (PAGE_SECRET, OWNER_SECRET, ADMIN_SECRET))]
    assert estate.keys
    # The log names it: it has the paths of Resource Manager.
    assert not any(SUBSCRIPTION_ID in text for text in texts)
    assert [one[:4] for one in secrets if one in told] == []
    assert "eyJ" not in told  # how every token begins


def test_the_page_keeps_its_port_and_pass_over_a_restart(estate: Estate) -> None:
    before = estate.address
    stop(estate.home)
    start(estate.home, StartOptions())
    assert estate.address == before
    assert httpx.get(before, trust_env=False, follow_redirects=False).status_code == 303
