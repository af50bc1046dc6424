"""Keys are rotated, interrupted at every step and rotated again, while callers go on calling."""

import datetime as dt
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

from llama_azure_core.limits import limits
from llama_azure_pipelines import engine
from llama_azure_pipelines.arm import Arm as PipelineArm
from llama_azure_pipelines.arm import account_of
from llama_azure_pipelines.environments import Environments, environments
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.programs import Answer
from llama_azure_pipelines.steps import keep_keys as keeping
from llama_azure_pipelines.steps import key_age
from llama_azure_pipelines.steps import rotate_keys as rotation
from llama_azure_sandbox.arm.world import TENANT_ID, Latency
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import DEFAULT_AS_OF
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.caller import CHATTING, Caller
from tests.support.estates import make_endpoint, make_project, workspace
from tests.support.homes import open_home
from tests.support.plugin import signed_in

ENDPOINT = "llama-rotated"
GROUP = "rg-rotated"
STACK = "dev"
CONNECTION = "azure-native:machinelearningservices:WorkspaceConnection"
STEPS = 13
"""A connection that is looked at, three keys that are read, three hand-overs to callers and to the connection, two keys
that are renewed, and the update."""


WORLDS_DAY = DEFAULT_AS_OF


@dataclass
class Day:
    """A stack's file that says on which day it is judged."""

    as_of: dt.date

    def settings(self) -> Self:
        return self


class Interrupted(BaseException):
    """The job is killed: nothing of the step is done any more, not even what follows a failure."""


class Interruption:
    """Ends a run before its nth step."""

    def __init__(self, at: int | None) -> None:
        self.at = at
        self.steps = 0

    def step(self) -> None:
        if self.steps == self.at:
            raise Interrupted
        self.steps += 1


class Bench:
    """An endpoint, two callers who hold a key each, and a stack whose outputs told a key when it was last updated."""

    def __init__(self, home: SandboxHome, arm: Arm, folder: Path) -> None:
        self.home = home
        self.arm = arm
        self.endpoint = make_endpoint(arm, GROUP, ENDPOINT, "project")
        self.connection = f"{workspace(GROUP, 'project')}/connections/to-the-endpoint"
        self.url = f"{self.endpoint['uri']}/v1/chat/completions"
        self.callers = [folder / "first.json", folder / "second.json"]
        self.told = ""
        self.start()

    def keys(self) -> dict[str, str]:
        keys: dict[str, str] = self.arm.call("POST", f"{self.endpoint['path']}/listKeys").json()
        return keys

    def start(self) -> None:
        """Have the callers hold the primary key, as the stack tells it."""
        self.told = self.keys()["primaryKey"]
        for caller in self.callers:
            caller.write_text(json.dumps({ENDPOINT: self.told}), encoding="utf-8")
        self.connect()

    def connect(self) -> None:
        """Write the connection as the stack does."""
        shown = {"authType": "ApiKey", "category": "Serverless", "target": self.endpoint["uri"]}
        body = {"properties": {**shown, "credentials": {"key": self.told}, "metadata": {"owner": "platform"}}}
        assert self.arm.call("PUT", self.connection, body).is_success

    def connected(self) -> str:
        """Return the key that the connection holds."""
        key: str = self.arm.call("POST", f"{self.connection}/listsecrets").json()["properties"]["credentials"]["key"]
        return key

    def held(self, caller: Path) -> str:
        key: str = json.loads(caller.read_text(encoding="utf-8"))[ENDPOINT]
        return key

    def assert_every_caller_is_answered(self, when: str) -> None:
        """Every key that is held is one of the endpoint's; an endpoint answers 1,000 questions a minute and no more."""
        held = {self.connected(), *(self.held(caller) for caller in self.callers)}
        assert held <= set(self.keys().values()), f"a caller is refused {when}"

    def outputs(self) -> dict[str, Any]:
        described = {"kind": "serverless", "api": "chat", "uri": self.endpoint["uri"]}
        return {"endpoints": {ENDPOINT: described}, "endpointKeys": {ENDPOINT: self.told}}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("rotation")
    with open_home(folder / "sandbox", Latency.NONE) as home, sign_in(home) as arm, signed_in(home):
        make_project(arm, GROUP)
        yield Bench(home, arm, folder)
        account_of.cache_clear()


@pytest.fixture
def known() -> Environments:
    return environments()


