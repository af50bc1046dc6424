"""The generator's texts, ``phrases.yaml``, as places with weighted choices of tokens."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from llama_azure_sandbox.inference.tokens import Token, token, tokenise

SUBJECT = "<SUBJECT>"
_ITEM = re.compile(rf"(?P<space>\s*)(?:\{{(?P<choice>[^}}]+)\}}|(?P<subject>{SUBJECT})|(?P<word>\w+|[^\w\s]))")

TokenWeights = Mapping[Token, float]
"""The tokens that may stand somewhere, with weights that add up to 1."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """The parsed file. ``None`` stands for the subject."""

    openings: tuple[tuple[TokenWeights | None, ...], ...]
    body: tuple[TokenWeights, ...]
    further: tuple[tuple[TokenWeights, ...], ...]
    fillers: Mapping[Token, float]
    """With the logarithms of their weights."""
    rest: float
    """The weight that the fillers leave to the tokens of a place."""
    end_weight: float


@cache
def phrases() -> Phrases:
    """Return the generator's texts."""
    content: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("phrases.yaml").read_text(encoding="utf-8"))
    return Phrases(
        openings=tuple(tuple(_places(line)) for line in content["opening"]),
        body=_fixed(content["body"]),
        further=tuple(_fixed([line]) for line in content["further"]),
        fillers={token(filler): math.log(content["fillerWeight"]) for filler in content["fillers"]},
        rest=1 - content["fillerWeight"] * len(content["fillers"]),
        end_weight=content["endWeight"],
    )


def certain(text: str) -> tuple[TokenWeights, ...]:
    """Return the places of a text that leaves no choice."""
    return tuple({one: 1.0} for one in tokenise(text))


def _fixed(lines: Sequence[str]) -> tuple[TokenWeights, ...]:
    return tuple(place for line in lines for place in _places(f" {line}") if place is not None)


def _places(line: str) -> Iterator[TokenWeights | None]:
    for item in _ITEM.finditer(line):
        space = " " if item["space"] else ""
        if item["subject"]:
            yield None
        elif item["word"]:
            yield {token(space + item["word"]): 1.0}
        else:
            weights = {
                word: float(weight) for word, _, weight in (one.partition(":") for one in item["choice"].split("|"))
            }
            total = sum(weights.values())
            yield {token(space + word): weight / total for word, weight in weights.items()}
