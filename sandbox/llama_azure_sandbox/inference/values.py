"""Reading one parameter's value by its row of the table, and the same row as JSON Schema."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AllowInfNan, TypeAdapter, ValidationError

from llama_azure_core.catalogue import Model
from llama_azure_core.parameters import Parameter, parameter_table
from llama_azure_sandbox.inference.errors import invalid_parameter

MOST_DIGITS = 300
"""Whole numbers of more digits are none that a computer reckons with."""

_MOST_PROMPTS = 2048
"""As many as OpenAI's API takes; that the service has such a bound is inferred."""
_HIGHEST_TOKEN = 2**31 - 1
_LAX: Mapping[str, TypeAdapter[Any]] = {
    "boolean": TypeAdapter(bool),
    "integer": TypeAdapter(int),
    "number": TypeAdapter(Annotated[float, AllowInfNan(False)]),
}
_STRICT: Mapping[str, tuple[type, ...]] = {"boolean": (bool,), "integer": (int, float), "number": (int, float)}
_ARTICLES = {"boolean": "a boolean", "integer": "an integer", "number": "a number"}
_CHOICES = ("auto", "none", "required")
_STRING: Mapping[str, Any] = {"type": "string"}
_NAME: Mapping[str, Any] = {"type": "string", "minLength": 1}
_FUNCTION_CALL = {
    "type": "object",
    "required": ["id", "function"],
    "properties": {
        "id": _STRING,
        "type": {"const": "function"},
        "function": {
            "type": "object",
            "required": ["name", "arguments"],
            "properties": {"name": _NAME, "arguments": _STRING},
        },
    },
}
_NAMED_TOOL = {
    "type": "object",
    "required": ["type", "function"],
    "properties": {
        "type": {"const": "function"},
        "function": {"type": "object", "required": ["name"], "properties": {"name": _NAME}},
    },
}
_JSON_TYPES: Mapping[str, Mapping[str, Any]] = {
    "string": _STRING,
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "object": {"type": "object"},
    "tool-choice": {"anyOf": [{"type": "string", "enum": list(_CHOICES)}, _NAMED_TOOL]},
}


def read_value(name: str, row: Parameter, given: Any) -> Any:
    """Return the value of a parameter that was given, and not as a null.

    Raises:
        DataPlaneError: 422, it is not what the row says.
    """
    match row.type:
        case "messages":
            return _messages(name, given)
        case "prompts":
            return _prompts(name, given)
        case "tools":
            return _tools(name, given)
        case "strings":
            return _strings(name, given)
        case "integers":
            if not isinstance(given, list):
                raise invalid_parameter([name], given, "must be a list of integers")
            return [_within([name, at], row, _lax([name, at], "integer", value)) for at, value in enumerate(given)]
        case "integer" | "number":
            return _within([name], row, _lax([name], row.type, given))
        case "boolean":
            return _lax([name], row.type, given)
    return _plain(name, row.type, given)


def require_capability(location: Sequence[str | int], given: Any, capability: str | None, model: Model) -> None:
    """Refuse what a model cannot do.

    Raises:
        DataPlaneError: 422, source S28.
    """
    if capability is None or capability in parameter_table().able(model):
        return
    families = parameter_table().capabilities[capability].families
    able = f"those of {', '.join(families)} do" if families else "no Meta Llama model does"
    raise invalid_parameter(location, given, f"the model {model.name} does not support {capability}; {able}")


def is_lax(row: Parameter, given: Any) -> bool:
    """Whether a value is of another JSON type than its row, and is read all the same."""
    if row.type == "integers" and isinstance(given, list):
        return any(is_lax(row.model_copy(update={"type": "integer"}), one) for one in given)
    if row.type not in _LAX or given is None or type(given) in _STRICT[row.type]:
        return False
    try:
        _LAX[row.type].validate_python(given)
    except (ValidationError, OverflowError):
        return False
    return True


