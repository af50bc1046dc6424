"""An endpoint moves to another back end and back by one changed field, and who calls it is answered all the while.

The world is of a day on which each back end offers the model. The tests run in order: each begins where the one before
left off.
"""

import datetime as dt
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, Self

import httpx
import pytest

from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_azure_sandbox.process import StartOptions
from tests.support.workbench import Workbench, open_workbench

STACK = "sandbox"
MODEL = "Llama-3.3-70B-Instruct"
DAY = dt.date(2026, 3, 2)
PATIENCE_SECONDS = 30
QUESTION = {"messages": [{"role": "user", "content": "What is the distance to the moon?"}], "max_tokens": 8}


def describe(bench: Workbench, back_end: str, *also: str) -> None:
    """Write the stack's file: what every back end needs, and which of them it is on."""
    deployment = {"vmSize": "Standard_NC96ads_A100_v4", "traffic": 100}
    chat = {
        "model": MODEL,
        "backEnd": back_end,
        "alsoOn": list(also),
        "managed": {"deployments": {"blue": deployment}},
        "foundry": {"capacity": 100},
    }
    changes = {
        "asOf": DAY.isoformat(),
        "foundry": {"localAuth": True, "purgeOnDelete": True},
        "projects": {"assistants": {"endpoints": {"chat": chat}}},
    }
    bench.configure(STACK, **{f"llama-azure:{name}": value for name, value in changes.items()})


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("moves") / "bench", StartOptions(port=0, as_of=DAY)) as bench:
        describe(bench, "serverless")
        bench.pulumi("stack", "select", STACK, "--create")
        bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
        yield bench


def told(bench: Workbench) -> tuple[dict[str, Any], str]:
    """Return what the stack says of the endpoint, and its key."""
    outputs = bench.outputs(STACK)
    return outputs["endpoints"]["chat"], outputs["endpointKeys"]["chat"]


class Client:
    """Somebody who calls an endpoint again and again, and reads the stack's outputs anew where it is refused."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._http = httpx.Client(verify=ssl.create_default_context(cafile=bench.environment["SSL_CERT_FILE"]))
        self._endpoint, self._key = told(bench)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on)
        self.answered: dict[str, int] = {}
        self.refused: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._http.close()

    def wait_for(self, back_end: str) -> None:
        """Go on until a back end has answered."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.answered.get(back_end) and time.monotonic() < deadline:
            time.sleep(0.2)

    def _go_on(self) -> None:
        while not self._over.wait(0.2):
            refusal = self._ask()
            if refusal is not None:
                self._endpoint, self._key = told(self._bench)
                refusal = self._ask()
            if refusal is not None:
                self.refused.append(refusal)

    def _ask(self) -> str | None:
        """Return why the endpoint does not answer; ``None`` where it does."""
        endpoint = self._endpoint
        answer = self._http.post(
            f"{endpoint['baseUrl']}chat/completions",
            json={"model": endpoint["deployment"], **QUESTION},
            headers={"Authorization": f"Bearer {self._key}"},
        )
        if answer.status_code == httpx.codes.OK:
            self.answered[endpoint["backend"]] = self.answered.get(endpoint["backend"], 0) + 1
            return None
        return f"{time.monotonic()}: {endpoint['baseUrl']} {answer.status_code} {answer.text[:200]}"


def first_chat(bench: Workbench) -> str:
    """Run the example, which is the same program for every back end."""
    answer = subprocess.run(
        [sys.executable, str(PROJECT_ROOT / "examples" / "first_chat.py"), "--stack", STACK],
        cwd=bench.project,
        env=bench.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def moving(changes: dict[str, int]) -> set[str]:
    """Return what an `up` did beside leaving things as they are."""
    return changes.keys() - {"same"}


SHAPE = {"kind", "backend", "auth", "model", "project", "region", "api", "uri", "baseUrl", "deployment"}


@pytest.mark.parametrize(
    ("before", "after"),
    [("serverless", "foundry"), ("foundry", "managed"), ("managed", "serverless")],
)
def test_an_endpoint_moves_while_it_is_called(bench: Workbench, before: str, after: str) -> None:
    assert told(bench)[0]["backend"] == before
    asked = len(journal(bench.home))
    with Client(bench) as client:
        # The new one is made, and the outputs tell of it, while the one before answers on.
        describe(bench, after, before)
        assert moving(bench.changes("up", "--stack", STACK)) == {"create"}
        outputs = bench.outputs(STACK)["endpoints"]
        assert outputs.keys() == {"chat", f"chat-{before}"}
        assert {name: one["backend"] for name, one in outputs.items()} == {"chat": after, f"chat-{before}": before}
        # The client learns of it only when it is refused.
        describe(bench, after)
        assert moving(bench.changes("up", "--stack", STACK)) <= {"delete", "update"}
        client.wait_for(after)
    assert client.refused == []
    assert client.answered.keys() == {before, after}
    endpoint, _ = told(bench)
    assert endpoint["backend"] == after
    assert endpoint.keys() >= SHAPE
    assert MODEL in first_chat(bench)
    assert {one["status"] for one in journal(bench.home)[asked:] if one["status"] == 409} == set()
    assert bench.changes("up", "--stack", STACK).keys() == {"same"}


def test_in_one_step_the_new_one_is_there_before_the_one_before_goes(bench: Workbench) -> None:
    describe(bench, "foundry")
    asked = len(journal(bench.home))
    assert moving(bench.changes("up", "--stack", STACK)) == {"create", "delete"}
    writes = [one for one in journal(bench.home)[asked:] if one["method"] in ("PUT", "DELETE")]
    made = max(index for index, one in enumerate(writes) if "/deployments/" in one["path"] and one["method"] == "PUT")
    gone = min(index for index, one in enumerate(writes) if one["method"] == "DELETE")
    assert made < gone
    assert told(bench)[0]["backend"] == "foundry"
