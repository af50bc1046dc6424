"""The fault rules over HTTP, for whoever may read the sandbox's home."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from llama_azure_sandbox.addresses import FAULTS_PATH
from llama_azure_sandbox.administration import admin_route, json_object
from llama_azure_sandbox.faults.keeper import FaultKeeper
from llama_azure_sandbox.faults.rules import FaultRule, KeptRule


def fault_routes(keeper: FaultKeeper, admin_secret: str) -> list[Route]:
    """Return the routes that list, add and clear fault rules."""

    async def show(_request: Request) -> JSONResponse:
        return JSONResponse({"faults": [_present(kept) for kept in keeper.all()]})

    async def add(request: Request) -> JSONResponse:
        return JSONResponse(_present(keeper.add(FaultRule.model_validate(await json_object(request)))), 201)

    async def clear(_request: Request) -> JSONResponse:
        return JSONResponse({"cleared": keeper.clear()})

    async def clear_one(request: Request) -> JSONResponse:
        number: int = request.path_params["number"]
        if not keeper.clear(number):
            raise ValueError(f"there is no fault rule {number}; see `sandbox fault list`")
        return JSONResponse({"cleared": 1})

    return [
        admin_route(FAULTS_PATH, admin_secret, GET=show, POST=add, DELETE=clear),
        admin_route(f"{FAULTS_PATH}/{{number:int}}", admin_secret, DELETE=clear_one),
    ]


def _present(kept: KeptRule) -> dict[str, Any]:
    rule = kept.rule.model_dump(by_alias=True, mode="json", exclude_defaults=True)
    return {"number": kept.number, **rule, "fitted": kept.fitted, "struck": kept.struck}
