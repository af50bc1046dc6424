"""Each alert rule of a stack fires on what it is about, and not before: by real calls, by faults, and by the clock.

The world is of a day on which each back end offers the model, and the action group calls a webhook of this machine. The
tests run in order: time only goes on.
"""

import datetime as dt
import json
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from llama_azure_core.monitoring import AlertRule
from llama_azure_sandbox.client.faults import add_fault, clear_faults
from llama_azure_sandbox.client.world import advance_clock, change_world
from llama_azure_sandbox.process import StartOptions
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.workbench import Workbench, open_workbench

STACK = "sandbox"
GROUP = "rg-llama-sandbox"
MODEL = "Llama-3.3-70B-Instruct"
DAY = dt.date(2026, 3, 2)
ALERTS = "/providers/Microsoft.AlertsManagement/alerts"
QUESTION = {"messages": [{"role": "user", "content": "What is the distance to the moon?"}], "max_tokens": 8}
LATE_MILLISECONDS = 250
WINDOW_SECONDS = 600
TOLD_SECONDS = 10
VM_SIZE = "Standard_NC96ads_A100_v4"
AMOUNT = 100
PER_MINUTE = 0.4
"""Two in the five minutes that a rule looks at."""


@dataclass
class Listener:
    """A web server of this machine that keeps what it is told."""

    told: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/told"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def conditions(self, rule: str) -> list[str]:
        """Return what was told of a rule, by the condition."""
        told = (one["data"]["essentials"] for one in list(self.told))
        return [one["monitorCondition"] for one in told if one["alertRule"] == rule]


@dataclass
class Watched:
    """A stack with alert rules, and those who call its endpoints."""

    bench: Workbench
    arm: Arm
    listener: Listener
    outputs: dict[str, Any]
    http: httpx.Client

    def ask(self, key: str, times: int = 1, **changes: Any) -> list[int]:
        """Call an endpoint and return the status codes."""
        endpoint = self.outputs["endpoints"][key]
        headers = {"Authorization": f"Bearer {self.outputs['endpointKeys'][key]}"}
        body = {"model": endpoint["deployment"], **QUESTION, **changes}
        url = f"{endpoint['baseUrl']}chat/completions"
        return [self.http.post(url, json=body, headers=headers).status_code for _ in range(times)]

    def fired(self, rule: AlertRule) -> set[str]:
        """Return the names of the resources' rules of a kind that fire."""
        shown = self.arm.call("GET", ALERTS, monitorCondition="Fired").json()["value"]
        return {one["name"] for one in shown if one["name"].endswith(f"-{rule}")}

    def rule(self, key: str, rule: AlertRule) -> str:
        """Return the name of the rule of an endpoint."""
        endpoint = self.outputs["endpoints"][key]
        name = endpoint["deployment"] if endpoint["backend"] == "foundry" else endpoint["uri"].split("/")[-2]
        return f"{name}-{rule}"

    def time_passes(self) -> None:
        """Let so much time pass that no rule looks at what was before."""
        advance_clock(self.bench.home, seconds=WINDOW_SECONDS)

    def is_told(self, rule: str, condition: str) -> bool:
        """Whether the webhook is told of a rule, which happens while nobody waits."""
        deadline = time.monotonic() + TOLD_SECONDS
        while condition not in self.listener.conditions(rule) and time.monotonic() < deadline:
            time.sleep(0.05)
        return condition in self.listener.conditions(rule)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    listener = Listener()
    options = StartOptions(port=0, as_of=DAY)
    with open_workbench(tmp_path_factory.mktemp("alerts") / "bench", options) as bench:
        bench.judged = False
        deployment = {"vmSize": VM_SIZE, "traffic": 100}
        changes = {
            "asOf": DAY.isoformat(),
            "hub": {"name": "hub-llama-sandbox", "diagnostics": True},
            "foundry": {"localAuth": True, "purgeOnDelete": True},
            "budget": {"amount": AMOUNT},
            "alerts": {
                "webhooks": {"here": listener.address},
                "contactRoles": ["Owner"],
                "errorsPerMinute": PER_MINUTE,
                "throttledPerMinute": PER_MINUTE,
                "latencyMilliseconds": LATE_MILLISECONDS,
                "tokenPercent": 1,
                "modelEndDays": 30,
            },
            "projects": {
                "assistants": {
                    "endpoints": {
                        "chat": {"model": MODEL, "backEnd": "foundry", "foundry": {"capacity": 10}},
                        "api": {"model": MODEL, "backEnd": "serverless"},
                        "own": {"model": MODEL, "backEnd": "managed", "managed": {"deployments": {"blue": deployment}}},
                    }
                }
            },
        }
        bench.configure(STACK, **{f"llama-azure:{name}": value for name, value in changes.items()})
        bench.pulumi("stack", "select", STACK, "--create")
        bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
        trust = ssl.create_default_context(cafile=bench.environment["SSL_CERT_FILE"])
        with sign_in(bench.home) as arm, httpx.Client(verify=trust, timeout=30) as http:
            yield Watched(bench, arm, listener, bench.outputs(STACK), http)
    listener.close()


