"""What the journal and the question for faults add to a request, against the same request without them."""

import asyncio
import datetime as dt
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from starlette.applications import Starlette

from llama_azure_sandbox.arm.store import Store
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, Latency, World
from llama_azure_sandbox.home import OWNER_SECRET, SandboxHome
from llama_azure_sandbox.records import ServerRecord
from llama_azure_sandbox.server import create_app

ROUNDS = 9
REQUESTS = 200
_BASE_URL = "https://127.0.0.1:1"
_MANAGEMENT = "https://management.azure.com"


def measure_journal_cost() -> Iterator[str]:
    """Read a list of resource groups within this process, with and without the middleware; yield the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        yield asyncio.run(_measured(Path(folder)))


async def _measured(folder: Path) -> str:
    with_it, without = _app(folder / "with"), _app(folder / "without")
    without.user_middleware.clear()
    seconds: dict[bool, list[float]] = {True: [], False: []}
    clients = {True: await _signed_in(with_it, folder / "with"), False: await _signed_in(without, folder / "without")}
    for number in range(ROUNDS):  # in turn, so that both see the same machine
        for has_it in (True, False) if number % 2 else (False, True):
            seconds[has_it].append(await _round(clients[has_it]))
    for client in clients.values():
        await client.aclose()
    slow, fast = min(seconds[True]), min(seconds[False])  # what disturbs a round only adds to it
    return f"an ARM read with journal and faults takes {slow / fast:.2f} times the processor time of one without"


def _app(root: Path) -> Starlette:
    home = SandboxHome(root)
    home.create()
    as_of = dt.date(2024, 7, 1)
    world = World(Store(home.database), as_of, _BASE_URL, Latency.NONE)
    return create_app(home, world, ServerRecord(os.getpid(), 1, as_of, Latency.NONE, time.time()))


async def _signed_in(app: Starlette, root: Path) -> httpx.AsyncClient:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=_BASE_URL)
    answer = await client.get(
        "/msi/token",
        params={"api-version": "2019-08-01", "resource": _MANAGEMENT},
        headers={"X-IDENTITY-HEADER": SandboxHome(root).secret(OWNER_SECRET)},
    )
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


async def _round(client: httpx.AsyncClient) -> float:
    began = time.process_time()
    for _ in range(REQUESTS):
        path = f"/subscriptions/{SUBSCRIPTION_ID}/resourcegroups"
        (await client.get(path, params={"api-version": "2024-03-01"})).raise_for_status()
    return time.process_time() - began
