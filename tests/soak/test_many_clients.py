"""Many clients at once on one sandbox, which is killed in the end: what it had answered to is there again."""

import os
import random
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import StartOptions, running, start, stop
from tests.soak.conftest import Tally
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.estates import account_body, make_endpoint, make_project
from tests.support.mutations import attack_by_template, mutated

CLIENTS = 8
ACTIONS = 40
GROUP = "rg-mutated"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SandboxHome]:
    home = SandboxHome(tmp_path / "sandbox")
    start(home, StartOptions(port=0, latency=Latency.NONE))
    yield home
    stop(home)


def act(home: SandboxHome, uri: str, key: str, seed: int, number: int) -> dict[str, str | None]:
    """Do what one client does; return the owner of each of its accounts in the end, and None for a deleted one."""
    draw = random.Random(f"{seed}-{number}")  # noqa: S311 - repeatable
    known: dict[str, str | None] = {}
    with sign_in(home) as arm:
        for at in range(ACTIONS):
            name = f"st{number}x{draw.randrange(4)}"
            path = f"/resourceGroups/rg-clients/providers/Microsoft.Storage/storageAccounts/{name}"
            match draw.randrange(7):
                case 0 | 1:
                    answer = arm.call("PUT", path, account_body() | {"tags": {"owner": f"{seed}-{at}"}})
                    known[path] = f"{seed}-{at}"
                    assert answer.is_success, answer.text
                case 2:
                    answer = arm.call("DELETE", path)
                    known[path] = None
                    assert answer.is_success, answer.text
                case 3:
                    answer = arm.call("GET", "/resources")
                case 4:
                    body = {"messages": [{"role": "user", "content": "x"}], "max_tokens": 4}
                    bearer = {"Authorization": f"Bearer {key}"}
                    answer = arm.client.post(f"{uri}/v1/chat/completions", json=body, headers=bearer)
                case 5:
                    method, odd_path, body = mutated(draw)
                    answer = arm.call(method, odd_path, body)
                case _:
                    attack_by_template(arm, draw, f"fuzzed-{number}")
                    continue
            assert answer.status_code < 500, f"{answer.request.method} {answer.request.url}: {answer.text}"
    return known


def assert_kept(arm: Arm, known: dict[str, str | None]) -> None:
    for path, owner in known.items():
        found = arm.call("GET", path)
        assert found.status_code == (404 if owner is None else 200), f"{SUBSCRIPTION}{path}: {found.text}"
        assert owner is None or found.json()["tags"] == {"owner": owner}


def test_concurrent_clients_and_a_kill(home: SandboxHome, soak: Tally) -> None:
    with sign_in(home) as arm:
        make_project(arm, GROUP)
        arm.call("PUT", "/resourcegroups/rg-clients", {"location": "eastus2"})
        endpoint = make_endpoint(arm, GROUP, "asked")

    def attempt(seed: int) -> None:
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [
                pool.submit(act, home, endpoint["uri"], endpoint["primaryKey"], seed, number)
                for number in range(CLIENTS)
            ]
        record = running(home)
        assert record is not None, "the sandbox has ended"
        os.kill(record.pid, signal.SIGKILL)
        os.waitpid(record.pid, 0)
        start(home, StartOptions(port=record.port))
        with sign_in(home) as arm:
            for client in clients:
                assert_kept(arm, client.result())

    soak.run(attempt)
