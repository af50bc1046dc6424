"""Programs in Python: the openai client, LangChain, LiteLLM and azure-ai-inference."""

import json
from collections.abc import Mapping
from typing import Any

from llama_azure_core.snippets.callee import KEY_VARIABLE, Writing


def _head(writing: Writing, packages: str, *imports: str) -> str:
    """Return the first lines of a Python program: what it needs, and its imports."""
    needs = f"pip install {packages}{' azure-identity' if writing.by_token else ''}"
    return f"# {needs}\n{writing.sign_in_notes('#')}\n{_imports(writing, imports)}"


def _imports(writing: Writing, imports: tuple[str, ...]) -> str:
    identity = "from azure.identity import DefaultAzureCredential, get_bearer_token_provider"
    wanted = [*imports, *([identity] if writing.by_token else [])]
    head = "" if writing.by_token else "import os\n\n"
    # As formatters sort them: `import x` before `from x import y`.
    return head + "\n".join(sorted(wanted, key=lambda one: (one.startswith("from"), one))) + "\n"


def _key(writing: Writing) -> str:
    """Return the Python expression that clients of OpenAI's API take for their key; a token lasts for an hour."""
    if writing.by_token:
        return f"get_bearer_token_provider(DefaultAzureCredential(), {_py(writing.callee.token_scope)})"
    return f'os.environ["{KEY_VARIABLE}"]'


_OPENAI_CHAT = frozenset((
    "frequency_penalty", "logit_bias", "logprobs", "max_tokens", "messages", "n", "presence_penalty",
    "response_format", "seed", "stop", "stream", "stream_options", "temperature", "tool_choice", "tools",
    "top_logprobs", "top_p", "user",
))  # fmt: skip
"""What the openai client's chat has arguments for; it sends anything else as ``extra_body``."""
_OPENAI_COMPLETIONS = frozenset((
    "best_of", "echo", "frequency_penalty", "logit_bias", "logprobs", "max_tokens", "n", "presence_penalty",
    "prompt", "seed", "stop", "stream", "stream_options", "suffix", "temperature", "top_p", "user",
))  # fmt: skip


def _openai_client(writing: Writing) -> str:
    head = _head(writing, "openai", "import openai")
    return (
        f"{head}\nclient = openai.OpenAI(\n    base_url={_py(writing.callee.base_url)},\n"
        f"    api_key={_key(writing)},\n)\n"
    )


def openai_chat(writing: Writing) -> str:
    """Return the program that asks a chat."""
    asked = _call("client.chat.completions.create", _named(writing, _OPENAI_CHAT))
    if writing.streams:
        return (
            f"{_openai_client(writing)}stream = {asked}for chunk in stream:\n    for choice in chunk.choices:\n"
            '        print(choice.delta.content or "", end="", flush=True)\nprint()\n'
        )
    return f"{_openai_client(writing)}answer = {asked}print(answer.choices[0].message.content)\n"


def openai_completions(writing: Writing) -> str:
    """Return the program that asks for a completion of a text."""
    asked = _call("client.completions.create", _named(writing, _OPENAI_COMPLETIONS))
    if writing.streams:
        return (
            f"{_openai_client(writing)}stream = {asked}for chunk in stream:\n    for choice in chunk.choices:\n"
            '        print(choice.text, end="", flush=True)\nprint()\n'
        )
    return f"{_openai_client(writing)}answer = {asked}print(answer.choices[0].text)\n"


def _named(writing: Writing, known: frozenset[str], model: str | None = None) -> dict[str, Any]:
    """Return the arguments of a call, with what the client has no argument for as ``extra_body``."""
    named = {name: value for name, value in writing.body.items() if name in known}
    more = {name: value for name, value in writing.body.items() if name not in known}
    return {"model": model or writing.callee.deployment, **named, **({"extra_body": more} if more else {})}


def _langchain(writing: Writing, name: str, given: str) -> str:
    # LangChain sends its own max_tokens as max_completion_tokens, which not every endpoint has: so all goes as it is.
    more = {name: value for name, value in writing.body.items() if name not in (given, "stream")}
    head = _head(writing, "langchain-openai", f"from langchain_openai import {name}")
    extra = f"    extra_body={_py(more, 4)},\n" if more else ""
    asked = _py(writing.body[given])
    text = "content" if name == "ChatOpenAI" else ""
    if writing.streams:
        part = f"part.{text}" if text else "part"
        end = f'for part in model.stream({asked}):\n    print({part}, end="", flush=True)\nprint()\n'
    else:
        end = f"print(model.invoke({asked}){f'.{text}' if text else ''})\n"
    return (
        f"{head}\nmodel = {name}(\n    base_url={_py(writing.callee.base_url)},\n    api_key={_key(writing)},\n"
        f"    model={_py(writing.callee.deployment)},\n{extra})\n{end}"
    )


