"""The live tier with a sandbox in Azure's place, which shows that the harness holds and says nothing of Azure."""

import datetime as dt
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, TENANT_ID, Latency
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import PROJECT_ROOT, SandboxHome
from tests.live.__main__ import cli
from tests.live.comparison import differences
from tests.live.consent import Choices, RefusedError, agree, estimate
from tests.live.recording import Answer, Exchange, Recording, Target, TimeIsUpError
from tests.live.redaction import SUBSCRIPTION_NAME, Redactor
from tests.live.scenarios import GROUP_PREFIX, TAG, load_plan, values_of_run
from tests.support.arm import Arm, sign_in
from tests.support.estates import hub_body, put_and_wait, vault_body, wait_until, workspace
from tests.support.homes import open_home

OFFER = "marketplace:Llama-3.2-1B-Instruct"
FOUNDRY = "foundry:Llama-3.3-70B-Instruct"
GPU = "gpu:Standard_NC24ads_A100_v4"
BYSTANDERS = {"rg-bystander": {}, f"{GROUP_PREFIX}untagged": {}, "rg-tagged-by-others": {TAG: "2026-01-01"}}
SECONDS = 60


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    """A sandbox of today in Azure's place, with resource groups that are not the live tier's."""
    with open_home(tmp_path_factory.mktemp("azure"), Latency.FAST, dt.date.today()) as home:
        change_world(home, softDelete=True)
        yield home


@pytest.fixture(scope="module")
def arm(home: SandboxHome) -> Iterator[Arm]:
    with sign_in(home) as arm:
        for name, tags in BYSTANDERS.items():
            put_and_wait(arm, f"/resourceGroups/{name}", {"location": "eastus2", "tags": tags})
        yield arm


@pytest.fixture(scope="module")
def official(home: SandboxHome) -> dict[str, str]:
    """The environment that `sandbox env --provider official` prints, and nobody to ask."""
    command = [str(PROJECT_ROOT / ".venv" / "bin" / "sandbox"), "env", "--provider", "official"]
    printed = subprocess.run(
        command, env=os.environ | {"SANDBOX_HOME": str(home.root)}, capture_output=True, text=True, check=True
    ).stdout
    exported = re.findall(r"^export (\w+)='?(.*?)'?$", printed, re.MULTILINE)
    return {**os.environ, **dict(exported)}


def command(*arguments: str) -> list[str]:
    name, *options = arguments
    return [sys.executable, "-m", "tests.live", name, "--subscription", SUBSCRIPTION_ID, *options]


