"""The generator as a language model: at each place of a text, a probability for each token that may follow.

The places come from ``phrases.yaml``; how likely each of their tokens is depends on the prompt and on the token before,
so that what is likeliest step by step is not always what is likeliest as a whole. Everything is deterministic.
"""

import hashlib
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llama_azure_core.catalogue import Model
from llama_azure_sandbox.inference.phrases import TokenWeights, certain, phrases
from llama_azure_sandbox.inference.tokens import Token, end_token, token

_NEW_PARAGRAPH = token("\n\n")
_TILT = 1.5 / 2**32
"""How far the context can lift the logarithm of a token's weight, by the checksum of both."""

LogProbabilities = Mapping[Token, float]


@dataclass(frozen=True, slots=True)
class Language:
    """What a model has to say to one prompt."""

    fingerprint: bytes
    """Differs with the model and the prompt."""
    first: tuple[TokenWeights, ...]
    further: tuple[TokenWeights, ...]
    end: Token

    def next_tokens(self, position: int, previous: Token | None) -> LogProbabilities:
        """Return the logarithms of the probabilities of the tokens at a position, after ``previous``."""
        place, said = self._place(position), phrases()
        if len(place) == 1:
            return {**said.fillers, **dict.fromkeys(place, math.log(said.rest))}
        weights = {one: weight * math.exp(self._tilt(previous, one)) for one, weight in place.items()}
        whole = sum(weights.values()) / said.rest
        return {**said.fillers, **{one: math.log(weight / whole) for one, weight in weights.items()}}

    def _place(self, position: int) -> TokenWeights:
        if position < len(self.first):
            return self.first[position]
        return self.further[(position - len(self.first)) % len(self.further)]

    def _tilt(self, previous: Token | None, one: Token) -> float:
        if one is self.end:
            return 0.0
        context = b"%b %d %d" % (self.fingerprint, previous.id if previous else 0, one.id)
        return zlib.crc32(context) * _TILT


def language(model: Model, texts: Sequence[str], provoked: str | None = None) -> Language:
    """Return what a model has to say to a prompt, or to a conversation; ``provoked`` is said in the first sentence."""
    said = phrases()
    digest = hashlib.sha256("\0".join((model.name, *texts)).encode()).digest()
    subject = certain(f"{' '.join(texts[-1].split())}{f' {provoked}' if provoked else ''}")
    opening = said.openings[digest[0] % len(said.openings)]
    end = end_token(model)
    complete: TokenWeights = {end: said.end_weight, _NEW_PARAGRAPH: 1 - said.end_weight}
    first = [place for one in opening for place in (subject if one is None else (one,))]
    further = [place for line in said.further for place in (*line, complete)]
    return Language(digest[:8], (*first, *said.body, complete), tuple(further), end)