@pytest.fixture
def rotate(bench: Bench, known: Environments, monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None, str], int]:
    """Rotate, interrupted before a step of the run; return how many steps were made. The engine is played."""
    now = Interruption(None)

    def stepped(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            now.step()
            answer = function(*arguments, **options)
            bench.assert_every_caller_is_answered(f"after step {now.steps}")
            return answer

        return call

    def up(_stack: str) -> Answer:
        bench.told = bench.keys()["primaryKey"]
        bench.connect()
        return Answer(0, "")

    account_of.cache_clear()
    monkeypatch.setattr(engine, "config", lambda _stack: {})
    monkeypatch.setattr(engine, "outputs", lambda _stack: bench.outputs())
    monkeypatch.setattr(engine, "resource_ids", lambda *_: {ENDPOINT: SUBSCRIPTION + bench.endpoint["path"]})
    connection = {"type": CONNECTION, "id": SUBSCRIPTION + bench.connection}
    monkeypatch.setattr(engine, "state", lambda _stack: [connection, {"type": "pulumi:pulumi:Stack"}])
    monkeypatch.setattr(engine, "up", stepped(up))
    monkeypatch.setattr(PipelineArm, "call", stepped(PipelineArm.call))
    monkeypatch.setattr(rotation, "_hand_over", stepped(rotation._hand_over))

    def run(at: int | None, hand_over: str) -> int:
        now.at, now.steps = at, 0
        rotation.rotate_keys(STACK, known, hand_over)
        return now.steps

    return run


def hand_over(bench: Bench, folder: Path, *, gives: int = 2) -> str:
    """Return the command that gives keys to so many of the callers, and fails if that is not all of them."""
    script = folder / f"hand_over_{gives}.py"
    script.write_text(
        "import os, sys\n"
        "keys = sys.stdin.read()\n"
        f"for caller in sys.argv[1:][:{gives}]:\n"
        "    with open(caller + '.new', 'w') as file:\n        file.write(keys)\n"
        "    os.replace(caller + '.new', caller)\n"
        f"sys.exit(len(sys.argv[1:]) > {gives})\n",
        encoding="utf-8",
    )
    return " ".join([sys.executable, str(script), *map(str, bench.callers)])


def assert_all_is_new(bench: Bench, before: dict[str, str]) -> None:
    now = bench.keys()
    assert not set(now.values()) & set(before.values())
    assert {bench.held(caller) for caller in bench.callers} == {bench.told} == {now["primaryKey"], bench.connected()}
    assert bench.arm.call("GET", bench.connection).json()["properties"]["metadata"] == {"owner": "platform"}


def test_a_rotation_interrupted_at_every_step_and_repeated_refuses_no_caller(
    bench: Bench, rotate: Callable[[int | None, str], int], tmp_path: Path
) -> None:
    command = hand_over(bench, tmp_path)
    with Caller(bench.home, bench.url, lambda: bench.held(bench.callers[0]), CHATTING) as caller:
        before = bench.keys()
        # Each run repeats the one before, which was interrupted one step sooner; the last comes to its end.
        for step in itertools.count():
            assert step <= STEPS
            try:
                rotate(step, command)
            except Interrupted:
                bench.assert_every_caller_is_answered(f"after an interruption before step {step}")
            else:
                break
        assert_all_is_new(bench, before)
    assert step == STEPS
    assert caller.refused == []
    assert caller.answered


@pytest.mark.parametrize("gives", [0, 1])
@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_hand_over_that_fails_refuses_no_caller_then_or_in_the_next_run(
    bench: Bench,
    rotate: Callable[[int | None, str], int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failing: int,
    gives: int,
) -> None:
    """The nth hand-over of a run fails, after it gave the keys to none or to one of the two callers."""
    good, bad = hand_over(bench, tmp_path), hand_over(bench, tmp_path, gives=gives)
    before = bench.keys()
    handed = itertools.count(1)
    real = rotation._hand_over

    def hand(command: list[str], *rest: Any) -> None:
        real(bad.split() if next(handed) == failing else command, *rest)

    monkeypatch.setattr(rotation, "_hand_over", hand)
    with pytest.raises(StepError, match="did not hand the keys over"):
        rotate(None, good)
    bench.assert_every_caller_is_answered("after a hand-over that failed")
    if failing == 1:
        assert bench.keys() == before
    rotate(None, good)
    bench.assert_every_caller_is_answered("after the second run")
    assert_all_is_new(bench, before)


def test_a_command_that_cannot_hand_keys_over_is_met_before_any_is_renewed(
    bench: Bench, rotate: Callable[[int | None, str], int]
) -> None:
    before = bench.keys()
    with pytest.raises(StepError, match=r"did not hand the keys over \(exit code 1\); nothing was renewed"):
        rotate(None, "false")
    assert bench.keys() == before


def test_the_age_of_keys_is_told_and_what_is_due_fails(
    bench: Bench,
    rotate: Callable[[int | None, str], int],
    tmp_path: Path,
    known: Environments,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    remembered = limits()["activityLogDays"]
    today = WORLDS_DAY
    monkeypatch.setattr(key_age, "read_stack_file", lambda _stack: Day(today))
    rotate(None, hand_over(bench, tmp_path))
    key_age.key_age(STACK, known)
    assert f"{ENDPOINT}: its keys were renewed on {today}, 0 days ago; they will be due on" in capsys.readouterr().out
    today += dt.timedelta(days=31)
    with pytest.raises(StepError, match=f"keys are due, of {ENDPOINT}; renew them with `rotate-keys`"):
        key_age.key_age(STACK, known.model_copy(update={"max_key_age_days": 30}))
    assert "31 days ago; they are due" in capsys.readouterr().out
    today = WORLDS_DAY + dt.timedelta(days=remembered + 1)
    with pytest.raises(StepError, match="keys are due"):
        key_age.key_age(STACK, known)
    assert f"older than the {remembered} days that Azure remembers" in capsys.readouterr().out
    key = bench.keys()["primaryKey"]
    assert key not in capsys.readouterr().out


VAULT = f"/resourceGroups/{GROUP}/providers/Microsoft.KeyVault/vaults/kv-rotated"


def test_keys_are_handed_over_to_a_vault_that_says_where_they_are_and_until_when(
    bench: Bench, known: Environments
) -> None:
    body = {
        "location": "eastus2",
        "properties": {"tenantId": TENANT_ID, "sku": {"family": "A", "name": "standard"}, "accessPolicies": []},
    }
    assert bench.arm.call("PUT", VAULT, body).is_success
    command = [sys.executable, "-m", "llama_azure_pipelines", "keep-keys", "--vault", f"{SUBSCRIPTION}{VAULT}"]
    keys = json.dumps({ENDPOINT: bench.keys()["primaryKey"]})
    said = subprocess.run(command, input=keys, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert f"{ENDPOINT}: https://kv-rotated.vault.azure.net/secrets/{ENDPOINT}" in said.stdout
    assert bench.keys()["primaryKey"] not in said.stdout + said.stderr
    shown = bench.arm.call("GET", f"{VAULT}/secrets/{ENDPOINT}").json()["properties"]
    assert shown["secretUri"] == f"https://kv-rotated.vault.azure.net/secrets/{ENDPOINT}"
    days = (shown["attributes"]["exp"] - time.time()) / 86_400
    assert known.max_key_age_days - 1 < days <= known.max_key_age_days


def test_each_key_is_the_value_of_the_secret_that_is_called_as_its_endpoint(
    known: Environments, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written: dict[str, str] = {}

    class Vault:
        def call(self, _method: str, path: str, _version: str, body: dict[str, Any]) -> dict[str, Any]:
            written[path] = body["properties"]["value"]
            return {"properties": {"secretUri": "https://kv.example/secrets/x"}}

    monkeypatch.setattr(keeping, "Arm", Vault)
    keeping.keep_keys(f"{SUBSCRIPTION}{VAULT}", json.dumps({"one": "key-1", "two": "key-2"}), 0, known)
    secrets = f"{SUBSCRIPTION}{VAULT}/secrets"
    assert written == {f"{secrets}/one": "key-1", f"{secrets}/two": "key-2"}
    assert "key-" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("vault", "keys", "told"),
    [
        ("kv-rotated", "{}", "is not the id of an Azure resource"),
        (f"{SUBSCRIPTION}/resourceGroups/rg", '{"a": "secret"}', "is no key vault"),
        (SUBSCRIPTION + VAULT, "secret", "standard input is to be a JSON object"),
        (SUBSCRIPTION + VAULT, "{}", "standard input is to be a JSON object"),
        (SUBSCRIPTION + VAULT, '{"a": {"b": "secret"}}', "standard input is to be a JSON object"),
        (SUBSCRIPTION + VAULT, '{"a/b": "secret"}', "no secret can be called a/b"),
    ],
)
def test_what_cannot_be_kept_is_told_without_a_key_and_nothing_is_written(
    vault: str, keys: str, told: str, known: Environments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "Arm", lambda: pytest.fail("Azure was called"))
    with pytest.raises(StepError, match=told) as refused:
        keeping.keep_keys(vault, keys, 0, known)
    assert "nothing was written" in str(refused.value)
    assert "secret" not in str(refused.value).replace("no secret can", "")
