"""The page on this machine's loopback address, live, with a playground that asks the stack's endpoints.

Whoever holds the address with its pass is let in, by a cookie; the pass is in no page. Requests for other hosts
(rebound names) and from other origins are refused. Keys and tokens stay on this side: the browser sends a body, and the
credential is added as it is passed on to one of the stack's own endpoints, nowhere else.
"""

import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from llama_azure_core.snippets import Client, SnippetError, snippet
from llama_azure_page.asking import Askable, Source, SourceError, described, kind, url
from llama_azure_page.render import render, render_main

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_SECONDS = 300.0
_MOST_BYTES = 4 * 1024 * 1024
_PASSED_ON = ("content-type", "retry-after", "x-request-id", "apim-request-id", "azureml-model-session")
_ALL = ("x-ratelimit-", "x-ms-")
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def page_app(source: Source, port: Callable[[], int], entry: str) -> Starlette:
    """Return the application of a page.

    Args:
        source: where everything comes from.
        port: the port that it is served on; a function, since the application is made before.
        entry: the pass that opens the page, as ``/?pass=…``.
    """
    served = _Served(source, port, entry)
    return Starlette(
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=served.guard)],
        routes=[
            Route("/", served.whole),
            Route("/main", served.changing),
            Route("/page.json", served.document),
            Route("/playground.json", served.playground),
            Route("/send", served.send, methods=["POST"]),
            Route("/code", served.code, methods=["POST"]),
        ],
    )


def new_pass() -> str:
    """Return a pass for one server."""
    return secrets.token_urlsafe(24)


class _Served:
    def __init__(self, source: Source, port: Callable[[], int], entry: str) -> None:
        self._source = source
        self._port = port
        self._entry = entry
        self._main: tuple[str, str] = ("", "")
        self._client: httpx.AsyncClient | None = None

    async def guard(self, request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        refusal = self._refusal(request)
        response = refusal if refusal is not None else await answer(request)
        response.headers.update(_HEADERS)
        return response

    def _refusal(self, request: Request) -> Response | None:
        port = self._port()
        host = request.headers.get("host", "")
        if host not in {f"{name}:{port}" for name in LOOPBACK}:
            return _plain(f"This page is served on 127.0.0.1:{port} only, not as {host[:200]!r}.", 421)
        if request.method == "POST":
            # A browser names the page that a request comes from; only this one may ask.
            if request.headers.get("origin") != f"http://{host}":
                return _plain("Requests of other origins are refused.", 403)
            if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
                return _plain("The body must be application/json.", 415)
        if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            # A link from elsewhere may open the page, as long as it brings the pass.
            navigates = request.method == "GET" and request.headers.get("sec-fetch-mode") == "navigate"
            if not (navigates and "pass" in request.query_params):
                return _plain("Requests of other origins are refused.", 403)
        if request.url.path == "/" and "pass" in request.query_params:
            return None
        if not secrets.compare_digest(request.cookies.get(self._cookie, "").encode(), self._entry.encode()):
            return _plain("Open the page by the whole address that was printed: its pass lets you in.", 401)
        return None

    @property
    def _cookie(self) -> str:
        """The cookie's name: cookies know no ports, and another page may be served beside this one."""
        return f"llama-azure-{self._port()}"

    async def whole(self, request: Request) -> Response:
        given = request.query_params.get("pass")
        if given is not None:
            if not secrets.compare_digest(given.encode(), self._entry.encode()):
                return _plain("This pass is not, or no longer, this server's: open the address that it printed.", 401)
            let_in = RedirectResponse("/", 303)
            let_in.set_cookie(self._cookie, self._entry, httponly=True, samesite="strict", path="/")
            return let_in
        page = await run_in_threadpool(self._source.page)
        return HTMLResponse(await run_in_threadpool(render, page, live=True))

    async def changing(self, request: Request) -> Response:
        version = await run_in_threadpool(self._source.version)
        tag = f'"{hashlib.sha256(version.encode()).hexdigest()[:24]}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304)
        if self._main[0] != tag:
            page = await run_in_threadpool(self._source.page)
            self._main = (tag, await run_in_threadpool(render_main, page))
        return HTMLResponse(self._main[1], headers={"ETag": tag})

    async def document(self, _request: Request) -> Response:
        page = await run_in_threadpool(self._source.page)
        return Response(page.model_dump_json(by_alias=True, indent=2), media_type="application/json")

    async def playground(self, _request: Request) -> Response:
        found = await run_in_threadpool(self._source.askable)
        return JSONResponse({"endpoints": [described(one) for one in found.values()], "note": self._source.note()})

    async def code(self, request: Request) -> Response:
        try:
            asked, one = await self._asked(request)
            client = Client(str(asked.get("client") or Client.OPENAI))
            return _plain(snippet(one.callee, client, kind(one), asked["body"]), 200)
        except SnippetError as error:
            return _plain(f"{error}.", 200)
        except (SourceError, ValueError) as error:
            return _plain(str(error), 400)

    async def send(self, request: Request) -> Response:
        try:
            asked, one = await self._asked(request)
            credential = await run_in_threadpool(self._source.credential, one)
        except (SourceError, ValueError) as error:
            return JSONResponse({"error": {"code": "NotSent", "message": str(error)}}, 400)
        if self._client is None:
            self._client = httpx.AsyncClient(verify=self._source.trust(), timeout=_SECONDS, trust_env=False)
        address = url(one.callee)
        outgoing = self._client.build_request(
            "POST",
            address,
            json=asked["body"],
            headers={"Authorization": f"Bearer {credential}", "User-Agent": "llama-azure-page"},
        )
        try:
            answer = await self._client.send(outgoing, stream=True)
        except httpx.TransportError as error:
            host, kind_of = urlsplit(address).netloc, type(error).__name__
            told = f"{host} did not answer ({kind_of}): is this machine let in by its network?"
            return JSONResponse({"error": {"code": "NoAnswer", "message": told}}, 502)
        headers = {name: value for name, value in answer.headers.items() if name in _PASSED_ON or name.startswith(_ALL)}
        return StreamingResponse(
            _parts(answer), answer.status_code, headers=headers, background=BackgroundTask(answer.aclose)
        )

    async def _asked(self, request: Request) -> tuple[dict[str, Any], Askable]:
        content = b""
        async for part in request.stream():
            content += part
            if len(content) > _MOST_BYTES:
                raise ValueError(f"The request is larger than {_MOST_BYTES:,} bytes.")
        asked = json.loads(content)
        if not isinstance(asked, dict) or not isinstance(asked.get("body"), dict):
            raise ValueError("The body must be an object with endpoint and body.")  # noqa: TRY004 - told as the others
        found = await run_in_threadpool(self._source.askable)
        one = found.get(str(asked.get("endpoint")))
        if one is None:
            raise ValueError("That endpoint is not deployed, or answers no text.")
        return asked, one


def _plain(text: str, status: int) -> PlainTextResponse:
    return PlainTextResponse(text, status)


async def _parts(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for part in answer.aiter_bytes():
            yield part
    except httpx.TransportError as error:
        told = {"error": {"code": "BrokenOff", "message": f"the answer broke off ({type(error).__name__})"}}
        yield f"\n\ndata: {json.dumps(told)}\n\n".encode()
