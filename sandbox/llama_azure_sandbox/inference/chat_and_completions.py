"""The document's routes: chat and text completions, in both families of APIs, and what an endpoint says of itself."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from llama_azure_core.catalogue import Api, Model
from llama_azure_core.parameters import Family, parameter_table
from llama_azure_sandbox.inference.errors import wrong_modality
from llama_azure_sandbox.inference.reading import read_json, read_request
from llama_azure_sandbox.inference.serving import Serving, Target

_SPOKEN = {Api.CHAT: "chat completions", Api.COMPLETIONS: "completions", Api.SCORE: "scoring"}
# Source S2 prints chat-completions; the enumeration of source S30 spells chat_completion. The other is inferred.
_MODEL_TYPES = {Api.CHAT: "chat-completions", Api.COMPLETIONS: "text-generation", Api.SCORE: "score"}


def require_api(model: Model, api: Api) -> None:
    """Refuse to use a model for what it does not answer.

    Raises:
        DataPlaneError: 404.
    """
    if model.api is not api:
        raise wrong_modality(model.name, _SPOKEN[api])


def answer(serving: Serving, target: Target, request: Request, content: bytes, api: Api, family: Family) -> Response:
    """Answer a request for completions.

    Raises:
        DataPlaneError: it is refused.
    """
    return answer_body(serving, target, request, read_json(content), api, family)


def answer_body(
    serving: Serving, target: Target, request: Request, body: Mapping[str, Any], api: Api, family: Family
) -> Response:
    """Answer a request for completions whose body has been read.

    Raises:
        DataPlaneError: it is refused.
    """
    require_api(target.model, api)
    policy = request.headers.get(parameter_table().extra_parameters.header)
    return serving.answer(target, read_request(body, target.model, family, policy), family)


def info(model: Model) -> JSONResponse:
    """Say which model an endpoint serves (source S2)."""
    return JSONResponse(
        {
            "model_name": model.name,
            "model_type": _MODEL_TYPES[model.api],
            "model_provider_name": "Meta",
        }
    )


def models(target: Target) -> JSONResponse:
    """List the one model of an endpoint, as clients of the OpenAI API ask for it."""
    return JSONResponse(
        {"object": "list", "data": [{"id": target.model.name, "object": "model", "created": 0, "owned_by": "Meta"}]}
    )