def live(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=PROJECT_ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def groups(arm: Arm) -> set[str]:
    return {one["name"] for one in arm.call("GET", "/resourcegroups").json()["value"]}


def deleted_vaults(arm: Arm) -> list[str]:
    return [one["name"] for one in arm.call("GET", "/providers/Microsoft.KeyVault/deletedVaults").json()["value"]]


def deleted_accounts(arm: Arm) -> list[str]:
    deleted = arm.call("GET", "/providers/Microsoft.CognitiveServices/deletedAccounts").json()["value"]
    return [one["name"] for one in deleted]


def test_a_run_tells_what_is_answered_otherwise_records_no_secret_and_leaves_nothing(
    home: SandboxHome, arm: Arm, official: dict[str, str], tmp_path: Path
) -> None:
    change_world(home, checkApiVersions=False)
    try:
        ran = live(
            official, "run", "--yes", "--ceiling", "1", "--buy", OFFER, "--price", f"{OFFER}=0.5",
            "--buy", FOUNDRY, "--price", f"{FOUNDRY}=0.1", "--output", str(tmp_path),
        )  # fmt: skip
    finally:
        change_world(home, checkApiVersions=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "ceiling: 1.00 US dollars" in ran.stdout
    assert "Sandbox stood in Azure's place: this says nothing of Azure" in ran.stdout
    (folder,) = tmp_path.iterdir()
    record, found = (folder / "record.json").read_text(), yaml.safe_load((folder / "differences.yaml").read_text())

    # What this sandbox was made to answer otherwise is told, and nothing else.
    old = {"request": "GET /subscriptions/<subscription>/resourceGroups/rg-llama-live-<run>", "apiVersion": "nonsense"}
    fact = next(one for one in found["differences"] if one["what"] == "status")
    assert fact == {
        "observed": dt.datetime.now(dt.UTC).date().isoformat(), "cloud": "Sandbox", "isAzure": False,
        "location": "eastus2",
        **old, "what": "status", "answered": 200, "sandbox": 400,
    }  # fmt: skip
    assert {one["apiVersion"] for one in found["differences"]} == {"nonsense", "1999-01-01"}
    assert found["isAzure"] is False
    assert "differs: GET /subscriptions/<subscription>/resourceGroups/rg-llama-live-<run>: status" in ran.stdout

    # Every other request got what the scenarios say of it.
    exchanges = json.loads(record)["exchanges"]
    plan = {one.name: one for one in load_plan().scenarios}
    unlike = []
    for one in exchanges:
        status, code = plan[one["scenario"]].steps[one["step"] - 1].expected
        body = one["answer"].get("body")
        said = body["error"]["code"] if code and isinstance(body, dict) and "error" in body else ""
        if (one["answer"]["status"], said) != (status, code):
            unlike.append(one.get("apiVersion", one["request"]))
    assert unlike == ["nonsense", "1999-01-01"]
    assert found["leftOut"] == {"deployment on a GPU": "its purchase was not agreed to"}
    assert {one["scenario"] for one in exchanges} == set(plan) - set(found["leftOut"])

    # Nothing private is written or printed; what can be told is.
    private = [SUBSCRIPTION_ID, TENANT_ID, official["ARM_CLIENT_ID"], official["ARM_CLIENT_SECRET"]]
    private += [official["ARM_METADATA_HOSTNAME"], "127.0.0.1", "Bearer ey"]
    for text in (record, (folder / "differences.yaml").read_text()):
        assert [one for one in private if one in text] == []
        assert re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}|(?=\S*[A-Z])(?=\S*\d)[\w-]{43}", text) == []
    listed = [one["answer"]["body"] for one in exchanges if one["request"].endswith("/listKeys")]
    assert len(listed) == 4
    assert all(set(re.findall(r"<\w+>", json.dumps(one))) == {"<secret>"} for one in listed)
    assert '"location": "eastus2"' in record

    assert groups(arm) == set(BYSTANDERS)
    assert deleted_vaults(arm) == deleted_accounts(arm) == []


def test_ctrl_c_records_what_was_answered_and_removes_what_was_made(
    home: SandboxHome, arm: Arm, official: dict[str, str], tmp_path: Path
) -> None:
    run = subprocess.Popen(
        command("run", "--yes", "--ceiling", "1", "--output", str(tmp_path)),
        cwd=PROJECT_ROOT,
        env=official | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    for line in run.stdout:
        if line.strip() == "hub and projects":
            break
    made = groups(arm) - set(BYSTANDERS)
    run.send_signal(signal.SIGINT)
    said, errors = run.communicate(timeout=SECONDS)
    assert run.returncode == 130, said + errors
    assert "interrupted; what was made is removed" in errors
    assert len(made) == 1
    assert f"removing {made.pop()}" in said
    record = json.loads(next(tmp_path.rglob("record.json")).read_text())
    assert "key vault" in {one["scenario"] for one in record["exchanges"]}
    assert groups(arm) == set(BYSTANDERS)
    assert deleted_vaults(arm) == []


def test_what_an_aborted_run_left_is_removed_and_nothing_else(arm: Arm, official: dict[str, str]) -> None:
    tagged = {"tags": {TAG: "2026-01-01"}}
    group = f"{GROUP_PREFIX}aborted"
    put_and_wait(arm, f"/resourceGroups/{group}", {"location": "eastus2", **tagged})
    put_and_wait(arm, workspace(group, "hub-aborted"), hub_body())
    vaults = f"/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults"
    put_and_wait(arm, f"{vaults}/kv-live-aborted", {**vault_body(), **tagged})
    others = "/resourceGroups/rg-bystander/providers/Microsoft.KeyVault/vaults/kv-bystander"
    put_and_wait(arm, others, {**vault_body(), **tagged})
    arm.call("DELETE", others)
    wait_until(lambda: deleted_vaults(arm) == ["kv-bystander"])
    cleaned = live(official, "clean")
    assert (cleaned.returncode, cleaned.stdout) == (0, f"removing {group}\nremoved: {group}\n"), cleaned.stderr
    assert groups(arm) == set(BYSTANDERS)
    assert deleted_vaults(arm) == ["kv-bystander"]
    arm.call("POST", "/providers/Microsoft.KeyVault/locations/eastus2/deletedVaults/kv-bystander/purge")


def test_without_a_yes_nothing_is_sent(arm: Arm, official: dict[str, str], tmp_path: Path) -> None:
    ran = live(official, "run", "--output", str(tmp_path))
    assert ran.returncode == 2
    assert "nobody can be asked here, so give --ceiling USD and --yes; nothing was sent" in ran.stderr
    assert (groups(arm), list(tmp_path.iterdir())) == (set(BYSTANDERS), [])


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        (Choices(60, 1), "give --ceiling USD and --yes"),
        (Choices(60, None, is_agreed=True), "give --ceiling USD and --yes"),
        (Choices(60, 1, is_agreed=True, buy=(GPU,)), f"the price of {GPU} is not known, so no ceiling can be held"),
        (Choices(60, 1, is_agreed=True, buy=("gpu:any",)), "--buy gpu:any: there is no such thing; there is market"),
        (Choices(60, 1, is_agreed=True, prices={"any": 1}), "--price any: there is no such thing; there is storage"),
        (
            Choices(60, 5, is_agreed=True, buy=(GPU,), prices={GPU: 4}),
            "it may cost 6.00 US dollars, more than the ceiling of 5.00",
        ),
    ],
)
def test_what_nobody_agreed_to_is_refused(choices: Choices, said: str) -> None:
    with pytest.raises(RefusedError, match=re.escape(said)):
        agree(load_plan(), choices, lambda _line: None, None)


