"""The bodies of answers, whole and streamed, in the document's shapes (source S0)."""

import itertools
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from llama_azure_core.catalogue import Api
from llama_azure_core.parameters import Family
from llama_azure_sandbox.inference.completions import Choice, Completions, Piece, logprobs_object
from llama_azure_sandbox.inference.reading import CompletionRequest
from llama_azure_sandbox.inference.safety import ContentFilter

DONE = "data: [DONE]\n\n"

_OBJECTS = {Api.CHAT: "chat.completion", Api.COMPLETIONS: "text_completion"}
_INFERENCE_CHUNK = "chat.completion.chunk"
"""What the Model Inference API calls a chunk (source S28); the document says chat.completion, always (source S0)."""

_LAST_WORDS = 256  # characters, more than any word of the filter has


@dataclass(frozen=True, slots=True)
class Delta:
    """A part of a streamed choice; only its last part has a finish reason."""

    index: int
    pieces: tuple[Piece, ...]
    finish_reason: str | None = None
    unseen: int = 0
    """Tokens that were generated and are in no part: those of a stop sequence, say."""
    calls: tuple[Mapping[str, Any], ...] = ()
    """Of tools, or parts of such, each with its index."""
    withheld: str = ""
    """What the content filter took out of the end of its choice."""

    @property
    def text(self) -> str:
        """The text of this part."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Form:
    """How one answer is written: what its parts have in common."""

    request: CompletionRequest
    family: Family
    model: str
    created: int
    """When, in seconds since the epoch."""
    filter: ContentFilter | None = None
    """Whose findings the answer tells; ``None`` for one that tells none."""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def whole(self, completions: Completions) -> dict[str, Any]:
        """Return the body of an answer that is not streamed."""
        return {
            **self._head(_OBJECTS[self.request.api]),
            **self._of_prompt(),
            "choices": [self._choice(choice) for choice in completions.choices],
            "usage": usage(completions.prompt_tokens, completions.completion_tokens),
        }

    def events(self, deltas: Iterable[Delta]) -> Iterator[str]:
        """Return a streamed answer as server-sent events, without their end.

        What a filter found in the prompt comes first, in an event without choices.
        """
        if self.filter is not None:
            yield self._event([], **self._of_prompt())
        said: defaultdict[int, str] = defaultdict(str)
        for delta in deltas:
            # What a filter finds may be longer than a part: each part tells of its choice's last words.
            said[delta.index] = (said[delta.index] + delta.text + delta.withheld)[-_LAST_WORDS:]
            yield self._event([self._delta(delta, said[delta.index])])

    def usage_event(self, prompt_tokens: int, completion_tokens: int) -> str:
        """Return the event that ``stream_options`` with ``include_usage`` asks for."""
        return self._event([], usage=usage(prompt_tokens, completion_tokens))

    def _event(self, choices: Sequence[dict[str, Any]], **more: Any) -> str:
        is_chunk = self.request.api is Api.CHAT and self.family is not Family.LLAMA
        head = self._head(_INFERENCE_CHUNK if is_chunk else _OBJECTS[self.request.api])
        return f"data: {json.dumps({**head, 'choices': choices, **more}, ensure_ascii=False)}\n\n"

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}

    def _choice(self, choice: Choice) -> dict[str, Any]:
        return {
            "index": choice.index,
            **self._said("message", choice.text, choice.calls),
            "logprobs": self._logprobs(choice.pieces),
            "finish_reason": choice.finish_reason,
            **self._of_completion(choice.text + choice.withheld),
        }

    def _delta(self, delta: Delta, last_words: str) -> dict[str, Any]:
        return {
            "index": delta.index,
            **self._said("delta", delta.text, delta.calls),
            "logprobs": self._logprobs(delta.pieces),
            "finish_reason": delta.finish_reason,
            **self._of_completion(last_words),
        }

    def _of_prompt(self) -> dict[str, Any]:
        if self.filter is None:
            return {}
        results = self.filter.prompt.told("\n".join(self.request.texts))
        return {"prompt_filter_results": [{"prompt_index": 0, "content_filter_results": results}]}

    def _of_completion(self, text: str) -> dict[str, Any]:
        if self.filter is None:
            return {}
        return {"content_filter_results": self.filter.completion.told(text) if text else {}}

    def _said(self, name: str, text: str, calls: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        if self.request.api is not Api.CHAT:
            return {"text": text}
        if calls:
            return {name: {"role": "assistant", "content": text or None, "tool_calls": list(calls)}}
        return {name: {"role": "assistant", "content": text}}

    def _logprobs(self, pieces: Sequence[Piece]) -> dict[str, Any] | None:
        if self.request["logprobs"] is None or any(piece.top is None for piece in pieces):
            return None
        return logprobs_object(pieces)


def usage(prompt_tokens: int, completion_tokens: int) -> dict[str, int]:
    """Return the document's ``usage`` object."""
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def deltas(completions: Completions) -> Iterator[Delta]:
    """Return an answer in parts, a token of each choice in turn; the last part of each has its reason."""
    unseen = completions.completion_tokens - sum(len(choice.pieces) for choice in completions.choices)
    for parts in itertools.zip_longest(*(_parts(choice) for choice in completions.choices)):
        yield from (part for part in parts if part is not None and not part.finish_reason)
        for part in parts:
            if part is not None and part.finish_reason:
                yield replace(part, unseen=unseen)
                unseen = 0


def _parts(choice: Choice) -> Iterator[Delta]:
    if choice.calls:
        calls = tuple({"index": index, **one} for index, one in enumerate(choice.calls))
        yield Delta(choice.index, (), calls=calls)
    yield from (Delta(choice.index, (piece,)) for piece in choice.pieces)
    yield Delta(choice.index, (), choice.finish_reason)
