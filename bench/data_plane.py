"""What an endpoint's answer costs the sandbox, against its health check, which does nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.clients import Request, Round, request, send
from bench.results import write_results
from bench.sandboxes import MeasuredSandbox, open_sandbox
from llama_azure_sandbox.addresses import HEALTH_PATH
from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.process import trusting
from tests.support.arm import sign_in
from tests.support.data_plane import deploy
from tests.support.estates import make_project

REQUESTS = 3000
STREAMS = 500
CONNECTIONS = 8
STREAMS_AT_ONCE = 500
"""As many connections as managed compute keeps (source S22)."""
_CHAT = {"messages": [{"role": "user", "content": "What is the distance to the moon?"}]}


@dataclass(frozen=True, slots=True)
class ChattySandbox:
    """A running sandbox with one serverless endpoint, which no limit holds back, and a token of Resource Manager."""

    sandbox: MeasuredSandbox
    path: str
    """Of the endpoint's chat route."""
    key: str
    arm_token: str

    def chat(self, *, stream: bool = False) -> Request:
        """Return what makes chat requests."""
        content = request("POST", self.path, self.key, {**_CHAT, "stream": True} if stream else _CHAT)
        return lambda: content

    def send(self, make: Request, count: int, clients: int) -> Round:
        """Send requests as ``bench.clients.send`` does."""
        return send(self.sandbox.record, trusting(self.sandbox.home), make, count, clients)


@contextmanager
def open_chatty_sandbox() -> Iterator[ChattySandbox]:
    """Start a sandbox and deploy one endpoint."""
    with open_sandbox(Latency.NONE, limits={"requestsPerMinute": 10**9, "tokensPerMinute": 10**12}) as sandbox:
        with sign_in(sandbox.home) as arm:
            make_project(arm, "rg-bench")
            endpoint = deploy(arm, "rg-bench", "chatty", "Meta-Llama-3-8B-Instruct")
            token = str(arm.client.headers["Authorization"]).removeprefix("Bearer ")
        path = endpoint["uri"].removeprefix(sandbox.record.base_url) + "/v1/chat/completions"
        yield ChattySandbox(sandbox, path, endpoint["primaryKey"], token)


def measure_data_plane() -> Iterator[str]:
    """Send requests over TLS to one sandbox and yield the lines to print."""
    with open_chatty_sandbox() as chatty:
        chatty.send(chatty.chat(), 200, CONNECTIONS)  # to warm up
        idle = chatty.send(lambda: request("GET", HEALTH_PATH), REQUESTS, CONNECTIONS)
        chat = chatty.send(chatty.chat(), REQUESTS, CONNECTIONS)
        stream = chatty.send(chatty.chat(stream=True), STREAMS, CONNECTIONS)
        crowd = chatty.send(chatty.chat(stream=True), STREAMS_AT_ONCE, STREAMS_AT_ONCE)
        whole = chatty.send(chatty.chat(), STREAMS, 1)
        token = chatty.send(chatty.chat(stream=True), STREAMS, 1)
    for name, one in (
        ("health check", idle),
        ("chat, 16 tokens", chat),
        ("the same, streamed", stream),
        (f"{STREAMS_AT_ONCE} streams at once", crowd),
        ("chat, one client", whole),
        ("streamed, one client", token),
    ):
        yield (
            f"{name:22} {one.per_second:7.0f} /s   {one.processor_milliseconds:6.2f} ms of the server's processor   "
            f"p50 {one.p50:7.2f} ms   p99 {one.p99:7.2f} ms   first {one.first:7.2f} ms"
        )
    ratios = {
        "chat-by-health-check": chat.processor_milliseconds / idle.processor_milliseconds,
        "streamed-by-whole": stream.processor_milliseconds / chat.processor_milliseconds,
        "chats-a-second-of-one-core": 1000 / chat.processor_milliseconds,
        "streams-at-once-by-eight": crowd.processor_milliseconds / stream.processor_milliseconds,
        "first-token-by-whole": token.first / whole.p50,
        "first-token-milliseconds-after-whole": token.first - whole.p50,
    }
    for name, value in ratios.items():
        yield f"{name:38} {value:8.2f}"
    write_results("data-plane", ratios, requests=REQUESTS, streams=STREAMS_AT_ONCE)