def test_yes_to_the_costs_buys_nothing() -> None:
    assert agree(load_plan(), Choices(60, 1, is_agreed=True), lambda _line: None, None).bought == frozenset()


@pytest.mark.parametrize(
    ("answers", "bought"),
    [
        (["", "", "yes", "1", "yes"], frozenset()),
        ([OFFER, "", GPU, "0.5", "0.4", "1.1", "yes"], frozenset({OFFER, GPU})),
        (["", FOUNDRY, "", "0.1", "1", "yes"], frozenset({FOUNDRY})),
        (["", "", "", "1", "no"], None),
        (["", "", "", "1", ""], None),
        (["", "", "", "lots"], None),
        (["", "", GPU, "4", "1"], None),
    ],
)
def test_a_person_is_asked_for_each_purchase_by_name_and_for_a_yes(
    answers: list[str], bought: frozenset[str] | None
) -> None:
    told: list[str] = []
    left = iter(answers)
    if bought is None:
        with pytest.raises(RefusedError, match="nothing was sent"):
            agree(load_plan(), Choices(60), told.append, lambda _question: next(left))
    else:
        assert agree(load_plan(), Choices(60), told.append, lambda _question: next(left)).bought == bought
        assert any("price unknown" in line for line in told)
    assert list(left) == []


def test_a_price_that_nobody_said_is_unknown_and_never_nothing() -> None:
    lines = estimate(load_plan().costs, 60, {"vault": 0.03})
    assert lines[1].endswith("price unknown")
    assert lines[2].endswith("at most 0.0003 US dollars at 0.03 each")
    assert lines[-1].endswith("for want of a price: storage, hub")


GUID = "8b1f0c2a-1111-4222-8333-944455556666"
KEY = "q0Zk3uYxW8vT1sRpNnMm5LlKkJjHhGg7FfDdSsAaQ2w"


@pytest.mark.parametrize(
    ("private", "shown"),
    [
        (f"/subscriptions/{GUID}/x", "/subscriptions/<subscription>/x"),
        (f"in {GUID.upper()}", "in <subscription>"),
        ("The client 'a.person@contoso.com' with object id '11112222-3333-4444-5555-666677778888'",
         "The client '<person>' with object id '<guid>'"),
        ("of contoso.onmicrosoft.com", "of <domain>"),
        ("live.com#a.person@contoso.com", "<person>"),
        ("Payments is over; Paymentsx, payments not", "<subscription name> is over; Paymentsx, payments not"),
        ("https://m.azure.com/operations/1?api-version=2024-01-01&t=638&c=MIIH&s=abc&h=def",
         "https://m.azure.com/operations/1?api-version=2024-01-01&t=<...>&c=<...>&s=<...>&h=<...>"),
        ("Client address: 203.0.113.7:443", "Client address: <address>"),
        ("took PT12.3456789S of PT90S", "took <duration> of PT90S"),
        ("at 2026-11-28T00:19:53.816448Z", "at <time>"),
        ("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc+/=;EndpointSuffix=b",
         "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=<secret>;EndpointSuffix=b"),
        (f"Bearer eyJhbGciOi.eyJzdWIiOi.{KEY}", "Bearer <token>"),
        (f"unexpected {KEY}", "unexpected <secret>"),
        ("https://llama.eastus2.models.ai.azure.com/v1", "https://llama.eastus2.<data plane>/v1"),
        ("https://llama.eastus2.models.sandbox.localhost:8443/v1", "https://llama.eastus2.<data plane>/v1"),
        ("Microsoft.Storage/storageAccounts in eastus2", "Microsoft.Storage/storageAccounts in eastus2"),
    ],
)  # fmt: skip
def test_what_is_private_becomes_a_placeholder(private: str, shown: str) -> None:
    redactor = Redactor({GUID: "<subscription>"})
    redactor.learn("Payments", SUBSCRIPTION_NAME)
    assert redactor.text(private) == shown


