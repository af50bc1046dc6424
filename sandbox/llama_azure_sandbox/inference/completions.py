"""Completions: what the generator makes of a request, one object per choice of the answer."""

import json
from collections.abc import Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass, replace
from typing import Any

from llama_azure_core.catalogue import Api, Model
from llama_azure_core.parameters import parameter_table
from llama_azure_sandbox.inference.decoding import Sampling, Sequence, beam_search, sample
from llama_azure_sandbox.inference.language import LogProbabilities, language
from llama_azure_sandbox.inference.reading import CompletionRequest
from llama_azure_sandbox.inference.safety import Side, moderate, provoked_word
from llama_azure_sandbox.inference.tokens import Token, count_tokens
from llama_azure_sandbox.inference.tools import call, called_function


@dataclass(frozen=True, slots=True)
class Piece:
    """A token of a choice: its spelling, its part of the text, and what it was chosen from."""

    token: str
    text: str
    """Empty where the text skips special tokens."""
    offset: int
    """Where the token begins in the text, in characters."""
    log_probability: float | None = None
    top: LogProbabilities | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers to a request."""

    index: int
    pieces: tuple[Piece, ...]
    finish_reason: str
    calls: tuple[Mapping[str, Any], ...] = ()
    """Of tools; such a choice has no text."""
    withheld: str = ""
    """The rest of its text, where the content filter ended it."""

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Completions:
    """The answer to a request: its choices, and the tokens that were read and generated for it."""

    choices: tuple[Choice, ...]
    prompt_tokens: int
    completion_tokens: int
    """Of every candidate, those included that were not good enough to be returned."""


def prompt_tokens(request: CompletionRequest) -> int:
    """Return how many tokens a request's prompts are, and its tools."""
    tools = count_tokens(json.dumps(request.values["tools"])) if request.values.get("tools") else 0
    return tools + sum(count_tokens(text) for text in request.texts)


def call_tokens(calls: Many[Mapping[str, Any]]) -> int:
    """Return how many tokens calls of tools are."""
    functions = [one.get("function") or {} for one in calls]
    return sum(count_tokens(f"{one.get('name') or ''} {one.get('arguments') or ''}".strip()) for one in functions)


def complete(model: Model, request: CompletionRequest) -> Completions:
    """Generate the answer to a request; the choices of a second prompt come after those of the first."""
    answers = [_complete(model, one) for one in request.each()]
    return Completions(
        choices=tuple(
            replace(choice, index=place * request["n"] + choice.index if len(answers) > 1 else choice.index)
            for place, answer in enumerate(answers)
            for choice in answer.choices
        ),
        prompt_tokens=sum(answer.prompt_tokens for answer in answers),
        completion_tokens=sum(answer.completion_tokens for answer in answers),
    )


def _complete(model: Model, request: CompletionRequest) -> Completions:
    function = called_function(request) if request.api is Api.CHAT else None
    if function is not None:
        reason = parameter_table().tool_calls_reason
        choices = tuple(Choice(index, (), reason, (call(function, index),)) for index in range(request["n"]))
        tokens = sum(call_tokens(choice.calls) for choice in choices)
        return Completions(choices, prompt_tokens(request), tokens)
    spoken = language(model, request.texts, provoked_word(request.texts))
    sampling = Sampling(
        temperature=request["temperature"],
        top_p=request["top_p"],
        presence_penalty=request["presence_penalty"],
        frequency_penalty=request["frequency_penalty"],
        ignore_end=request["ignore_eos"],
        most_tokens=request["max_tokens"],
        seed=request["seed"],
    )
    if request["use_beam_search"]:
        candidates = list(enumerate(beam_search(spoken, sampling, request.candidates)))
    else:
        stops = _Stops(request)
        candidates = [(index, sample(spoken, sampling, index, stops)) for index in range(request.candidates)]
    ranked = (
        sorted(candidates, key=lambda candidate: -candidate[1].score)
        if request["best_of"] > request["n"]
        else candidates
    )
    return Completions(
        choices=tuple(_choice(index, sequence, request) for index, sequence in ranked[: request["n"]]),
        prompt_tokens=prompt_tokens(request),
        completion_tokens=sum(len(sequence.tokens) for _, sequence in candidates),
    )


