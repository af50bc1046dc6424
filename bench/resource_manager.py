"""What the sandbox's Resource Manager takes for a PUT, a GET and a list, with few resources and with many."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from statistics import quantiles
from typing import Any

import httpx

from bench.results import write_results
from bench.sandboxes import MeasuredSandbox, open_sandbox
from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.process import trusting
from tests.support.arm import SUBSCRIPTION, sign_in
from tests.support.estates import account_body, make_project

CLIENTS = (1, 10, 100)
REQUESTS = 1000
MANY = 2000
_ACCOUNTS = f"{SUBSCRIPTION}/resourceGroups/rg-bench/providers/Microsoft.Storage/storageAccounts"
_VERSION = {"api-version": "2024-01-01"}
_names = count()


def measure_resource_manager() -> Iterator[str]:
    """Send requests over TLS, in turns with the health check, which does nothing; yield the lines to print."""
    rows: list[dict[str, Any]] = []
    with open_sandbox(Latency.NONE) as sandbox:
        with sign_in(sandbox.home) as arm:
            make_project(arm, "rg-bench")
            token = str(arm.client.headers["Authorization"])
        for stored in (0, MANY):
            asyncio.run(_fill(sandbox, token, stored))
            for what, act in (("PUT", _put), ("GET", _get), ("list", _list)):
                for clients in CLIENTS:
                    seconds = asyncio.run(_measured(sandbox, token, act, clients))
                    row = {"what": what, "stored": stored, "clients": clients, **_percentiles(seconds)}
                    rows.append(row)
                    yield "  ".join(f"{name} {value}" for name, value in row.items())
    p50 = {(row["what"], row["stored"], row["clients"]): row["p50Milliseconds"] for row in rows}
    ratios = {f"{what.lower()}-with-{MANY}-stored": p50[what, MANY, 1] / p50[what, 0, 1] for what in ("PUT", "GET")}
    write_results("resource-manager", ratios, rows, requests=REQUESTS)


Act = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


async def _put(client: httpx.AsyncClient) -> httpx.Response:
    return await client.put(f"{_ACCOUNTS}/st{next(_names)}", params=_VERSION, json=account_body())


async def _get(client: httpx.AsyncClient) -> httpx.Response:
    return await client.get(f"{_ACCOUNTS}/st0", params=_VERSION)


async def _list(client: httpx.AsyncClient) -> httpx.Response:
    groups = f"{SUBSCRIPTION}/resourceGroups/rg-bench/providers/Microsoft.MachineLearningServices/workspaces"
    return await client.get(groups, params={"api-version": "2025-12-01"})


async def _fill(sandbox: MeasuredSandbox, token: str, wanted: int) -> None:
    async with _client(sandbox, token) as client:
        for _ in range(wanted):
            (await _put(client)).raise_for_status()


async def _measured(sandbox: MeasuredSandbox, token: str, act: Act, clients: int) -> list[float]:
    """Return the seconds of each request, of so many clients at the same time."""
    left, seconds = iter(range(REQUESTS)), []

    async def one() -> None:
        async with _client(sandbox, token) as client:
            for _ in left:
                began = time.perf_counter()
                (await act(client)).raise_for_status()
                seconds.append(time.perf_counter() - began)

    await asyncio.gather(*(one() for _ in range(clients)))
    return seconds


def _client(sandbox: MeasuredSandbox, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": token}
    return httpx.AsyncClient(
        base_url=sandbox.record.base_url, headers=headers, verify=trusting(sandbox.home), timeout=60
    )


def _percentiles(seconds: list[float]) -> dict[str, float]:
    cuts = quantiles(seconds, n=100)
    return {"p50Milliseconds": round(cuts[49] * 1000, 2), "p99Milliseconds": round(cuts[98] * 1000, 2)}
