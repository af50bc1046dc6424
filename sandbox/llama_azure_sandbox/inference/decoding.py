"""Choosing tokens: sampling by temperature, nucleus and penalties, greedily at temperature 0, or by beam search."""

import heapq
import itertools
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from llama_azure_sandbox.inference.language import Language, LogProbabilities
from llama_azure_sandbox.inference.tokens import Token


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen."""

    temperature: float
    top_p: float
    presence_penalty: float
    frequency_penalty: float
    ignore_end: bool
    most_tokens: int
    seed: int


@dataclass(slots=True)
class Sequence:
    """A generated sequence of tokens."""

    tokens: list[Token] = field(default_factory=list)
    offers: list[LogProbabilities] = field(default_factory=list)
    """For each token, what it was chosen from."""
    log_probability: float = 0.0
    ended: bool = False
    """Whether the model came to its end, rather than to ``most_tokens``."""

    @property
    def score(self) -> float:
        """The log probability per token."""
        return self.log_probability / max(len(self.tokens), 1)

    def with_token(self, one: Token, offer: LogProbabilities) -> "Sequence":
        """Return the sequence with one token more."""
        return Sequence([*self.tokens, one], [*self.offers, offer], self.log_probability + offer[one])


def sample(language: Language, sampling: Sampling, candidate: int, stops: Callable[[Sequence], bool]) -> Sequence:
    """Generate one candidate; ``stops`` says after each token whether enough is said."""
    # Not for secrets: the same request is to get the same answer.
    chance = random.Random(f"{language.fingerprint.hex()} {sampling.seed} {candidate}")  # noqa: S311
    sequence, seen = Sequence(), Counter[Token]()
    previous: Token | None = None
    for position in range(sampling.most_tokens):
        offer = language.next_tokens(position, previous)
        chosen = _choose(offer, seen, sampling, chance)
        if chosen is language.end and not sampling.ignore_end:
            sequence.ended = True
            break
        sequence.tokens.append(chosen)
        sequence.offers.append(offer)
        sequence.log_probability += offer[chosen]
        seen[chosen] += 1
        previous = chosen
        if stops(sequence):
            break
    return sequence


def beam_search(language: Language, sampling: Sampling, width: int) -> list[Sequence]:
    """Return the ``width`` best sequences that a beam of that width finds, the best first."""
    beam, done = [Sequence()], list[Sequence]()
    for position in range(sampling.most_tokens):
        grown = heapq.nlargest(width, _grown(beam, language, position), key=_log_probability_of_grown)
        beam = []
        for parent, one, offer in grown:
            if one is language.end and not sampling.ignore_end:
                done.append(Sequence(parent.tokens, parent.offers, parent.log_probability, ended=True))
            else:
                beam.append(parent.with_token(one, offer))
        if len(done) >= width or not beam:
            break
    return heapq.nlargest(width, [*done, *beam], key=lambda one: one.score)


def _grown(
    beam: list[Sequence], language: Language, position: int
) -> Iterator[tuple[Sequence, Token, LogProbabilities]]:
    for parent in beam:
        offer = language.next_tokens(position, parent.tokens[-1] if parent.tokens else None)
        yield from ((parent, one, offer) for one in offer)


def _log_probability_of_grown(grown: tuple[Sequence, Token, LogProbabilities]) -> float:
    parent, one, offer = grown
    return parent.log_probability + offer[one]


def _choose(offer: LogProbabilities, seen: Mapping[Token, int], sampling: Sampling, chance: random.Random) -> Token:
    scores: Mapping[Token, float] = offer
    if sampling.presence_penalty or sampling.frequency_penalty:
        scores = {
            one: score - sampling.presence_penalty * (one in seen) - sampling.frequency_penalty * seen.get(one, 0)
            for one, score in offer.items()
        }
    if sampling.temperature == 0:
        return max(scores, key=lambda one: scores[one])
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    highest = ranked[0][1]
    weights = [math.exp((score - highest) / sampling.temperature) for _, score in ranked]
    shares = list(itertools.accumulate(weights))
    # The nucleus: the likeliest tokens that together reach top_p, at least one.
    nucleus = 1 + sum(share < sampling.top_p * shares[-1] for share in shares[:-1])
    point = chance.random() * shares[nucleus - 1]
    chosen = next((index for index, share in enumerate(shares[:nucleus]) if point < share), nucleus - 1)
    return ranked[chosen][0]
