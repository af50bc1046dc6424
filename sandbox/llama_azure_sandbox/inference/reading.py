"""Reading a request's body: JSON, then parameters by the table, then the rules between them."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from llama_azure_core.catalogue import Api, Model
from llama_azure_core.parameters import Family, parameter_table
from llama_azure_sandbox.inference.errors import DataPlaneError, bad_request, extra_parameters, invalid_parameter
from llama_azure_sandbox.inference.values import MOST_DIGITS, read_value, require_capability

_MOST_DEPTH = 128
"""How deep objects and lists of a body may lie in each other; nothing that a model takes comes near."""


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """What a caller asks a model for: every parameter of the table with its value."""

    api: Api
    values: Mapping[str, Any]
    """By name; what was not given has its default, and a null its meaning where it has one."""
    given: Mapping[str, Any]
    """What the caller gave, in the API's own spelling."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Parameters that nobody here knows and that were to be passed through."""
    was_open: bool = False
    """Whether its ``max_tokens`` is what the context leaves, and not what anybody asked for."""

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def candidates(self) -> int:
        """How many completions are generated of a prompt, to return the best ``n`` of them."""
        return max(int(self["best_of"]), int(self["n"]))

    @property
    def all_candidates(self) -> int:
        """How many completions are generated of all prompts."""
        return self.candidates * (1 if self.api is Api.CHAT else len(self["prompt"]))

    @property
    def is_open(self) -> bool:
        """Whether no ``max_tokens`` bounds the answer: the rest of the context does."""
        return self["max_tokens"] is None

    @property
    def most_tokens(self) -> int:
        """How many tokens may be generated in all; none are reserved for an answer that nothing bounds."""
        return 0 if self.is_open else self.all_candidates * int(self["max_tokens"])

    @property
    def texts(self) -> list[str]:
        """The prompts, or the contents of the messages, what tools were called with included."""
        if self.api is Api.CHAT:
            return [_text_of(message) for message in self["messages"]]
        return [one if isinstance(one, str) else " ".join(map(str, one)) for one in self["prompt"]]

    @property
    def prompt_name(self) -> str:
        """The parameter that holds the prompt."""
        return "messages" if self.api is Api.CHAT else "prompt"

    def bounded(self, most_tokens: int) -> "CompletionRequest":
        """Return the same with a bound for an answer that has none."""
        if not self.is_open:
            return self
        return replace(self, values={**self.values, "max_tokens": most_tokens}, was_open=True)

    def each(self) -> Iterator["CompletionRequest"]:
        """Return what is asked, prompt by prompt."""
        if self.api is Api.CHAT or len(self["prompt"]) == 1:
            yield self
            return
        for prompt in self["prompt"]:
            yield replace(self, values={**self.values, "prompt": [prompt]})


def read_json(content: bytes) -> dict[str, Any]:
    """Return the object of a body.

    Raises:
        DataPlaneError: 400, it is none; 422, it is deeper than anything that is asked for, or holds a number that is
            none to a computer, such as ``1e999``.
    """
    try:
        body = json.loads(content, parse_constant=_no_constant, parse_int=_integer)
        if b"\\u" in content:
            # Half a surrogate pair is JSON, and no text.
            json.dumps(body, ensure_ascii=False).encode()
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise bad_request("The body is not JSON") from None
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object")
    _require_answerable(body)
    return body


