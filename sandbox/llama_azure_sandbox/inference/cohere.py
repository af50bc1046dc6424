"""The chat API of Cohere's SDK, as far as its clients need it.

Azure serves it for Cohere's own models; the document lists the SDK among its samples (source S0). What it asks is
answered by a Llama chat model here, which no source says of Azure.
"""

import itertools
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from starlette.responses import JSONResponse, Response, StreamingResponse

from llama_azure_core.catalogue import Api
from llama_azure_core.parameters import Family
from llama_azure_sandbox.inference.answers import Delta
from llama_azure_sandbox.inference.chat_and_completions import require_api
from llama_azure_sandbox.inference.completions import Completions
from llama_azure_sandbox.inference.errors import DataPlaneError, invalid_parameter
from llama_azure_sandbox.inference.reading import CompletionRequest, read_json, read_request
from llama_azure_sandbox.inference.serving import Serving, Tally, Target

_NAMES = {"p": "top_p", "stop_sequences": "stop"}
_TAKEN = ("max_tokens", "temperature", "seed", "frequency_penalty", "presence_penalty", "stream", *_NAMES)
_FINISH_REASONS = {"stop": "COMPLETE", "length": "MAX_TOKENS", "content_filter": "ERROR_TOXIC"}
_V1_ROLES = {"SYSTEM": "system", "USER": "user", "CHATBOT": "assistant"}


def chat_v2(serving: Serving, target: Target, content: bytes) -> Response:
    """Answer ``POST /v2/chat``, whole or as a stream of events.

    Raises:
        DataPlaneError: the request is refused.
    """
    body = read_json(content)
    asked = _asked(target, body, _v2_messages(body.get("messages")))
    if asked["stream"]:
        parts = serving.parts(target, asked, Tally())
        first = next(parts)
        return StreamingResponse(_v2_events(first, parts), media_type="text/event-stream")
    answer = serving.complete(target, asked)
    return JSONResponse(
        {
            "id": str(uuid.uuid4()),
            "finish_reason": _reason(answer.choices[0].finish_reason),
            "message": {"role": "assistant", "content": [{"type": "text", "text": answer.choices[0].text}]},
            "usage": _usage(answer),
        }
    )


def chat_v1(serving: Serving, target: Target, content: bytes) -> Response:
    """Answer ``POST /v1/chat``; not as a stream.

    Raises:
        DataPlaneError: the request is refused.
    """
    body = read_json(content)
    message = body.get("message")
    if not isinstance(message, str):
        raise invalid_parameter(["message"], message, "is required, and is a string")
    asked = _asked(target, body, [*_v1_history(body), {"role": "user", "content": message}])
    if asked["stream"]:
        raise invalid_parameter(["stream"], True, "is answered by /v2/chat only")
    answer = serving.complete(target, asked)
    return JSONResponse(
        {
            "response_id": str(uuid.uuid4()),
            "generation_id": str(uuid.uuid4()),
            "text": answer.choices[0].text,
            "finish_reason": _reason(answer.choices[0].finish_reason),
            "meta": {"api_version": {"version": "1"}, **_usage(answer)},
        }
    )


def _asked(target: Target, body: Mapping[str, Any], messages: Any) -> CompletionRequest:
    require_api(target.model, Api.CHAT)
    given = {_NAMES.get(name, name): body[name] for name in _TAKEN if body.get(name) is not None}
    return read_request({**given, "messages": messages}, target.model, Family.MODEL_INFERENCE, None)


def _v2_messages(messages: Any) -> Any:
    """Return messages whose contents are texts; anything else is left for the parameter table to refuse."""
    if not isinstance(messages, list):
        return messages
    return [
        {**message, "content": _text(message.get("content"))} if isinstance(message, dict) else message
        for message in messages
    ]


def _text(content: Any) -> Any:
    if isinstance(content, list) and all(isinstance(part, dict) and part.get("type") == "text" for part in content):
        return "".join(str(part.get("text", "")) for part in content)
    return content


def _v1_history(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    preamble = body.get("preamble")
    history = body.get("chat_history") or []
    if not isinstance(history, list) or not all(isinstance(entry, dict) for entry in history):
        raise invalid_parameter(["chat_history"], history, "must be a list of objects with role and message")
    said = [{"role": _V1_ROLES.get(str(entry.get("role"))), "content": entry.get("message")} for entry in history]
    return [*([{"role": "system", "content": preamble}] if preamble else []), *said]


def _v2_events(first: Delta, rest: Iterator[Delta]) -> Iterator[str]:
    yield _event("message-start", id=str(uuid.uuid4()), delta={"message": {"role": "assistant", "content": []}})
    yield _event("content-start", index=0, delta={"message": {"content": {"type": "text", "text": ""}}})
    reason = None
    try:
        for part in itertools.chain([first], rest):
            reason = part.finish_reason
            if part.text:
                yield _event("content-delta", index=0, delta={"message": {"content": {"text": part.text}}})
    except DataPlaneError as error:
        yield _event("message-end", delta={"finish_reason": "ERROR", "error": error.body["message"]})
        return
    yield _event("content-end", index=0)
    yield _event("message-end", delta={"finish_reason": _reason(str(reason))})
    yield "data: [DONE]\n\n"


def _event(kind: str, **content: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **content})}\n\n"


def _usage(answer: Completions) -> dict[str, Any]:
    counted = {"input_tokens": answer.prompt_tokens, "output_tokens": answer.completion_tokens}
    return {"billed_units": counted, "tokens": counted}


def _reason(reason: str) -> str:
    return _FINISH_REASONS.get(reason, "ERROR")
