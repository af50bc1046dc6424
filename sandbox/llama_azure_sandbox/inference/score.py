"""The scoring route of managed compute, in the shapes of the models' cards (source S12).

    {"input_data": {"input_string": …, "parameters": {…}}}

``input_string`` holds messages for a chat model, which answers ``{"output": text}``; it holds prompts for the others,
which answer a list with an object ``{"0": text}`` for each. That several prompts make several objects is inferred.
"""

from collections.abc import Mapping
from typing import Any

from llama_azure_core.catalogue import Api
from llama_azure_core.parameters import parameter_table
from llama_azure_sandbox.inference.completions import Completions
from llama_azure_sandbox.inference.errors import invalid_parameter
from llama_azure_sandbox.inference.reading import CompletionRequest, defaults
from llama_azure_sandbox.inference.values import read_value

_MOST_PROMPTS = 128


def read_score(body: Mapping[str, Any], api: Api) -> tuple[list[CompletionRequest], bool]:
    """Return what a scoring request asks, one entry per answer, and whether answers begin with their prompt.

    Raises:
        DataPlaneError: 422, something in it is wrong and named.
    """
    data = body.get("input_data")
    if not isinstance(data, dict):
        raise invalid_parameter(["input_data"], data, "must be an object with input_string and parameters")
    given = data.get("parameters") or {}
    if not isinstance(given, dict):
        raise invalid_parameter(["input_data", "parameters"], given, "must be an object")
    values = {name: _value(name, given) for name in parameter_table().score}
    common = {
        "temperature": values["temperature"] if values["do_sample"] else 0,
        "max_tokens": values["max_new_tokens"],
        "top_p": values["top_p"],
    }
    every = {**defaults(api), **common, "ignore_eos": values["ignore_eos"]}
    prompts = _prompts(data.get("input_string"), api)
    request = [CompletionRequest(api, {**every, name: prompt}, common) for name, prompt in prompts]
    return request, bool(values["return_full_text"])


def score_body(api: Api, request: list[CompletionRequest], answers: list[Completions], *, full_text: bool) -> Any:
    """Return the body of the answer."""
    texts = [answer.choices[0].text for answer in answers]
    if api is Api.CHAT:
        return {"output": texts[0]}
    return [{"0": f"{one.texts[0] if full_text else ''}{text}"} for one, text in zip(request, texts, strict=True)]


def _value(name: str, given: Mapping[str, Any]) -> Any:
    row = parameter_table().score[name]
    value = given.get(name)
    value = row.default if value is None else read_value(name, row, value)
    return row.unset if value is None else value


def _prompts(given: Any, api: Api) -> list[tuple[str, Any]]:
    if api is Api.CHAT:
        return [("messages", read_value("messages", parameter_table().parameters["messages"], given))]
    prompts = [given] if isinstance(given, str) else given
    if not isinstance(prompts, list) or not prompts or not all(isinstance(prompt, str) for prompt in prompts):
        raise invalid_parameter(["input_data", "input_string"], given, "must be a list of prompts, not empty")
    if len(prompts) > _MOST_PROMPTS:
        raise invalid_parameter(["input_data", "input_string"], len(prompts), f"holds at most {_MOST_PROMPTS} prompts")
    return [("prompt", [prompt]) for prompt in prompts]