def test_secrets_are_found_by_their_names_and_wherever_they_stand_again() -> None:
    redactor = Redactor({})
    body: dict[str, Any] = {
        "primaryKey": "short-key", "keys": [{"keyName": "one", "value": "in-a-list"}], "connectionString": "c" * 9,
        "keyVault": "kv", "systemData": {"createdBy": "A. Person", "createdByType": "User"}, "max_tokens": 5,
    }  # fmt: skip
    redactor.learn_secrets(body)
    shown = redactor.body(body)
    assert (shown["primaryKey"], shown["keys"][0]["value"]) == ("<secret>", "<secret>")
    assert (shown["connectionString"], shown["keyVault"], shown["max_tokens"]) == ("<secret>", "kv", 5)
    assert shown["systemData"] == {"createdBy": "<person>", "createdByType": "User"}
    assert redactor.text("the key short-key is wrong") == "the key <secret> is wrong"
    assert redactor.headers({"Set-Cookie": "ARRAffinity=1", "Retry-After": "5"}) == {
        "retry-after": "5",
        "set-cookie": "<...>",
    }


def test_a_run_whose_time_is_up_sends_nothing_more(arm: Arm) -> None:
    values = values_of_run(SUBSCRIPTION_ID, TENANT_ID, "late", "eastus2")
    recording = Recording(Target(arm.client, lambda: "any", values, Redactor({}), time.monotonic()))
    with pytest.raises(TimeIsUpError):
        recording.run(load_plan().scenarios, frozenset(), lambda _name: None)
    assert [one.answer for one in recording.exchanges] == [None]


def test_a_scenario_is_left_out_where_what_it_needs_was_not_made(arm: Arm) -> None:
    values = values_of_run(SUBSCRIPTION_ID, TENANT_ID, "nowhere", "marscentral")
    token = str(arm.client.headers["Authorization"]).removeprefix("Bearer ")
    recording = Recording(Target(arm.client, lambda: token, values, Redactor({}), time.monotonic() + SECONDS))
    recording.run(load_plan().scenarios, frozenset({OFFER}), lambda _name: None)
    assert set(recording.left_out) == {one.name for one in load_plan().scenarios}
    assert "did not succeed (status 400)" in recording.left_out["resource group"]
    assert recording.left_out["key vault"] == "resource group was not made"


@pytest.mark.parametrize("name", ["", "dev", "5a2d6b0c"])
def test_what_is_no_subscription_id_is_refused(name: str) -> None:
    result = CliRunner().invoke(cli, ["clean", "--subscription", name])
    assert result.exit_code == 2
    assert f"{name!r} is not a subscription id; write make live SUBSCRIPTION=<id>" in result.output


def test_every_kind_of_difference_is_told() -> None:
    def exchange(answer: Answer | None, end: Answer | None = None, failure: str = "") -> list[Exchange]:
        return [Exchange("any", 1, "GET /any", "2024-03-01", None, answer, end, failure=failure)]

    one = Answer(202, {"location": "x", "date": "<...>"}, {"a": 1, "b": [{"c": "d"}], "error": {"code": "X"}})
    other = Answer(200, {"retry-after": "1"}, {"a": "1", "b": [{}], "error": {"code": "Y", "message": "m"}})
    found = differences(exchange(one, one), exchange(other))
    assert [(each.what, each.answered, each.sandbox) for each in found] == [
        ("status", 202, 200),
        ("header location", "x", "nothing"),
        ("header retry-after", "nothing", "1"),
        ("body a", 1, "1"),
        ("body b[0].c", "d", "nothing"),
        ("code", "X", "Y"),
        ("message", "nothing", "m"),
        ("end: answer", 202, "nothing"),
    ]
    assert differences(exchange(one, other), exchange(one, other)) == []
    (lost,) = differences(exchange(None, failure="ConnectTimeout"), exchange(other))
    assert (lost.what, lost.answered) == ("failure", "ConnectTimeout")


def test_every_scenario_needs_and_buys_what_there_is() -> None:
    plan = load_plan()
    before: set[str] = set()
    for scenario in plan.scenarios:
        assert before.issuperset(scenario.needs), scenario.name
        assert scenario.buys is None or scenario.buys in {one.name for one in plan.purchases}
        before.add(scenario.name)
    # What makes a group of its own bears the tag, by which it is removed.
    for scenario in plan.scenarios:
        for step in scenario.steps:
            if re.fullmatch(r"PUT \{(group|other)\}\.?", step.send):
                assert "tags" in step.body, step.send
