"""What an endpoint's answer costs the sandbox, against its health check, which does nothing."""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.results import write_results
from llama_azure_sandbox.addresses import HEALTH_PATH, HOST
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import StartOptions, start, stop, trusting
from llama_azure_sandbox.records import ServerRecord
from tests.support.arm import sign_in
from tests.support.data_plane import deploy
from tests.support.estates import make_project

REQUESTS = 3000
STREAMS = 300
CONNECTIONS = 8
STREAMS_AT_ONCE = 500
"""As many connections as managed compute keeps (source S22)."""
_CHAT = {"messages": [{"role": "user", "content": "What is the distance to the moon?"}]}


@dataclass(frozen=True, slots=True)
class Rate:
    """What a number of requests took."""

    seconds: float
    processor_seconds: float
    """Of the server alone."""
    requests: int

    @property
    def per_second(self) -> float:
        """Requests in a second, as they went through."""
        return self.requests / self.seconds

    @property
    def milliseconds(self) -> float:
        """The server's processor time for one request."""
        return self.processor_seconds / self.requests * 1000


def measure_data_plane() -> Iterator[str]:
    """Send requests over TLS to one sandbox and yield the lines to print."""
    with tempfile.TemporaryDirectory() as folder:
        home = SandboxHome(Path(folder, "sandbox"))
        record, _ = start(home, StartOptions(port=0))
        try:
            with sign_in(home) as arm:
                make_project(arm, "rg-bench")
                endpoint = deploy(arm, "rg-bench", "chatty", "Meta-Llama-3-8B-Instruct")
            change_world(home, limits={"requestsPerMinute": 10**9, "tokensPerMinute": 10**12})
            path, key = endpoint["uri"].removeprefix(record.base_url) + "/v1/chat/completions", endpoint["primaryKey"]
            idle = asyncio.run(_measure(home, record, _request("GET", HEALTH_PATH), REQUESTS, CONNECTIONS))
            chat = asyncio.run(_measure(home, record, _request("POST", path, key, _CHAT), REQUESTS, CONNECTIONS))
            streaming = _request("POST", path, key, {**_CHAT, "stream": True})
            stream = asyncio.run(_measure(home, record, streaming, STREAMS, CONNECTIONS))
            crowd = asyncio.run(_measure(home, record, streaming, STREAMS_AT_ONCE, STREAMS_AT_ONCE))
        finally:
            stop(home)
    for name, rate in (
        ("health check", idle),
        ("chat, 16 tokens", chat),
        ("the same, streamed", stream),
        ("500 streams at once", crowd),
    ):
        yield f"{name:22} {rate.per_second:7.0f} /s   {rate.milliseconds:6.2f} ms of the server's processor each"
    yield f"{'chat / health check':22} {chat.milliseconds / idle.milliseconds:7.2f}      (of processor time)"
    yield f"{'streamed / whole':22} {stream.milliseconds / chat.milliseconds:7.2f}      (of processor time)"

    write_results(
        "data-plane",
        {
            "chat-by-health-check": chat.milliseconds / idle.milliseconds,
            "streamed-by-whole": stream.milliseconds / chat.milliseconds,
            "chats-a-second-of-one-core": 1000 / chat.milliseconds,
        },
    )


def _request(method: str, path: str, key: str | None = None, body: object = None) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    head = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {len(content)}"]
    if key is not None:
        head += [f"Authorization: Bearer {key}", "Content-Type: application/json"]
    return "\r\n".join([*head, "", ""]).encode() + content


async def _measure(home: SandboxHome, record: ServerRecord, request: bytes, count: int, connections: int) -> Rate:
    server = psutil.Process(record.pid)
    left, context = iter(range(count)), trusting(home)

    async def send() -> None:
        reader, writer = await asyncio.open_connection(HOST, record.port, ssl=context)
        for _ in left:
            writer.write(request)
            await _answer(reader)
        writer.close()
        await writer.wait_closed()

    before, began = server.cpu_times(), time.monotonic()
    await asyncio.gather(*(send() for _ in range(connections)))
    after, seconds = server.cpu_times(), time.monotonic() - began
    return Rate(seconds, after.user + after.system - before.user - before.system, count)


async def _answer(reader: asyncio.StreamReader) -> None:
    """Read one answer to its end.

    Raises:
        RuntimeError: it is no success.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        raise RuntimeError(f"the sandbox answered {head.decode()}")
    if b"transfer-encoding: chunked" in head:
        while (await reader.readuntil(b"\r\n")) != b"0\r\n":
            pass
        await reader.readuntil(b"\r\n")
        return
    length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
