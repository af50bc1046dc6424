"""Whether the sandbox's server holds more memory the more requests it has answered."""

from collections.abc import Iterator
from itertools import cycle

import psutil

from bench.clients import request
from bench.data_plane import ChattySandbox, open_chatty_sandbox
from bench.results import write_results
from tests.support.arm import SUBSCRIPTION
from tests.support.estates import account_body

MILLION, SHORT = 10**6, 10**5
WARM_UP = 20_000
"""As many as fill what has a bound: twice what the journal keeps."""
_CLIENTS = 8
_PARTS = 10
_ACCOUNT = (
    f"{SUBSCRIPTION}/resourceGroups/rg-bench/providers/Microsoft.Storage/storageAccounts/stbench?api-version=2024-01-01"
)


def measure_sandbox_memory(requests: int = MILLION) -> Iterator[str]:
    """Send requests of all kinds, and yield the lines to print: the memory after each tenth of them."""
    with open_chatty_sandbox() as chatty:
        chatty.send(lambda: request("PUT", _ACCOUNT, chatty.arm_token, account_body()), 1, 1)
        yield f"to warm up: {_sent(chatty, WARM_UP)}"
        before = _memory(chatty)
        rows = [{"requests": 0, "MiB": round(before / 2**20, 1)}]
        for part in range(1, _PARTS + 1):
            told = _sent(chatty, requests // _PARTS)
            rows.append({"requests": requests // _PARTS * part, "MiB": round(_memory(chatty) / 2**20, 1)})
            yield f"{rows[-1]['requests']:9.0f} requests: {rows[-1]['MiB']:.1f} MiB, {told}"
        after = _memory(chatty)
    yield f"memory after {requests} requests, by that after {WARM_UP}: {after / before:.3f}"
    write_results("sandbox-memory", {"memory-of-many-requests": after / before}, rows, requests=requests)


def _sent(chatty: ChattySandbox, count: int) -> str:
    """Send six chats, a stream, two reads of Resource Manager and a write, over and over; return how fast it went."""
    chat, stream = chatty.chat()(), chatty.chat(stream=True)()
    read = request("GET", _ACCOUNT, chatty.arm_token)
    write = request("PUT", _ACCOUNT, chatty.arm_token, account_body())
    kinds = cycle([write, chat, chat, read, chat, stream, chat, chat, read, chat])
    return f"{chatty.send(lambda: next(kinds), count, _CLIENTS).per_second:.0f} a second"


def _memory(chatty: ChattySandbox) -> int:
    """Return what the server would give back if it ended, in bytes."""
    return int(psutil.Process(chatty.sandbox.record.pid).memory_full_info().uss)
