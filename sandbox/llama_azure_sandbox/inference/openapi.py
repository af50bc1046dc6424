"""The OpenAPI document of an endpoint, made of the parameter table."""

from typing import Any

from llama_azure_core.catalogue import Api, Model
from llama_azure_core.parameters import Family, parameter_table
from llama_azure_sandbox.inference.values import value_schema

_PATHS = {
    Api.CHAT: (("/v1/chat/completions", Family.LLAMA), ("/chat/completions", Family.MODEL_INFERENCE)),
    Api.COMPLETIONS: (("/v1/completions", Family.LLAMA), ("/completions", Family.MODEL_INFERENCE)),
}
_ERRORS = {
    "400": "The body cannot be read, the prompt was filtered, or there is no Authorization header",
    "401": "Access token is missing or invalid",
    "422": "A parameter is not supported or has an invalid value",
    "429": "The rate limit of the deployment is exceeded",
}
_ONLINE_ERRORS = {
    "404": "No deployment has positive traffic, or none has the name in the header azureml-model-deployment",
    "408": "The answer took longer than the deployment's request timeout",
    "424": "The model failed",
}
_REF = "#/components/schemas/"


def openapi_document(model: Model, base_url: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of an endpoint that serves ``model`` at ``base_url``."""
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{model.name} as a serverless API", "version": "1"},
        "servers": [{"url": base_url}],
        "security": [{"key": []}, {"apiKey": []}],
        "paths": {
            "/info": {"get": _operation("info", "Info", "Which model this endpoint serves")},
            **{path: {"post": _completion(model, path, family)} for path, family in _PATHS.get(model.api, ())},
        },
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "api-key"},
            },
            "schemas": {
                "Info": _object(model_name=_STRING, model_type=_STRING, model_provider_name=_STRING),
                "Error": {"type": "object", "properties": {"status": {"type": ["integer", "string"]}}},
                "Logprobs": _logprobs(),
                "Usage": _object(prompt_tokens=_COUNT, completion_tokens=_COUNT, total_tokens=_COUNT),
                "Completion": _completion_schema(model),
            },
        },
    }


def online_openapi_document(model: Model, base_url: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of an online endpoint whose next request a deployment of ``model`` gets."""
    served = openapi_document(model, base_url)
    parameters = {name: value_schema(row) for name, row in parameter_table().score.items()}
    string = (
        value_schema(parameter_table().parameters["messages"])
        if model.api is Api.CHAT
        else {"type": "array", "minItems": 1, "items": _STRING}
    )
    data = {
        "type": "object",
        "required": ["input_string"],
        "properties": {"input_string": string, "parameters": {"type": "object", "properties": parameters}},
    }
    body = {"type": "object", "required": ["input_data"], "properties": {"input_data": data}}
    answer = _object(output=_STRING) if model.api is Api.CHAT else {"type": "array", "items": {"type": "object"}}
    score = {
        "operationId": "score",
        "summary": "Score, in the shapes of the model's card",
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "The output", "content": {"application/json": {"schema": answer}}},
            **{status: _json(description, "Error") for status, description in {**_ERRORS, **_ONLINE_ERRORS}.items()},
        },
    }
    info = {"title": f"{model.name} on an online endpoint", "version": "1"}
    return {**served, "info": info, "paths": {"/score": {"post": score}, **served["paths"]}}


_STRING: dict[str, Any] = {"type": "string"}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}


def _operation(name: str, schema: str, summary: str) -> dict[str, Any]:
    errors = {status: _ERRORS[status] for status in ("400", "401")}
    return {
        "operationId": name,
        "summary": summary,
        "responses": {
            "200": _json(summary, schema),
            **{status: _json(description, "Error") for status, description in errors.items()},
        },
    }


