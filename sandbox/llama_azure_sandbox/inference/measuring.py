"""Measures every request to an endpoint for Azure Monitor: who answered, with which status, and how long it took.

It stands before the faults, so that what a fault does to a request is measured as if the service had done it. A request
whose connection breaks has no status, and does not count.
"""

import contextlib
import json
import time
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from llama_azure_sandbox.addresses import FOUNDRY_PATH
from llama_azure_sandbox.inference.answers import DONE
from llama_azure_sandbox.inference.endpoints import Endpoints
from llama_azure_sandbox.inference.foundry_accounts import FoundryAccounts
from llama_azure_sandbox.inference.measurements import Measured, Measurements

SOURCE = "measured"
"""In a request's state: the key of the deployment that a request is for, once that is known."""
DEPLOYMENT = "deployment"
"""In a request's state: the name of a Foundry deployment of a request that reaches no route."""
_DONE = DONE.encode()
_MOST_BYTES = 1024 * 1024
_MANAGED, _SERVERLESS = "managed", "serverless"


class Sources:
    """Who is measured, by the path of a request whose deployment nobody named."""

    def __init__(self, endpoints: Endpoints, accounts: FoundryAccounts) -> None:
        self._endpoints = endpoints
        self._accounts = accounts

    def of(self, path: str, state: Mapping[str, object]) -> str | None:
        """Return the key of a request's deployment, or of the endpoint or the account; ``None`` of nobody."""
        if (known := state.get(SOURCE)) is not None:
            return str(known)
        _, plane, *rest = path.split("/")
        if f"/{plane}" == FOUNDRY_PATH:
            account = self._accounts.current().get(rest[0].lower()) if rest else None
            return None if account is None else _of_account(account.endpoint.id.lower(), rest, state)
        if plane not in (_MANAGED, _SERVERLESS) or len(rest) < 2:
            return None
        current = self._endpoints.current()
        found = current.managed if plane == _MANAGED else current.serverless
        endpoint = found.get((rest[0].lower(), rest[1].lower()))
        return None if endpoint is None else endpoint.id.lower()

    def minute(self) -> int:
        """Return the minute of now, since the epoch, by the time that answers tell."""
        return int(self._endpoints.told_now() // 60)


def _of_account(account: str, rest: list[str], state: Mapping[str, object]) -> str:
    named = rest[rest.index("deployments") + 1] if "deployments" in rest[:-1] else state.get(DEPLOYMENT)
    return account if not named else f"{account}/deployments/{str(named).lower()}"


async def note_deployment(scope: Scope, receive: Receive) -> None:
    """Note which deployment of a Foundry resource the body of a request names that will reach no route."""
    content, more = bytearray(), True
    while more and len(content) < _MOST_BYTES:
        message = await receive()
        content += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
    with contextlib.suppress(ValueError):
        body = json.loads(bytes(content) or b"{}")
        if isinstance(body, dict) and isinstance(body.get("model"), str):
            scope.setdefault("state", {})[DEPLOYMENT] = body["model"]


class MeasuringMiddleware:
    """Sees every request to an endpoint, from its arrival to the last byte of its answer."""

    def __init__(self, app: ASGIApp, measurements: Measurements, sources: Sources) -> None:
        self._app = app
        self._measurements = measurements
        self._sources = sources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request and measure it."""
        if scope["type"] != "http" or scope["method"] != "POST" or not _is_measured(scope["path"]):
            await self._app(scope, receive, send)
            return
        state: dict[str, object] = scope.setdefault("state", {})
        began, first, status, is_noted = time.perf_counter(), 0.0, 0, False

        async def observe(message: Message) -> None:
            nonlocal first, status, is_noted
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body" and not is_noted:
                first = first or time.perf_counter()
                # Who has read [DONE] asks for metrics, or hangs up, before the empty end of the stream is sent.
                is_noted = not message.get("more_body", False) or message.get("body", b"").endswith(_DONE)
                if is_noted:
                    self._note(scope["path"], state, status, first - began, time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, observe)

    def _note(self, path: str, state: Mapping[str, object], status: int, first: float, whole: float) -> None:
        source = self._sources.of(path, state)
        if source is not None:
            minute = self._sources.minute()
            self._measurements.add(Measured(source, minute, status, 1, whole * 1000, first * 1000))


def _is_measured(path: str) -> bool:
    return path.startswith((f"/{_MANAGED}/", f"/{_SERVERLESS}/", f"{FOUNDRY_PATH}/"))
