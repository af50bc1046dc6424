"""The Llama data plane: what a deployed serverless endpoint answers."""

import json
import secrets
import time
import uuid
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from llama_azure_core.catalogue import Api, Model
from llama_azure_core.regions import normalise_region
from sandbox.arm.providers.machine_learning_services.serverless_endpoints import SERVERLESS_ENDPOINT_TYPE, served_model
from sandbox.arm.resource_type import provisioning_state
from sandbox.arm.store import Store, StoredResource
from sandbox.inference.generator import generate

_DEFAULT_MAX_TOKENS = 16  # source S0
_ROLES = ("system", "user", "assistant")


class DataPlaneError(Exception):
    """A request that an endpoint refuses: an HTTP status and a JSON body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


def inference_routes(store: Store) -> list[Route]:
    """Return the routes of every serverless endpoint: ``/serverless/<region>/<endpoint>/…``."""

    async def chat_completions(request: Request) -> JSONResponse:
        try:
            content = await request.body()
            return JSONResponse(await run_in_threadpool(_chat, store, request, content))
        except DataPlaneError as error:
            return JSONResponse(error.body, error.status)

    return [
        Route(f"/serverless/{{region}}/{{endpoint}}{path}", chat_completions, methods=["POST"])
        for path in ("/v1/chat/completions", "/chat/completions")
    ]


def _chat(store: Store, request: Request, content: bytes) -> dict[str, Any]:
    endpoint = _endpoint(store, request.path_params["region"], request.path_params["endpoint"])
    model = _authorised_model(endpoint, request.headers.get("authorization"))
    if model.api is not Api.CHAT:
        raise DataPlaneError(404, {"code": "not_found", "message": f"{model.name} does not answer chat completions"})
    body = _body(content)
    completion = generate(model.name, _messages(body), _max_tokens(body))
    return {
        "id": str(uuid.uuid4()),
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model.name,
        "choices": [
            {
                "index": 0,
                "finish_reason": completion.finish_reason,
                "message": {"role": "assistant", "content": completion.text},
            }
        ],
        "usage": {
            "prompt_tokens": completion.prompt_tokens,
            "completion_tokens": completion.completion_tokens,
            "total_tokens": completion.prompt_tokens + completion.completion_tokens,
        },
    }


def _endpoint(store: Store, region: str, name: str) -> StoredResource:
    for resource in store.of_type(SERVERLESS_ENDPOINT_TYPE):
        if resource.key.endswith(f"/{name.lower()}") and normalise_region(resource.body["location"]) == region:
            if provisioning_state(resource) != "Succeeded":
                break
            return resource
    raise DataPlaneError(404, {"code": "not_found", "message": f"There is no endpoint {name} in {region}"})


def _authorised_model(endpoint: StoredResource, authorization: str | None) -> Model:
    """Return the endpoint's model if the caller holds one of this endpoint's own keys."""
    if authorization is None:
        # Not 401: source S44.
        raise DataPlaneError(400, {"status": "Auth token must be passed as a header called Authorization"})
    _, _, token = authorization.partition(" ")
    if not any(secrets.compare_digest(token.encode(), key.encode()) for key in endpoint.secrets.values()):
        raise DataPlaneError(401, {"statusCode": 401, "message": "Access token is missing or invalid"})
    model = served_model(endpoint)
    if model is None:
        raise DataPlaneError(404, {"code": "not_found", "message": "The endpoint's model is not known"})
    return model


def _body(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        raise DataPlaneError(400, {"code": "bad_request", "message": "The body is no JSON"}) from None
    if not isinstance(body, dict):
        raise DataPlaneError(400, {"code": "bad_request", "message": "The body must be a JSON object"})
    return body


def _messages(body: dict[str, Any]) -> list[str]:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _invalid_parameter("messages", messages)
    for message in messages:
        valid = isinstance(message, dict) and message.get("role") in _ROLES and isinstance(message.get("content"), str)
        if not valid:
            raise _invalid_parameter("messages", message)
    return [message["content"] for message in messages]


def _max_tokens(body: dict[str, Any]) -> int:
    value = body.get("max_tokens", _DEFAULT_MAX_TOKENS)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _invalid_parameter("max_tokens", value)
    return value


def _invalid_parameter(name: str, value: object) -> DataPlaneError:
    """A 422 in the shape of source S27."""
    detail = {"loc": ["body", name], "input": value}
    message = "One of the parameters contain invalid values."
    return DataPlaneError(422, {"status": 422, "code": "parameter_not_supported", "detail": detail, "message": message})