def _completion(model: Model, path: str, family: Family) -> dict[str, Any]:
    header = parameter_table().extra_parameters
    answers = _json("The completions", "Completion")
    # Of each event: OpenAPI before 3.2 has no other place for that.
    answers["content"]["text/event-stream"] = {"schema": {"type": "object", "properties": {"data": _STRING}}}
    api_version = {"name": "api-version", "in": "query", "required": False, "schema": _STRING}
    return {
        "operationId": path.strip("/").replace("/", "-"),
        "summary": f"Create {'a chat completion' if model.api is Api.CHAT else 'a completion'}",
        "parameters": [
            {
                "name": header.header,
                "in": "header",
                "required": False,
                "schema": {"type": "string", "enum": list(header.values), "default": header.default},
            },
            *([api_version] if family is Family.MODEL_INFERENCE else []),
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _request(model, family)}}},
        "responses": {
            "200": answers,
            **{status: _json(description, "Error") for status, description in _ERRORS.items()},
        },
    }


def _request(model: Model, family: Family) -> dict[str, Any]:
    table = parameter_table()
    able = table.able(model)
    rows = {name: row for name, row in table.of(model.api, family).items() if row.capability in (None, *able)}
    rules = {name: one for name, one in table.combinations.items() if set(one.names) <= set(rows)}
    properties = {name: value_schema(row, able) for name, row in rows.items()}
    if model.context_tokens is not None:
        properties["max_tokens"]["maximum"] = model.context_tokens
    return {
        "type": "object",
        "description": "Rules between parameters: " + "; ".join(one.rule for one in rules.values()) + ".",
        "required": [name for name, row in rows.items() if row.required],
        "properties": properties,
        **({"allOf": told} if (told := [_RULES[name] for name in rules if name in _RULES]) else {}),
        # Without the header; with it, others may be there.
        "additionalProperties": False,
    }


def _if_true(name: str, **then: dict[str, Any]) -> dict[str, Any]:
    return {
        "if": {"properties": {name: {"const": True}}, "required": [name]},
        "then": {
            "properties": then,
            "required": [one for one in then if "const" in then[one] or "minimum" in then[one]],
        },
    }


# Those rules that JSON Schema can tell; the others are in the description.
_RULES: dict[str, dict[str, Any]] = {
    "best-of-does-not-stream": _if_true("stream", best_of={"maximum": 1}),
    "beam-search-needs-candidates": _if_true("use_beam_search", best_of={"type": "integer", "minimum": 2}),
    "beam-search-is-greedy": _if_true("use_beam_search", temperature={"const": 0}),
}


def _completion_schema(model: Model) -> dict[str, Any]:
    table, more = parameter_table(), list[str]()
    said = _object(role={"const": "assistant"}, content=_STRING)
    if "tools" in table.able(model):
        called = _object(id=_STRING, type={"const": "function"}, function=_object(name=_STRING, arguments=_STRING))
        calls = _object(
            role={"const": "assistant"},
            content={"type": ["string", "null"]},
            tool_calls={"type": "array", "minItems": 1, "items": called},
        )
        said, more = {"anyOf": [said, calls]}, [table.tool_calls_reason]
    choice = _object(
        index=_COUNT,
        **({"message": said} if model.api is Api.CHAT else {"text": _STRING}),
        finish_reason={"type": "string", "enum": [*table.finish_reasons, *more]},
        logprobs={"anyOf": [{"$ref": f"{_REF}Logprobs"}, {"type": "null"}]},
    )
    return _object(
        id=_STRING,
        object={"const": "chat.completion" if model.api is Api.CHAT else "text_completion"},
        created={"type": "integer"},
        model=_STRING,
        choices={"type": "array", "minItems": 1, "items": choice},
        usage={"$ref": f"{_REF}Usage"},
    )


def _logprobs() -> dict[str, Any]:
    number = {"type": "number", "maximum": 0}
    return _object(
        text_offsets={"type": "array", "items": _COUNT},
        token_logprobs={"type": "array", "items": number},
        tokens={"type": "array", "items": _STRING},
        top_logprobs={"type": "array", "items": {"type": "object", "additionalProperties": number}},
    )


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties, "additionalProperties": False}


def _json(description: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": {"$ref": f"{_REF}{schema}"}}}}
