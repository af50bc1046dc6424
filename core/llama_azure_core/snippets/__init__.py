"""Code that asks an endpoint, for the clients that people use: it runs as printed, on whichever back end.

No key is ever part of it: it reads one from a variable, and its first lines say how that is filled; keyless it signs in
as for any Azure client. Pure: what is known of the endpoint comes from the stack's outputs.
"""

from collections.abc import Mapping
from typing import Any

from llama_azure_core.catalogue import BackEnd
from llama_azure_core.snippets import javascript, python, shell
from llama_azure_core.snippets.callee import (
    QUESTION,
    Callee,
    Client,
    Kind,
    SnippetError,
    Writing,
    default_request,
    key_line,
)

__all__ = ["QUESTION", "Callee", "Client", "Kind", "SnippetError", "default_request", "key_line", "snippet"]


def snippet(
    callee: Callee,
    client: Client | None = None,
    kind: Kind | None = None,
    request: Mapping[str, Any] | None = None,
    *,
    question: str = "",
    keyless: bool | None = None,
) -> str:
    """Return a program that asks an endpoint and prints the answer: a script of bash, Python or JavaScript.

    Args:
        callee: the endpoint.
        client: what asks. Default: the openai client, and curl for scoring.
        kind: what is asked for. Default: what its model answers.
        request: the body without ``model``. Default: a short question, streamed where the client is made for it.
        question: what that short question is. Default: a usual one.
        keyless: whether it signs in with Microsoft Entra ID. Default: where the endpoint takes no keys.

    Raises:
        SnippetError: the endpoint is not asked so, or the client cannot ask so.
    """
    chosen = _kind(callee, kind)
    asks = client or (Client.CURL if chosen is Kind.SCORING else Client.OPENAI)
    possible = [one for one, kinds in _WRITERS.items() if chosen in kinds]
    if asks not in possible:
        raise SnippetError(f"{asks} has no {chosen}; take {' or '.join(possible)}")
    by_token = not callee.takes_keys if keyless is None else keyless
    if by_token and not callee.takes_tokens:
        mode = "AADToken" if callee.back_end is BackEnd.MANAGED else "KeyAndAAD"
        raise SnippetError(f"{callee.name} takes keys alone: leave keyless out, or set its authMode to {mode}")
    if not by_token and not callee.takes_keys:
        raise SnippetError(f"{callee.name} takes no keys: whoever may call it signs in with Microsoft Entra ID")
    body = default_request(callee, chosen, question) if request is None else dict(request)
    if request is None and chosen is not Kind.SCORING and asks in (Client.OPENAI, Client.JAVASCRIPT):
        body["stream"] = True
    body.pop("model", None)
    return _WRITERS[asks][chosen](Writing(callee, body, by_token))


def _kind(callee: Callee, kind: Kind | None) -> Kind:
    if not callee.kinds:
        raise SnippetError(f"{callee.name} has no deployment that could be asked")
    if kind is None:
        return callee.kinds[0]
    if kind not in callee.kinds:
        raise SnippetError(f"{callee.name} does not answer {kind}: it answers {' and '.join(callee.kinds)}")
    return kind


_WRITERS = {
    Client.CURL: {
        Kind.CHAT: shell.chat,
        Kind.COMPLETIONS: shell.completions,
        Kind.SCORING: shell.scoring,
    },
    Client.OPENAI: {Kind.CHAT: python.openai_chat, Kind.COMPLETIONS: python.openai_completions},
    Client.LANGCHAIN: {Kind.CHAT: python.langchain_chat, Kind.COMPLETIONS: python.langchain_completions},
    Client.LITELLM: {Kind.CHAT: python.litellm_chat, Kind.COMPLETIONS: python.litellm_completions},
    Client.AZURE_AI_INFERENCE: {Kind.CHAT: python.azure_ai_inference_chat},
    Client.JAVASCRIPT: {
        Kind.CHAT: javascript.chat,
        Kind.COMPLETIONS: javascript.completions,
        Kind.SCORING: javascript.scoring,
    },
}