def value_schema(row: Parameter, able: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the JSON Schema of a parameter's values to a model that is ``able`` to do so much."""
    schema: dict[str, Any]
    match row.type:
        case "messages":
            schema = _messages_schema(able)
        case "prompts":
            token = {"type": "integer", "minimum": 0, "maximum": _HIGHEST_TOKEN}
            ids = {"type": "array", "minItems": 1, "items": token}
            lists = [
                {"type": "array", "minItems": 1, "maxItems": _MOST_PROMPTS, "items": one} for one in (_STRING, ids)
            ]
            schema = {"anyOf": [_STRING, ids, *lists]}
        case "strings":
            schema = {"anyOf": [_NAME, {"type": "array", "items": _NAME}]}
        case "integers":
            schema = {"type": "array", "items": {"type": "integer", **_range(row)}}
        case "tools":
            schema = {"type": "array", "minItems": 1, "items": _NAMED_TOOL}
        case "response-format":
            refused = sorted(set(parameter_table().capabilities) & set(parameter_table().response_formats) - able)
            allowed = [one for one in parameter_table().response_formats if one not in refused]
            schema = {"type": "object", "required": ["type"], "properties": {"type": {"enum": allowed}}}
        case _:
            schema = {**_JSON_TYPES[row.type], **_range(row)}
    if not row.required:
        schema = {"anyOf": [schema, {"type": "null"}]}
    notes = [row.inferred and f"Inferred: {row.inferred}.", row.oddity, row.ignored and f"Ignored: {row.ignored}."]
    description = " ".join(note for note in (*notes, f"Source: {', '.join(row.source) or 'none'}.") if note)
    return {**schema, "description": description, **({} if row.required else {"default": row.default})}


def _range(row: Parameter) -> dict[str, Any]:
    bounds = {"minimum": row.minimum, "maximum": row.maximum}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _messages_schema(able: frozenset[str]) -> dict[str, Any]:
    part = {"type": "object", "required": ["type", "text"], "properties": {"type": {"const": "text"}, "text": _STRING}}
    content = {"anyOf": [_STRING, {"type": "array", "minItems": 1, "items": part}]}

    def said_by(*roles: str, required: Sequence[str] = ("content",), **more: Any) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["role", *required],
            "properties": {"role": {"type": "string", "enum": list(roles)}, "content": content, **more},
        }

    messages = [said_by(*parameter_table().roles)]
    if "tools" in able:
        calls = {"type": "array", "minItems": 1, "items": _FUNCTION_CALL}
        nothing = {"anyOf": [content, {"type": "null"}]}
        messages = [
            said_by(*(role for role in parameter_table().roles if role != "assistant")),
            said_by("assistant", tool_calls={"type": "null"}),
            said_by("assistant", required=["tool_calls"], tool_calls=calls, content=nothing),
            said_by(parameter_table().tool_role, required=["content", "tool_call_id"], tool_call_id=_STRING),
        ]
    return {"type": "array", "minItems": 1, "items": messages[0] if len(messages) == 1 else {"anyOf": messages}}