def test_nothing_fires_while_endpoints_answer(watched: Watched) -> None:
    for key in ("chat", "api", "own"):
        assert watched.ask(key, 2) == [200, 200]
    assert watched.arm.call("GET", ALERTS).json() == {"value": []}
    assert not watched.listener.told


def test_nothing_changes_again(watched: Watched) -> None:
    changes = watched.bench.changes("up", "--stack", STACK)
    kinds = {one["type"] for one in watched.bench.state(STACK) if one["type"].startswith("azure-native:monitor:")}
    assert kinds == {
        f"azure-native:monitor:{name}"
        for name in ("ActionGroup", "ActivityLogAlert", "DiagnosticSetting", "MetricAlert", "ScheduledQueryRule")
    }
    assert set(changes) <= {"same"}, changes
    group = next(one for one in watched.bench.state(STACK) if one["type"] == "azure-native:monitor:ActionGroup")
    assert group["outputs"]["webhookReceivers"]
    assert watched.listener.address not in json.dumps(group), "who knows a webhook's address may call it"


def test_a_budget_that_is_reached_tells_the_action_group(watched: Watched) -> None:
    def due() -> set[str]:
        shown = watched.arm.call("GET", ALERTS, monitorService="CostManagement").json()["value"]
        return {one["properties"]["context"]["thresholdType"] for one in shown}

    budget = next(one for one in watched.bench.state(STACK) if one["type"] == "azure-native:consumption:Budget")
    assert due() == set(), "what was answered so far cost next to nothing"
    change_world(watched.bench.home, retailPrices={f"vm/{VM_SIZE}": {"eastus2": AMOUNT / 10}})
    advance_clock(watched.bench.home, seconds=3600)
    assert due() == {"Forecasted"}
    advance_clock(watched.bench.home, seconds=9 * 3600)
    assert due() == {"Actual", "Forecasted"}
    assert watched.is_told(budget["inputs"]["budgetName"], "Fired")


@pytest.mark.parametrize("key", ["chat", "own"])
@pytest.mark.parametrize(("rule", "fault"), [(AlertRule.ERRORS, "server-error"), (AlertRule.THROTTLED, "throttle")])
def test_answers_with_an_error_fire_and_end(watched: Watched, key: str, rule: AlertRule, fault: str) -> None:
    watched.time_passes()
    name = watched.rule(key, rule)
    assert watched.fired(rule) == set()
    add_fault(watched.bench.home, fault, plane="data", count=2)
    assert 200 not in watched.ask(key)
    assert watched.fired(rule) == set(), "one is not yet what the rule is about"
    assert 200 not in watched.ask(key)
    assert watched.fired(rule) == {name}
    assert watched.is_told(name, "Fired")
    clear_faults(watched.bench.home)
    watched.time_passes()
    assert watched.ask(key) == [200]
    assert watched.fired(rule) == set()
    assert watched.is_told(name, "Resolved")


@pytest.mark.parametrize("key", ["chat", "own"])
def test_late_answers_fire(watched: Watched, key: str) -> None:
    watched.time_passes()
    watched.ask(key)
    assert watched.fired(AlertRule.LATENCY) == set()
    watched.time_passes()
    add_fault(watched.bench.home, "delay", plane="data", delay_seconds=LATE_MILLISECONDS * 2 / 1000, count=1)
    assert watched.ask(key) == [200]
    assert watched.fired(AlertRule.LATENCY) == {watched.rule(key, AlertRule.LATENCY)}


