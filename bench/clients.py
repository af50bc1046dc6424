"""Clients of a sandbox in plain HTTP over TLS, which cost as little as a client can: what is measured is the server."""

import asyncio
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles

import psutil

from llama_azure_sandbox.addresses import HOST
from llama_azure_sandbox.records import ServerRecord

Request = Callable[[], bytes]
"""Makes one request after the other; its calls may differ."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How long one answer took, in seconds."""

    whole: float
    first: float
    """To the first byte of its body."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a number of requests took."""

    seconds: float
    processor_seconds: float
    """Of the server alone."""
    answers: list[Answered]

    @property
    def per_second(self) -> float:
        """Requests in a second, as they went through."""
        return len(self.answers) / self.seconds

    @property
    def processor_milliseconds(self) -> float:
        """The server's processor time for one request."""
        return self.processor_seconds / len(self.answers) * 1000

    @property
    def p50(self) -> float:
        """The median of an answer's time, in milliseconds."""
        return median(one.whole for one in self.answers) * 1000

    @property
    def p99(self) -> float:
        """What 99 of 100 answers stay below, in milliseconds."""
        return quantiles((one.whole for one in self.answers), n=100)[98] * 1000

    @property
    def first(self) -> float:
        """The median of the time to the first byte of a body, in milliseconds."""
        return median(one.first for one in self.answers) * 1000


def request(method: str, path: str, token: str | None = None, body: object = None) -> bytes:
    """Return a request as it is sent. ``token`` is a key of an endpoint, or a token of Microsoft Entra ID."""
    content = b"" if body is None else json.dumps(body).encode()
    head = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {len(content)}"]
    if token is not None:
        head += [f"Authorization: Bearer {token}", "Content-Type: application/json"]
    return "\r\n".join([*head, "", ""]).encode() + content


def send(server: ServerRecord, trusted: ssl.SSLContext, make: Request, count: int, clients: int) -> Round:
    """Send so many requests, of so many clients at the same time, and wait for each answer.

    Raises:
        RuntimeError: an answer is no success.
    """
    return asyncio.run(_send(server, trusted, make, count, clients))


async def _send(server: ServerRecord, trusted: ssl.SSLContext, make: Request, count: int, clients: int) -> Round:
    process, left, answers = psutil.Process(server.pid), iter(range(count)), []
    connections = [await asyncio.open_connection(HOST, server.port, ssl=trusted) for _ in range(clients)]

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in left:
            began = time.perf_counter()
            writer.write(make())
            first = await _answer(reader)
            answers.append(Answered(time.perf_counter() - began, first - began))

    before, began = process.cpu_times(), time.perf_counter()
    await asyncio.gather(*(one(*connection) for connection in connections))
    after, seconds = process.cpu_times(), time.perf_counter() - began
    for _, writer in connections:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for _, writer in connections), return_exceptions=True)
    return Round(seconds, after.user + after.system - before.user - before.system, answers)


async def _answer(reader: asyncio.StreamReader) -> float:
    """Read one answer to its end; return when the first of its body was there."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith((b"http/1.1 200", b"http/1.1 201")):
        raise RuntimeError(f"the sandbox answered {head.decode()}")
    if b"transfer-encoding: chunked" in head:
        line, first = await reader.readuntil(b"\r\n"), time.perf_counter()
        while line != b"0\r\n":
            await reader.readexactly(int(line, 16) + 2)
            line = await reader.readuntil(b"\r\n")
        await reader.readuntil(b"\r\n")
        return first
    length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
    return time.perf_counter()
