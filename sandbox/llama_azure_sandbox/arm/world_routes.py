"""The settings of the world over HTTP, for whoever may read the sandbox's home."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from llama_azure_sandbox.addresses import CLOCK_PATH, WORLD_PATH
from llama_azure_sandbox.administration import admin_route, json_object
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.arm.world_settings import WorldSettings


def world_routes(world: World, admin_secret: str) -> list[Route]:
    """Return the routes that show and change the world's settings and move its clock."""

    async def show(_request: Request) -> JSONResponse:
        return _shown(world, await run_in_threadpool(lambda: world.settings))

    async def change(request: Request) -> JSONResponse:
        return _shown(world, await run_in_threadpool(world.change_settings, await json_object(request)))

    async def move_clock(request: Request) -> JSONResponse:
        seconds = (await json_object(request)).get("advanceSeconds")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
            raise ValueError("advanceSeconds: must be a number of seconds, not negative")
        return _shown(world, await run_in_threadpool(world.advance_clock, float(seconds)))

    return [
        admin_route(WORLD_PATH, admin_secret, GET=show, PATCH=change),
        admin_route(CLOCK_PATH, admin_secret, POST=move_clock),
    ]


def _shown(world: World, settings: WorldSettings) -> JSONResponse:
    return JSONResponse({**settings.model_dump(by_alias=True, mode="json"), "asOf": world.as_of.isoformat()})
