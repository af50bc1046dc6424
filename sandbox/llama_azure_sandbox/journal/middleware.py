"""Writes each request and its answer into the journal, before the client has read the answer's end."""

import json
import re
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from llama_azure_sandbox.addresses import OWN_PATHS
from llama_azure_sandbox.arm.caller import Caller
from llama_azure_sandbox.journal.entries import Exchange, Journal

_SHOWN_PARAMETERS = {"api-version", "$filter", "$top", "resource", "scope", "client_id", "object_id", "force"}
_MOST_BYTES_OF_AN_ERROR = 64 * 1024
_MOST_CHARACTERS_OF_A_MESSAGE = 400


class JournalMiddleware:
    """Sees every request but those to the sandbox's own routes.

    Routes leave the caller, once it is known, in ``request.state.caller``.
    """

    def __init__(self, app: ASGIApp, journal: Journal) -> None:
        self._app = app
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request and write it down."""
        if scope["type"] != "http" or scope["path"].startswith(OWN_PATHS):
            await self._app(scope, receive, send)
            return
        observed = _Observed(scope)

        async def observe(message: Message) -> None:
            observed.see(message)
            if observed.is_over:
                self._journal.add(observed.exchange())
            await send(message)

        try:
            await self._app(scope, receive, observe)
        finally:
            if not observed.is_over:
                self._journal.add(observed.exchange())


class _Observed:
    """What is known of one exchange so far."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._scope.setdefault("state", {})
        self._began = time.perf_counter()
        self._status = 0
        self._error = bytearray()
        self.is_over = False

    def see(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
        elif message["type"] == "http.response.body":
            if self._status >= 400 and len(self._error) < _MOST_BYTES_OF_AN_ERROR:
                self._error += message.get("body", b"")
            self.is_over = not message.get("more_body", False)

    def exchange(self) -> Exchange:
        parameters = parse_qsl(self._scope["query_string"].decode("latin-1"))
        caller = self._scope["state"].get("caller")
        return Exchange(
            caller=caller.client if isinstance(caller, Caller) else "",
            method=self._scope["method"],
            path=without_capability(self._scope["path"]),
            query=urlencode([(name, value) for name, value in parameters if name.lower() in _SHOWN_PARAMETERS]),
            api_version=next((value for name, value in parameters if name.lower() == "api-version"), None),
            status=self._status,
            code=error_code(bytes(self._error)),
            message=error_message(bytes(self._error)),
            milliseconds=round((time.perf_counter() - self._began) * 1000, 3),
        )


def error_code(body: bytes) -> str | None:
    """Return the code in an error's body: Resource Manager's, OAuth's or the data plane's spelling of it."""
    try:
        content: Any = json.loads(body)
    except ValueError:
        return None
    if not isinstance(content, dict):
        return None
    error = content.get("error")
    code = error.get("code") if isinstance(error, dict) else error or content.get("code")
    return code if isinstance(code, str) else None


def error_message(body: bytes) -> str | None:
    """Return the beginning of the message in the body of an error of Resource Manager."""
    try:
        content: Any = json.loads(body)
    except ValueError:
        return None
    error = content.get("error") if isinstance(content, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    return message[:_MOST_CHARACTERS_OF_A_MESSAGE] if isinstance(message, str) else None


def without_capability(path: str) -> str:
    """Return a path without the secret part of the instance metadata service's address."""
    return re.sub(r"^/imds/[^/]+", "/imds/…", path)