def filtered(side: Side, completions: Completions) -> Completions:
    """Return what the content filter leaves of an answer."""
    return replace(completions, choices=tuple(_filtered(side, choice) for choice in completions.choices))


def cut(pieces: Many[Piece], length: int) -> tuple[Piece, ...]:
    """Return the pieces of the first ``length`` characters of a text."""
    kept = []
    for piece in pieces:
        if piece.offset >= length and (piece.text or piece.offset > length):
            break
        kept.append(replace(piece, text=piece.text[: length - piece.offset]))
    return tuple(kept)


class _Stops:
    """Whether a sequence has come to a stop sequence or a stop token."""

    def __init__(self, request: CompletionRequest) -> None:
        self._ids = frozenset(request["stop_token_ids"] or ())
        self._stops = tuple(request["stop"] or ())
        self._longest = max(map(len, self._stops), default=0)
        self._skip_special = request["skip_special_tokens"]

    def __call__(self, sequence: Sequence) -> bool:
        if sequence.tokens[-1].id in self._ids:
            return True
        if not self._stops:
            return False
        # A stop sequence that ends in this token may have begun in those before it; at most every other one is unseen.
        recent = sequence.tokens[-2 * (self._longest + 1) :]
        text = "".join(_shown(one, skip_special=self._skip_special) for one in recent)
        return any(stop in text for stop in self._stops)


def _choice(index: int, sequence: Sequence, request: CompletionRequest) -> Choice:
    pieces = tuple(_pieces(sequence, request))
    length, stopped = _stop_position(sequence, pieces, request)
    if stopped:
        return Choice(index, cut(pieces, length), "stop")
    return Choice(index, pieces, "stop" if sequence.ended else "length")


def _pieces(sequence: Sequence, request: CompletionRequest) -> list[Piece]:
    wanted = request["logprobs"]
    pieces, offset = [], 0
    for one, offer in zip(sequence.tokens, sequence.offers, strict=True):
        text = _shown(one, skip_special=request["skip_special_tokens"])
        pieces.append(Piece(one.text, text, offset, offer[one], None if wanted is None else _top(offer, one, wanted)))
        offset += len(text)
    return pieces


def _stop_position(sequence: Sequence, pieces: Many[Piece], request: CompletionRequest) -> tuple[int, bool]:
    """Return how long the text is up to where it is told to stop, and whether it is told so."""
    text = "".join(piece.text for piece in pieces)
    positions = [position for stop in request["stop"] or () if (position := text.find(stop)) >= 0]
    ids = frozenset(request["stop_token_ids"] or ())
    for one, piece in zip(sequence.tokens, pieces, strict=True):
        if one.id in ids:
            # The text ends with the stop token, but without one that is special.
            positions.append(piece.offset if one.special else piece.offset + len(piece.text))
            break
    return (min(positions), True) if positions else (len(text), False)


def _shown(one: Token, *, skip_special: bool) -> str:
    return "" if one.special and skip_special else one.text


def _top(offer: LogProbabilities, chosen: Token, wanted: int) -> LogProbabilities:
    """Return the ``wanted`` likeliest tokens, and the chosen one in any case."""
    ranked = sorted(offer, key=lambda one: -offer[one])[:wanted]
    return {one: offer[one] for one in ([*ranked] if chosen in ranked else [*ranked, chosen])}


def _filtered(side: Side, choice: Choice) -> Choice:
    left = moderate(side, choice.text)
    if left.finish_reason is None:
        return choice
    withheld = choice.text[left.length :]
    return replace(choice, pieces=cut(choice.pieces, left.length), finish_reason=left.finish_reason, withheld=withheld)


def logprobs_object(pieces: Many[Piece]) -> dict[str, Any]:
    """Return the document's ``logprobs`` object of some tokens (source S0)."""
    return {
        "text_offsets": [piece.offset for piece in pieces],
        "token_logprobs": [piece.log_probability for piece in pieces],
        "tokens": [piece.token for piece in pieces],
        "top_logprobs": [{one.text: value for one, value in (piece.top or {}).items()} for piece in pieces],
    }
