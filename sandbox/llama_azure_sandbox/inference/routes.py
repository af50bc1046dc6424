"""The Llama data plane over HTTP."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from llama_azure_core.catalogue import Api
from llama_azure_core.parameters import Family
from llama_azure_sandbox.addresses import FOUNDRY_PATH
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.identity.tokens import TokenIssuer
from llama_azure_sandbox.inference import chat_and_completions, cohere
from llama_azure_sandbox.inference.access import Access
from llama_azure_sandbox.inference.backend import Backend
from llama_azure_sandbox.inference.endpoints import Endpoints
from llama_azure_sandbox.inference.errors import DataPlaneError
from llama_azure_sandbox.inference.foundry import Foundry
from llama_azure_sandbox.inference.foundry_access import FoundryAccess
from llama_azure_sandbox.inference.foundry_accounts import FoundryAccounts
from llama_azure_sandbox.inference.ledger import Ledger
from llama_azure_sandbox.inference.managed import Managed
from llama_azure_sandbox.inference.measurements import Measurements
from llama_azure_sandbox.inference.openapi import openapi_document
from llama_azure_sandbox.inference.serverless import Serverless
from llama_azure_sandbox.inference.serving import Serving, Target

Handler = Callable[[Request, bytes], Response]

SERVERLESS = "/serverless/{region}/{endpoint}"
MANAGED = "/managed/{region}/{endpoint}"

# path below an endpoint, the API that it speaks, whose parameters it takes
COMPLETION_ROUTES = (
    ("/v1/chat/completions", Api.CHAT, Family.LLAMA),
    ("/v1/completions", Api.COMPLETIONS, Family.LLAMA),
    ("/chat/completions", Api.CHAT, Family.MODEL_INFERENCE),
    ("/completions", Api.COMPLETIONS, Family.MODEL_INFERENCE),
    # Where clients look for them that take every endpoint for one of the Foundry.
    ("/models/chat/completions", Api.CHAT, Family.MODEL_INFERENCE),
    # Where the AzureOpenAI client looks for them.
    ("/openai/deployments/{deployment}/chat/completions", Api.CHAT, Family.LLAMA),
    ("/openai/deployments/{deployment}/completions", Api.COMPLETIONS, Family.LLAMA),
)


@dataclass(frozen=True, slots=True)
class DataPlane:
    """What the data plane of one world is made of."""

    world: World
    issuer: TokenIssuer
    ledger: Ledger
    measurements: Measurements
    backend: Backend


def inference_routes(plane: DataPlane) -> list[Route]:
    """Return the routes of every endpoint: below ``/serverless``, ``/managed`` and ``/foundry``."""
    endpoints = Endpoints(plane.world)
    access = Access(plane.world, plane.issuer)
    serving = Serving(endpoints, plane.ledger, plane.measurements, plane.backend)
    serverless = Serverless(endpoints, access)

    def completions(api: Api, family: Family) -> Handler:
        def handle(request: Request, content: bytes) -> Response:
            target = serverless.target(request)
            return chat_and_completions.answer(serving, target, request, content, api, family)

        return handle

    def described(describe: Callable[[Target], JSONResponse]) -> Handler:
        return lambda request, _content: describe(serverless.target(request))

    def targeted(chat: Callable[[Serving, Target, bytes], Response]) -> Handler:
        return lambda request, content: chat(serving, serverless.target(request), content)

    managed = Managed(endpoints, access, serving, plane.ledger)

    def managed_completions(api: Api, family: Family) -> Handler:
        return lambda request, content: managed.completions(request, content, api, family)

    foundry = Foundry(
        FoundryAccounts(plane.world, endpoints), endpoints, FoundryAccess(plane.world, plane.issuer), serving
    )
    return [
        *_foundry_routes(foundry),
        route("POST", f"{MANAGED}/score", managed.score),
        route("GET", f"{MANAGED}/swagger.json", lambda request, _content: managed.openapi(request)),
        route("GET", f"{MANAGED}/info", lambda request, _content: managed.info(request)),
        *(
            route("POST", MANAGED + path, managed_completions(api, family))
            for path, api, family in COMPLETION_ROUTES
            if "{deployment}" not in path
        ),
        *(route("POST", SERVERLESS + path, completions(api, family)) for path, api, family in COMPLETION_ROUTES),
        route("POST", f"{SERVERLESS}/v2/chat", targeted(cohere.chat_v2)),
        route("POST", f"{SERVERLESS}/v1/chat", targeted(cohere.chat_v1)),
        route("GET", f"{SERVERLESS}/info", described(lambda target: chat_and_completions.info(target.model))),
        route("GET", f"{SERVERLESS}/v1/models", described(chat_and_completions.models)),
        route("GET", f"{SERVERLESS}/openapi.json", described(lambda target: JSONResponse(_openapi(plane, target)))),
    ]


def _foundry_routes(foundry: Foundry) -> list[Route]:
    """Return the routes of every Foundry resource."""
    calls = (
        ("POST", "/openai/v1/chat/completions", foundry.chat_v1),
        ("POST", "/openai/deployments/{deployment}/chat/completions", foundry.chat_of_deployment),
        ("POST", "/models/chat/completions", foundry.chat_by_models),
        ("GET", "/openai/v1/models", foundry.models),
        ("GET", "/openai/v1/models/{model}", foundry.model),
        ("GET", "/openai/models", foundry.models_of_version),
        ("GET", "/models/info", foundry.info),
        ("POST", "/api/projects/{project}/openai/v1/chat/completions", foundry.chat_v1),
        ("GET", "/api/projects/{project}/openai/v1/models", foundry.models),
        ("GET", "/{path:path}", foundry.nothing),
        ("POST", "/{path:path}", foundry.nothing),
    )
    return [route(method, f"{FOUNDRY_PATH}/{{account}}{path}", handle) for method, path, handle in calls]


def route(method: str, path: str, handle: Handler) -> Route:
    """Return the route of a handler that works in a thread and raises what it refuses."""

    async def endpoint(request: Request) -> Response:
        try:
            content = await request.body()
            response = await run_in_threadpool(handle, request, content)
        except DataPlaneError as error:
            response = error.response()
        response.headers["x-request-id"] = str(uuid.uuid4())
        client_id = request.headers.get("x-ms-client-request-id")
        if client_id is not None:
            response.headers["x-ms-client-request-id"] = client_id
        return response

    return Route(path, endpoint, methods=[method])


def _openapi(plane: DataPlane, target: Target) -> dict[str, object]:
    base = f"{plane.world.base_url}/serverless/{target.endpoint.region}/{target.endpoint.name}"
    return openapi_document(target.model, base)
