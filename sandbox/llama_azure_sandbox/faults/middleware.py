"""Does to a request what the fault rule says that strikes it; the routes know nothing of it.

Only faults of long-running operations go further in: they are left in ``request.state.operation_fault``.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from llama_azure_sandbox.arm.operation_faults import OperationFault
from llama_azure_sandbox.faults.keeper import FaultKeeper
from llama_azure_sandbox.faults.rules import FaultKind, FaultRule, KeptRule, Plane, Target
from llama_azure_sandbox.faults.targets import target_of
from llama_azure_sandbox.inference.measuring import note_deployment

_FLUSH_SECONDS = 0.05
_CONNECTION = "sandbox.connection"


class FaultMiddleware:
    """Asks the rules about every request."""

    def __init__(self, app: ASGIApp, keeper: FaultKeeper) -> None:
        self._app = app
        self._keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it fail."""
        target = target_of(scope["method"], scope["path"]) if scope["type"] == "http" else None
        kept = None if target is None else self._keeper.strike(target)
        if target is None or kept is None:
            await self._app(scope, receive, send)
            return
        match kept.rule.kind:
            case FaultKind.RESET:
                scope[_CONNECTION].abort()
                await _until_gone(receive)
            case FaultKind.DELAY:
                await asyncio.sleep(kept.rule.delay_seconds)
                await self._app(scope, receive, send)
            case FaultKind.CUT_STREAM:
                await self._app(scope, receive, _cut(scope, send, kept.rule.after_chunks))
            case FaultKind.OPERATION_FAILED | FaultKind.OPERATION_STUCK:
                scope.setdefault("state", {})["operation_fault"] = _operation_fault(kept)
                await self._app(scope, receive, send)
            case _:
                if target.plane is Plane.DATA:
                    await note_deployment(scope, receive)
                await _refusal(kept, target)(scope, receive, send)


def exposing_connection(app: ASGIApp) -> ASGIApp:
    """Return an application that finds its connection in the scope, to break it.

    ASGI has no way to do that; uvicorn's ``send`` is a method of an object that holds the transport.
    """

    async def exposed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[_CONNECTION] = send.__self__.transport  # type: ignore[attr-defined]
        await app(scope, receive, send)

    return exposed


def _cut(scope: Scope, send: Send, chunks: int) -> Callable[[Message], Any]:
    """Return a ``send`` that lets some pieces of a body through and then breaks the connection."""
    left = chunks

    async def cutting(message: Message) -> None:
        nonlocal left
        if message["type"] != "http.response.body":
            await send(message)
            return
        if left > 0 and message.get("body"):
            left -= 1
            half = message["body"] if message.get("more_body") else message["body"][: len(message["body"]) // 2]
            await send({**message, "body": half, "more_body": True})
        if left == 0:
            left = -1
            await asyncio.sleep(_FLUSH_SECONDS)
            scope[_CONNECTION].abort()

    return cutting


async def _until_gone(receive: Receive) -> None:
    """Wait until the server has noticed that the connection is gone; it would answer 500 otherwise."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _operation_fault(kept: KeptRule) -> OperationFault:
    never_ends = kept.rule.kind is FaultKind.OPERATION_STUCK
    return OperationFault(never_ends, kept.rule.code, f"The operation failed{_reason(kept)}.")


def _refusal(kept: KeptRule, target: Target) -> JSONResponse:
    rule, reason = kept.rule, _reason(kept)
    match rule.kind:
        case FaultKind.ROTATED_KEY:
            return JSONResponse({"statusCode": 401, "message": f"Access token is missing or invalid{reason}"}, 401)
        case FaultKind.UNKNOWN_DEPLOYMENT:
            message = f"The API deployment for this resource does not exist{reason}. Wait a moment and try again."
            return JSONResponse(_error(target, "DeploymentNotFound", message), 404)
        case FaultKind.CONFLICT:
            message = f"Another operation on this or a dependent resource is in progress{reason}. Try again later."
            return JSONResponse(_error(target, "AnotherOperationInProgress", message), 409)
        case FaultKind.THROTTLE:
            message = f"The request is being throttled{reason}. Try again after {rule.retry_after_seconds} seconds."
            headers = {"Retry-After": str(rule.retry_after_seconds)}
            return JSONResponse(_error(target, "TooManyRequests", message), 429, headers=headers)
    return JSONResponse(_error(target, _server_error_code(rule), f"The request failed{reason}."), rule.status)


def _server_error_code(rule: FaultRule) -> str:
    return {503: "ServiceUnavailable", 504: "GatewayTimeout"}.get(rule.status, "InternalServerError")


def _error(target: Target, code: str, message: str) -> dict[str, Any]:
    if target.plane is Plane.SIGN_IN:
        return {"error": "temporarily_unavailable", "error_description": message}
    return {"error": {"code": code, "message": message}}


def _reason(kept: KeptRule) -> str:
    return f" (fault rule {kept.number} of this sandbox)"
