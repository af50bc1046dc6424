"""A server of the user's own that answers instead of the generator: llama.cpp, Ollama, vLLM, or any other that speaks
the OpenAI API.

Everything around the answer stays the sandbox's: keys, parameters and their rules, limits, the content filter, meters.
What is passed on is what the caller gave, and max_tokens; an answer's log probabilities are not passed back.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import httpx

from llama_azure_core.catalogue import Api, Model
from llama_azure_core.parameters import parameter_table
from llama_azure_sandbox.inference.answers import Delta
from llama_azure_sandbox.inference.backend import BackendError, UpstreamAddress
from llama_azure_sandbox.inference.completions import Choice, Completions, Piece, call_tokens, prompt_tokens
from llama_azure_sandbox.inference.reading import CompletionRequest
from llama_azure_sandbox.inference.tokens import count_tokens, tokenise

_PATHS = {Api.CHAT: "/chat/completions", Api.COMPLETIONS: "/completions"}
_SECONDS = 300.0
_CONNECT_SECONDS = 5.0
_SHOWN_CHARACTERS = 300
_FINISH_REASONS = frozenset((*parameter_table().finish_reasons, parameter_table().tool_calls_reason))
_OWN = ("stream_options", "max_completion_tokens")  # what the sandbox does itself, or sends as max_tokens


class Upstream:
    """Passes requests on. Safe to use from several threads."""

    is_instant = False

    def __init__(self, address: UpstreamAddress, key: str | None) -> None:
        self._address = address
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        # A proxy that the environment names is none for a server on this machine.
        direct = dict.fromkeys(("all://127.0.0.1", "all://localhost", "all://[::1]"))
        self._client = httpx.Client(headers=headers, mounts=direct)

    def complete(self, model: Model, asked: CompletionRequest, timeout: float | None) -> Completions:
        """Return the upstream's whole answer; one that gives a choice at a time is asked until there are ``n``.

        Raises:
            BackendError: it does not answer, or not as it should.
        """
        found = self._complete(model, asked, timeout, 0)
        while len(found.choices) < _wanted(asked):
            more = self._complete(model, asked, timeout, len(found.choices))
            choices = tuple(replace(one, index=len(found.choices) + place) for place, one in enumerate(more.choices))
            generated = found.completion_tokens + more.completion_tokens
            found = replace(found, choices=(*found.choices, *choices), completion_tokens=generated)
        return found

    def _complete(self, model: Model, asked: CompletionRequest, timeout: float | None, place: int) -> Completions:
        with self._asking(model, asked, timeout, stream=False, place=place) as answer:
            try:
                answer.read()
                body = answer.json()
                choices = tuple(_choice(choice, asked.api) for choice in body["choices"])
                if not choices:
                    raise ValueError("no choice")  # noqa: TRY301 - told as any other answer that is none
            except httpx.TransportError as error:
                raise self._failure(error, timeout) from None
            except (ValueError, KeyError, TypeError, AttributeError):
                raise self._unreadable(answer.text) from None
        used = body.get("usage") or {}
        generated = used.get("completion_tokens")
        read = used.get("prompt_tokens")
        return Completions(
            choices,
            read if isinstance(read, int) else prompt_tokens(asked),
            generated if isinstance(generated, int) else sum(count_tokens(choice.text) for choice in choices),
        )

    def stream(self, model: Model, asked: CompletionRequest, timeout: float | None) -> Iterator[Delta]:
        """Return the upstream's answer as it comes; one that gives a choice at a time is asked until there are ``n``.

        Raises:
            BackendError: it does not answer, or breaks off.
        """
        seen: set[int] = set()
        while not seen or len(seen) < _wanted(asked):
            before = len(seen)
            for part in self._stream(model, asked, timeout, before):
                moved = replace(part, index=before + part.index)
                seen.add(moved.index)
                yield moved

    def _stream(self, model: Model, asked: CompletionRequest, timeout: float | None, place: int) -> Iterator[Delta]:
        offsets: dict[int, int] = {}
        unfinished: set[int] = set()
        with self._asking(model, asked, timeout, stream=True, place=place) as answer:
            try:
                for line in answer.iter_lines():
                    data = line.removeprefix("data:").strip()
                    if not line.startswith("data:") or data == "[DONE]":
                        continue
                    for part in self._deltas(data, asked.api, offsets):
                        (unfinished.discard if part.finish_reason else unfinished.add)(part.index)
                        yield part
            except httpx.TransportError as error:
                raise self._failure(error, timeout) from None
        if unfinished or not offsets:
            raise BackendError(f"the upstream {self._address.base} broke off before its answer was complete")

    def _asking(
        self, model: Model, asked: CompletionRequest, timeout: float | None, *, stream: bool, place: int
    ) -> "_Answer":
        # Asked again with the same seed it would say the same again.
        seeded = {"seed": asked.given["seed"] + place} if place and isinstance(asked.given.get("seed"), int) else {}
        fewer = {"n": _wanted(asked) - place} if place else {}
        body = {
            **asked.extra,
            **{name: value for name, value in asked.given.items() if name not in _OWN},
            **seeded,
            **fewer,
            asked.prompt_name: _prompt(asked),
            # Not given, and no bound of the API: the upstream's own context bounds it.
            **({} if asked.was_open else {"max_tokens": asked["max_tokens"]}),
            "model": self._address.model or model.name,
            "stream": stream,
        }
        seconds = httpx.Timeout(timeout or _SECONDS, connect=min(timeout or _SECONDS, _CONNECT_SECONDS))
        request = self._client.build_request("POST", self._address.base + _PATHS[asked.api], json=body, timeout=seconds)
        try:
            response = self._client.send(request, stream=True)
            if response.is_error:
                response.read()
        except httpx.TransportError as error:
            raise self._failure(error, timeout) from None
        if response.is_error:
            response.close()
            raise BackendError(
                f"the upstream {self._address.base} answered {response.status_code}: {_said(response.text)}",
                status=response.status_code,
            )
        return _Answer(response)

    def _deltas(self, data: str, api: Api, offsets: dict[int, int]) -> Iterator[Delta]:
        try:
            body = json.loads(data)
            parts = [_delta(choice, api, offsets) for choice in body["choices"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._unreadable(data) from None
        yield from (part for part in parts if part.pieces or part.calls or part.finish_reason)

    def _failure(self, error: httpx.TransportError, timeout: float | None) -> BackendError:
        if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
            seconds = timeout or _SECONDS
            return BackendError(f"the upstream {self._address.base} took longer than {seconds:g} s", timed_out=True)
        return BackendError(
            f"the upstream {self._address.base} cannot be reached ({error}); start it, or restart the sandbox "
            "without --upstream"
        )

    def _unreadable(self, text: str) -> BackendError:
        return BackendError(f"the upstream {self._address.base} sent no completion: {_said(text)}")


class _Answer:
    """A response that is closed when it has been read."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    def __enter__(self) -> httpx.Response:
        return self._response

    def __exit__(self, *_: object) -> None:
        self._response.close()