def _messages(name: str, given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not given:
        raise invalid_parameter([name], given, "must be a list of messages, not empty")
    return [_message([name, index], message) for index, message in enumerate(given)]


def _message(location: list[str | int], given: Any) -> dict[str, Any]:
    roles = [*parameter_table().roles, parameter_table().tool_role]
    if not isinstance(given, dict):
        raise invalid_parameter(location, given, "must be an object with role and content")
    role, content = given.get("role"), given.get("content")
    if role not in roles:
        raise invalid_parameter([*location, "role"], role, f"must be one of {', '.join(roles)}")
    message: dict[str, Any] = {"role": role}
    if role == "assistant" and given.get("tool_calls") is not None:
        message["tool_calls"] = _calls([*location, "tool_calls"], given["tool_calls"])
        return {**message, "content": None if content is None else _content([*location, "content"], content)}
    if role == parameter_table().tool_role:
        if not isinstance(given.get("tool_call_id"), str):
            raise invalid_parameter([*location, "tool_call_id"], given.get("tool_call_id"), "is required of a tool")
        message["tool_call_id"] = given["tool_call_id"]
    return {**message, "content": _content([*location, "content"], content)}


def _content(location: list[str | int], given: Any) -> str:
    """Return the text of a message: of a string, or of parts that are texts (source S28)."""
    if isinstance(given, str):
        return given
    if not isinstance(given, list) or not given:
        raise invalid_parameter(location, given, "is required, and is a string or a list of parts")
    for index, part in enumerate(given):
        if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise invalid_parameter([*location, index], part, "must be a part of type text, with its text")
    return "\n".join(part["text"] for part in given)


def _calls(location: list[str | int], given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not given:
        raise invalid_parameter(location, given, "must be a list of calls, not empty")
    calls = []
    for index, call in enumerate(given):
        function = call.get("function") if isinstance(call, dict) else None
        if (
            not isinstance(function, dict)
            or not isinstance(call.get("id"), str)
            or call.get("type", "function") != "function"
            or not (isinstance(function.get("name"), str) and function["name"])
            or not isinstance(function.get("arguments"), str)
        ):
            raise invalid_parameter([*location, index], call, "must have an id and a function with name and arguments")
        called = {"name": function["name"], "arguments": function["arguments"]}
        calls.append({"id": call["id"], "type": "function", "function": called})
    return calls


def _tools(name: str, given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not given:
        raise invalid_parameter([name], given, "must be a list of tools, not empty")
    for index, tool in enumerate(given):
        if not _names_a_function(tool):
            raise invalid_parameter([name, index], tool, "must be of type function, with a function that has a name")
    return given


def _names_a_function(given: Any) -> bool:
    function = given.get("function") if isinstance(given, dict) and given.get("type") == "function" else None
    return isinstance(function, dict) and isinstance(function.get("name"), str) and bool(function["name"])


def _prompts(name: str, given: Any) -> list[str | list[int]]:
    """Return the prompts of a string, a list of strings, the ids of tokens, or a list of such lists (source S101)."""
    if isinstance(given, str):
        return [given]
    if not isinstance(given, list) or not given:
        raise invalid_parameter([name], given, "must be a string, a list of strings, or a list of tokens, not empty")
    if all(isinstance(one, str) for one in given):
        prompts = given
    elif any(isinstance(one, list) for one in given):
        prompts = [_tokens([name, index], one) for index, one in enumerate(given)]
    else:
        prompts = [_tokens([name], given)]
    if len(prompts) > _MOST_PROMPTS:
        raise invalid_parameter([name], len(prompts), f"holds at most {_MOST_PROMPTS} prompts")
    return prompts


def _tokens(location: list[str | int], given: Any) -> list[int]:
    if not isinstance(given, list) or not given:
        raise invalid_parameter(location, given, "must be a list of the ids of tokens, not empty")
    ids = [_lax([*location, at], "integer", one) for at, one in enumerate(given)]
    if not all(0 <= one <= _HIGHEST_TOKEN for one in ids):
        raise invalid_parameter(location, given, f"must be the ids of tokens, from 0 to {_HIGHEST_TOKEN}")
    return ids


def _strings(name: str, given: Any) -> list[str]:
    values = [given] if isinstance(given, str) else given
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        raise invalid_parameter([name], given, "must be a string or a list of strings, none of them empty")
    return values


def _lax(location: list[str | int], kind: str, given: Any) -> Any:
    try:
        return _LAX[kind].validate_python(given)
    except (ValidationError, OverflowError):
        raise invalid_parameter(location, given, f"must be {_ARTICLES[kind]}") from None


def _within(location: list[str | int], row: Parameter, given: float) -> float:
    if row.minimum is not None and given < row.minimum:
        raise invalid_parameter(location, given, f"must be at least {row.minimum:g}")
    if row.maximum is not None and given > row.maximum:
        raise invalid_parameter(location, given, f"must be at most {row.maximum:g}")
    return given


def _plain(name: str, kind: str, given: Any) -> Any:
    is_kind: Mapping[str, Callable[[], bool]] = {
        "string": lambda: isinstance(given, str),
        "object": lambda: isinstance(given, dict),
        "response-format": lambda: isinstance(given, dict) and given.get("type") in parameter_table().response_formats,
        "tool-choice": lambda: given in _CHOICES if isinstance(given, str) else _names_a_function(given),
    }
    if not is_kind[kind]():
        wanted = {
            "object": "an object",
            "response-format": f"an object of type {', '.join(parameter_table().response_formats)}",
            "tool-choice": f"{', '.join(_CHOICES)} or a function by its name",
        }
        raise invalid_parameter([name], given, f"must be {wanted.get(kind, f'a {kind}')}")
    return given