def langchain_chat(writing: Writing) -> str:
    """Return the program that asks a chat."""
    return _langchain(writing, "ChatOpenAI", "messages")


def langchain_completions(writing: Writing) -> str:
    """Return the program that asks for a completion of a text."""
    return _langchain(writing, "OpenAI", "prompt")


def _litellm(writing: Writing, call: str, provider: str, known: frozenset[str], text: tuple[str, str]) -> str:
    key = f"{_key(writing)}()" if writing.by_token else _key(writing)
    named = _named(writing, known, f"{provider}/{writing.callee.deployment}")
    place = {"api_base": writing.callee.base_url}
    asked = _call(call, {"model": named.pop("model"), **place, **named}, f"    api_key={key},\n")
    whole, part = text
    end = (
        f'for chunk in answer:\n    print({part} or "", end="", flush=True)\nprint()\n'
        if writing.streams
        else f"print({whole})\n"
    )
    return f"{_head(writing, 'litellm', 'import litellm')}\nanswer = {asked}{end}"


def litellm_chat(writing: Writing) -> str:
    """Return the program that asks a chat."""
    text = ("answer.choices[0].message.content", "chunk.choices[0].delta.content")
    return _litellm(writing, "litellm.completion", "openai", _OPENAI_CHAT, text)


def litellm_completions(writing: Writing) -> str:
    """Return the program that asks for a completion of a text."""
    text = ("answer.choices[0].text", "chunk.choices[0].text")
    return _litellm(writing, "litellm.text_completion", "text-completion-openai", _OPENAI_COMPLETIONS, text)


_INFERENCE_CHAT = frozenset((
    "frequency_penalty", "max_tokens", "messages", "presence_penalty", "response_format", "seed", "stop",
    "stream", "temperature", "tool_choice", "tools", "top_p",
))  # fmt: skip


def azure_ai_inference_chat(writing: Writing) -> str:
    """Return the program that asks a chat."""
    callee = writing.callee
    notes = writing.sign_in_notes("#")
    if writing.by_token:
        imports = "from azure.identity import DefaultAzureCredential\n"
        sign_in = f"    credential=DefaultAzureCredential(),\n    credential_scopes=[{_py(callee.token_scope)}],\n"
    else:
        imports = "from azure.core.credentials import AzureKeyCredential\n"
        sign_in = f'    credential=AzureKeyCredential(os.environ["{KEY_VARIABLE}"]),\n'
    named = {name: value for name, value in writing.body.items() if name in _INFERENCE_CHAT}
    more = {name: value for name, value in writing.body.items() if name not in _INFERENCE_CHAT}
    given = {"model": callee.deployment, **named, **({"model_extras": more} if more else {})}
    if writing.streams:
        end = (
            "for chunk in answer:\n    for choice in chunk.choices or []:\n"
            '        print(choice.delta.content or "", end="", flush=True)\nprint()\n'
        )
    else:
        end = "print(answer.choices[0].message.content)\n"
    return (
        "# azure-ai-inference is retired; new code takes the openai client.\n"
        f"# pip install azure-ai-inference{' azure-identity' if writing.by_token else ''}\n{notes}\n"
        f"{'' if writing.by_token else f'import os{chr(10)}{chr(10)}'}"
        f"from azure.ai.inference import ChatCompletionsClient\n{imports}\n"
        f"client = ChatCompletionsClient(\n    endpoint={_py(callee.inference_url)},\n{sign_in})\n"
        f"answer = {_call('client.complete', given)}{end}"
    )


def _call(function: str, arguments: Mapping[str, Any], more: str = "") -> str:
    """Return a Python call with an argument a line."""
    lines = "".join(f"    {name}={_py(value, 4)},\n" for name, value in arguments.items())
    return f"{function}(\n{lines}{more})\n"


def _py(value: Any, indent: int = 0) -> str:
    """Return a JSON value as Python writes it, one item a line where it would be long."""
    short = _short(value)
    if len(short) + indent <= _LINE or not isinstance(value, dict | list) or not value:
        return short
    inner, outer = " " * (indent + 4), " " * indent
    if isinstance(value, list):
        items = "".join(f"{inner}{_py(one, indent + 4)},\n" for one in value)
        return f"[\n{items}{outer}]"
    items = "".join(f"{inner}{_short(name)}: {_py(one, indent + 4)},\n" for name, one in value.items())
    return f"{{\n{items}{outer}}}"


_LINE = 88


def _short(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # JSON's escapes are Python's too
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_short(name)}: {_short(one)}' for name, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_short, value))}]"
    return repr(value)
