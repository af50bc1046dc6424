"""The sandbox's own routes, below ``/_sandbox``: open to whoever may read its home, and to nobody else."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import pydantic
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from llama_azure_sandbox.addresses import ADMIN_HEADER
from llama_azure_sandbox.arm.json_content import parse_json

Handler = Callable[[Request], Awaitable[JSONResponse]]


def admin_route(path: str, admin_secret: str, **handlers: Handler) -> Route:
    """Return a route with a handler for each HTTP method, ``GET=show``, behind the admin secret.

    A ``ValueError`` of a handler is told to the caller as a 400 with its message.
    """

    async def endpoint(request: Request) -> JSONResponse:
        given = request.headers.get(ADMIN_HEADER, "")
        if not secrets.compare_digest(given.encode(), admin_secret.encode()):
            return _refused(403, f"The header {ADMIN_HEADER} does not hold this sandbox's admin secret")
        try:
            return await handlers["GET" if request.method == "HEAD" else request.method](request)
        except ValueError as error:
            return _refused(400, _explain(error))
        except OverflowError:
            return _refused(400, "a number is larger than it can be")

    return Route(path, endpoint, methods=list(handlers))


async def json_object(request: Request) -> dict[str, Any]:
    """Return a request's body.

    Raises:
        ValueError: it is not a JSON object.
    """
    body = parse_json(await request.body())
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004 - told to the caller as any other mistake
    return body


def _explain(error: ValueError) -> str:
    if isinstance(error, pydantic.ValidationError):
        return "; ".join(f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors())[:2000]
    return str(error)


def _refused(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": "SandboxRefused", "message": message}}, status)