def _wanted(asked: CompletionRequest) -> int:
    """Return how many choices must come; of several prompts it is left to the upstream."""
    return int(asked["n"]) if len(asked.texts) == 1 or asked.api is Api.CHAT else 1


def _prompt(asked: CompletionRequest) -> Any:
    prompt = asked[asked.prompt_name]
    return prompt[0] if asked.api is Api.COMPLETIONS and len(prompt) == 1 else prompt


def _choice(choice: Mapping[str, Any], api: Api) -> Choice:
    said = choice["message"] if api is Api.CHAT else {"content": choice["text"]}
    reason = _reason(choice.get("finish_reason")) or "stop"
    return Choice(int(choice.get("index", 0)), _pieces(said.get("content") or "", 0), reason, _calls(said))


def _delta(choice: Mapping[str, Any], api: Api, offsets: dict[int, int]) -> Delta:
    index = int(choice.get("index", 0))
    said = (choice.get("delta") or {}) if api is Api.CHAT else {"content": choice.get("text")}
    text, calls = said.get("content") or "", _calls(said)
    pieces = _pieces(text, offsets.get(index, 0))
    offsets[index] = offsets.get(index, 0) + len(text)
    return Delta(index, pieces, _reason(choice.get("finish_reason")), call_tokens(calls), calls)


def _calls(said: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """Return the calls of tools, or the parts of such, as the upstream tells them."""
    return tuple(dict(one) for one in said.get("tool_calls") or ())


def _pieces(text: str, offset: int) -> tuple[Piece, ...]:
    pieces = []
    for one in tokenise(text):
        pieces.append(Piece(one.text, one.text, offset))
        offset += len(one.text)
    return tuple(pieces)


def _reason(given: object) -> str | None:
    """Return a finish reason; one that the document does not know is a stop."""
    if given is None or given == "":
        return None
    return str(given) if given in _FINISH_REASONS else "stop"


def _said(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}…"
