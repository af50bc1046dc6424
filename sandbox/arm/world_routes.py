"""The settings of the world over HTTP, for whoever may read the sandbox's home."""

import secrets

import pydantic
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.addresses import ADMIN_HEADER, CLOCK_PATH, WORLD_PATH
from sandbox.arm.world import World
from sandbox.arm.world_settings import WorldSettings


def world_routes(world: World, admin_secret: str) -> list[Route]:
    """Return the routes that show and change the world's settings and move its clock."""

    async def show_or_change(request: Request) -> JSONResponse:
        if not _is_admin(request, admin_secret):
            return _refused(403, f"The header {ADMIN_HEADER} does not hold this sandbox's admin secret")
        try:
            if request.method == "GET":
                settings = await run_in_threadpool(lambda: world.settings)
            else:
                settings = await run_in_threadpool(world.change_settings, await _object(request))
        except ValueError as error:
            return _refused(400, _explain(error))
        return _shown(world, settings)

    async def move_clock(request: Request) -> JSONResponse:
        if not _is_admin(request, admin_secret):
            return _refused(403, f"The header {ADMIN_HEADER} does not hold this sandbox's admin secret")
        try:
            seconds = (await _object(request)).get("advanceSeconds")
            if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
                raise ValueError("advanceSeconds: must be a number of seconds, not negative")  # noqa: TRY301
            settings = await run_in_threadpool(world.advance_clock, float(seconds))
        except ValueError as error:
            return _refused(400, _explain(error))
        return _shown(world, settings)

    return [
        Route(WORLD_PATH, show_or_change, methods=["GET", "PATCH"]),
        Route(CLOCK_PATH, move_clock, methods=["POST"]),
    ]


def _is_admin(request: Request, admin_secret: str) -> bool:
    return secrets.compare_digest(request.headers.get(ADMIN_HEADER, "").encode(), admin_secret.encode())


async def _object(request: Request) -> dict[str, object]:
    body = await request.json()
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004 - told to the caller as any other mistake
    return body


def _explain(error: ValueError) -> str:
    if isinstance(error, pydantic.ValidationError):
        return "; ".join(f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors())
    return str(error)


def _shown(world: World, settings: WorldSettings) -> JSONResponse:
    return JSONResponse({**settings.model_dump(by_alias=True, mode="json"), "asOf": world.as_of.isoformat()})


def _refused(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": "WorldNotChanged", "message": message}}, status)
