"""Reading a request's body: JSON, then parameters by the table, then the rules between them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from llama_azure_core.catalogue import Api
from sandbox.inference.errors import bad_request, invalid_parameter
from sandbox.inference.parameter_table import Family, parameter_table
from sandbox.inference.values import read_value


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asks a model for: every parameter of the table with its value."""

    api: Api
    values: Mapping[str, Any]
    """By name; what was not given has its default, and a null its meaning where it has one."""
    given: Mapping[str, Any]
    """What the caller gave, in the API's own spelling."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Parameters that nobody here knows and that were to be passed through."""

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def candidates(self) -> int:
        """How many completions are generated, to return the best ``n`` of them."""
        return max(int(self["best_of"]), int(self["n"]))

    @property
    def most_tokens(self) -> int:
        """How many tokens may be generated in all."""
        return self.candidates * int(self["max_tokens"])

    @property
    def texts(self) -> list[str]:
        """The prompt, or the contents of the messages."""
        if self.api is Api.CHAT:
            return [message["content"] for message in self["messages"]]
        return [self["prompt"]]

    @property
    def prompt_name(self) -> str:
        """The parameter that holds the prompt."""
        return "messages" if self.api is Api.CHAT else "prompt"


def read_json(content: bytes) -> dict[str, Any]:
    """Return the object of a body.

    Raises:
        DataPlaneError: 400, it is none.
    """
    try:
        body = json.loads(content, parse_constant=_no_constant)
        if b"\\u" in content:
            # Half a surrogate pair is JSON, and no text.
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise bad_request("The body is no JSON") from None
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object")
    return body


def read_request(body: Mapping[str, Any], api: Api, family: Family, extra_policy: str | None) -> Asked:
    """Read the parameters of a body; ``extra_policy`` is the value of the header ``extra-parameters``.

    Raises:
        DataPlaneError: 400 or 422; the parameter is named.
    """
    table = parameter_table()
    own, known = table.of(api, family), table.of(api)
    policy = _policy(extra_policy)
    # One that is not taken may be dropped; a name of the other API is as foreign as one that nobody knows.
    foreign = [name for name in body if name not in own]
    if foreign and policy == "error":
        raise invalid_parameter(
            [foreign[0]],
            body[foreign[0]],
            f"is no parameter of this route; send the header {table.extra_parameters.header}: pass-through to hand it "
            "to the model, or drop to leave it out",
        )
    taken = known if policy == "pass-through" else own
    given = {name: read_value(name, taken[name], value) for name, value in body.items() if name in taken}
    values = {name: row.default for name, row in known.items()} | dict(table.routes[family].unset) | given
    if given.get("best_of") is None:
        values["best_of"] = values["n"]
    for name, row in known.items():
        if row.required and name not in given:
            raise invalid_parameter([name], None, "is required")
        if values[name] is None:
            values[name] = row.unset
    _check_response_format(given.get("response_format"))
    extra = {name: value for name, value in body.items() if name not in taken} if policy == "pass-through" else {}
    return Asked(api, values, given, extra)


def defaults(api: Api) -> dict[str, Any]:
    """Return the value of every parameter that is not given."""
    return {name: row.unset if row.default is None else row.default for name, row in parameter_table().of(api).items()}


def _policy(given: str | None) -> str:
    header = parameter_table().extra_parameters
    if given is None:
        return header.default
    if given not in header.values:
        raise bad_request(f"The header {header.header} must be one of {', '.join(header.values)}, not {given!r}")
    return given


def _check_response_format(given: Mapping[str, Any] | None) -> None:
    kind = None if given is None else given.get("type")
    if kind in parameter_table().refused_response_formats:
        # The sample of source S27 shows the bare name as the input.
        raise invalid_parameter(["response_format"], kind, "Meta Llama models do not support it")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
