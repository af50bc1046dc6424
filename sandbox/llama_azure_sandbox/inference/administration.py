"""What the sandbox alone can tell of online deployments: where requests went, and what was collected."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from llama_azure_core.resource_types import ONLINE_DEPLOYMENT
from llama_azure_sandbox.addresses import COLLECTED_PATH, DEPLOYMENTS_PATH
from llama_azure_sandbox.administration import admin_route
from llama_azure_sandbox.arm.store import Store
from llama_azure_sandbox.inference.collection import INPUTS, OUTPUTS
from llama_azure_sandbox.inference.ledger import Ledger


def deployment_routes(store: Store, ledger: Ledger, admin_secret: str) -> list[Route]:
    """Return the routes that show the requests of online deployments, and the inference data collected of one."""

    async def deployments(_request: Request) -> JSONResponse:
        def shown() -> list[dict[str, object]]:
            found = store.of_type(ONLINE_DEPLOYMENT)
            return [{"id": one.id, "requests": ledger.requests(one.key)} for one in found]

        return JSONResponse({"value": await run_in_threadpool(shown)})

    async def collected(request: Request) -> JSONResponse:
        deployment = request.query_params.get("deployment")
        collection = request.query_params.get("collection", INPUTS)
        if not deployment:
            raise ValueError("deployment: give the id of an online deployment")
        if collection not in (INPUTS, OUTPUTS):
            raise ValueError(f"collection: must be {INPUTS} or {OUTPUTS}, not {collection!r}")
        return JSONResponse({"value": await run_in_threadpool(ledger.collected, deployment.lower(), collection)})

    return [
        admin_route(DEPLOYMENTS_PATH, admin_secret, GET=deployments),
        admin_route(COLLECTED_PATH, admin_secret, GET=collected),
    ]