def test_tokens_near_the_limit_fire(watched: Watched) -> None:
    watched.time_passes()
    watched.ask("chat")
    assert watched.fired(AlertRule.TOKENS) == set()
    # One percent of ten thousand a minute, for five minutes.
    assert set(watched.ask("chat", 12, max_tokens=100)) == {200}
    assert watched.fired(AlertRule.TOKENS) == {watched.rule("chat", AlertRule.TOKENS)}


def test_a_refusal_for_want_of_quota_fires(watched: Watched) -> None:
    assert watched.fired(AlertRule.QUOTA) == watched.fired(AlertRule.DEPLOYMENT) == set()
    deployment = next(
        one for one in watched.bench.state(STACK) if one["type"] == "azure-native:cognitiveservices:Deployment"
    )
    path = deployment["id"].removeprefix(SUBSCRIPTION)
    body = watched.arm.call("GET", path).json()
    body["sku"]["capacity"] = 100_000
    answer = watched.arm.call("PUT", path, {"sku": body["sku"], "properties": body["properties"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InsufficientQuota")
    assert watched.fired(AlertRule.QUOTA) == {f"{GROUP}-{AlertRule.QUOTA}"}
    assert watched.fired(AlertRule.DEPLOYMENT) == {f"{GROUP}-{AlertRule.DEPLOYMENT}"}
    assert watched.is_told(f"{GROUP}-{AlertRule.QUOTA}", "Fired")


def test_an_operation_that_fails_after_it_was_accepted_fires(watched: Watched) -> None:
    before = len(watched.arm.call("GET", ALERTS, alertState="New").json()["value"])
    deployment = next(
        one for one in watched.bench.state(STACK) if one["type"].endswith("machinelearningservices:OnlineDeployment")
    )
    path = deployment["id"].removeprefix(SUBSCRIPTION)
    body = watched.arm.call("GET", path).json()
    add_fault(watched.bench.home, "operation-failed", type="deployments", count=1)
    answer = watched.arm.call("PUT", path, {name: body[name] for name in ("location", "sku", "properties", "tags")})
    assert answer.status_code in (200, 201)
    deadline = time.monotonic() + TOLD_SECONDS
    while watched.arm.call("GET", path).json()["properties"]["provisioningState"] != "Failed":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    alerts = watched.arm.call("GET", ALERTS, alertState="New").json()["value"]
    mine = [one for one in alerts if one["name"] == f"{GROUP}-{AlertRule.DEPLOYMENT}"]
    assert len(alerts) > before
    assert mine[0]["properties"]["essentials"]["targetResource"].lower() == deployment["id"].lower()
    assert watched.fired(AlertRule.UNHEALTHY) == {f"{GROUP}-{AlertRule.UNHEALTHY}"}, "no deployment answers any more"


def test_a_subscription_that_ends_fires_and_its_endpoint_is_unhealthy(watched: Watched) -> None:
    assert watched.fired(AlertRule.SUBSCRIPTION) == set()
    subscription = next(
        one
        for one in watched.bench.state(STACK)
        if one["type"].endswith("machinelearningservices:MarketplaceSubscription")
    )
    assert watched.arm.call("DELETE", subscription["id"].removeprefix(SUBSCRIPTION)).status_code in (200, 202, 204)
    assert watched.ask("api") == [403]
    assert watched.fired(AlertRule.SUBSCRIPTION) == {f"{GROUP}-{AlertRule.SUBSCRIPTION}"}
    shown = watched.arm.call("GET", ALERTS, monitorService="Resource Health").json()["value"]
    kinds = {one["properties"]["essentials"]["targetResourceType"].rpartition("/")[2] for one in shown}
    assert "serverlessEndpoints" in kinds


def test_a_model_that_ends_within_the_days_fires(watched: Watched) -> None:
    assert watched.fired(AlertRule.MODEL_END) == set()
    advance_clock(watched.bench.home, seconds=(dt.date(2027, 1, 15) - DAY).days * 86_400)
    assert watched.fired(AlertRule.MODEL_END) == {f"{GROUP}-{AlertRule.MODEL_END}"}


def test_an_alert_is_acknowledged(watched: Watched) -> None:
    alert = watched.arm.call("GET", ALERTS).json()["value"][0]
    path = alert["id"].removeprefix(SUBSCRIPTION)
    assert watched.arm.call("POST", f"{path}/changestate", newState="Acknowledged").status_code == 200
    assert watched.arm.call("GET", path).json()["properties"]["essentials"]["alertState"] == "Acknowledged"