def read_request(body: Mapping[str, Any], model: Model, family: Family, extra_policy: str | None) -> CompletionRequest:
    """Read the parameters of a body; ``extra_policy`` is the value of the header ``extra-parameters``.

    Raises:
        DataPlaneError: 400 or 422; the parameter is named.
    """
    table, api = parameter_table(), model.api
    own, known = table.of(api, family), table.known(api, family)
    policy = _policy(extra_policy)
    # One that is not taken may be dropped; a name of the other API is as foreign as one that nobody knows.
    foreign = [name for name in body if name not in own]
    if foreign and policy == "error":
        raise extra_parameters(table.routes[family].refusal, foreign, body[foreign[0]])
    taken = known if policy == "pass-through" else own
    given = {}
    for name, value in body.items():
        # A null is as good as nothing.
        if name in taken and (value is not None or taken[name].required):
            require_capability([name], value, taken[name].capability, model)
            given[name] = read_value(name, taken[name], value)
    values = {name: row.default for name, row in known.items()} | given
    _complete(values, given)
    for name, row in known.items():
        if row.required and name not in given:
            raise invalid_parameter([name], None, "is required")
        if values[name] is None:
            values[name] = row.unset
    if api is Api.COMPLETIONS and isinstance(values["prompt"], str):
        values["prompt"] = [values["prompt"]]
    if api is Api.CHAT:
        _check_what_models_differ_in(values, model)
    extra = {name: value for name, value in body.items() if name not in taken} if policy == "pass-through" else {}
    return CompletionRequest(api, values, given, extra)


def defaults(api: Api) -> dict[str, Any]:
    """Return the value of every parameter that is not given."""
    rows = parameter_table().known(api, Family.LLAMA)
    return {name: row.unset if row.default is None else row.default for name, row in rows.items()}


def _complete(values: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Give parameters that follow another one the other one's value."""
    if "best_of" not in given:
        values["best_of"] = values["n"]
    if given.get("max_completion_tokens") is not None:
        values["max_tokens"] = given["max_completion_tokens"]


def _policy(given: str | None) -> str:
    header = parameter_table().extra_parameters
    if given is None:
        return header.default
    if given not in header.values:
        raise bad_request(f"The header {header.header} must be one of {', '.join(header.values)}, not {given!r}")
    return given


def _check_what_models_differ_in(values: Mapping[str, Any], model: Model) -> None:
    kind = (values["response_format"] or {}).get("type")
    # The sample of source S27 shows the bare name as the input.
    require_capability(["response_format"], kind, kind if kind in parameter_table().capabilities else None, model)
    for index, message in enumerate(values["messages"]):
        is_of_tools = message["role"] == parameter_table().tool_role or "tool_calls" in message
        require_capability(["messages", index], message["role"], "tools" if is_of_tools else None, model)
    choice = values["tool_choice"]
    named = [tool["function"]["name"] for tool in values["tools"] or ()]
    if choice is not None and not named:
        raise invalid_parameter(["tool_choice"], choice, "is given without tools")
    if isinstance(choice, dict) and choice["function"]["name"] not in named:
        raise invalid_parameter(["tool_choice"], choice, f"names none of the tools {', '.join(named)}")


def _text_of(message: Mapping[str, Any]) -> str:
    called = (f"{one['function']['name']} {one['function']['arguments']}" for one in message.get("tool_calls", ()))
    return " ".join([message["content"] or "", *called]).strip() if "tool_calls" in message else message["content"]


def _require_answerable(body: Any) -> None:
    """Refuse what could be read and neither be shown in an error nor be passed on."""
    waiting: list[tuple[list[str | int], Any]] = [([], body)]
    while waiting:
        location, value = waiting.pop()
        if isinstance(value, float) and not math.isfinite(value):
            raise invalid_parameter(location, str(value), "must be a finite number")
        if isinstance(value, dict | list) and len(location) >= _MOST_DEPTH:
            raise _too_deep()
        if isinstance(value, dict):
            waiting.extend(
                ([*location, name], one) for name, one in value.items() if isinstance(one, dict | list | float)
            )
        elif isinstance(value, list):
            waiting.extend(
                ([*location, at], one) for at, one in enumerate(value) if isinstance(one, dict | list | float)
            )


def _too_deep() -> DataPlaneError:
    return invalid_parameter([], None, f"objects and lists may lie {_MOST_DEPTH} deep in each other")


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= MOST_DIGITS else math.inf


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
