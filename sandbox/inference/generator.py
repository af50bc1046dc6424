"""A small deterministic text generator: the same messages always get the same answer."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

_OPENINGS = ("Here is what I can say about", "Let me answer your question about", "Gladly, on the subject of")
_BODIES = (
    "This text was made by the sandbox, an Azure on your own machine, where no model runs.",
    "No model runs here: the sandbox made up this answer on your own machine.",
)
_CLOSINGS = ("On Azure the same request reaches the real model.", "Deployed to Azure, the model itself would answer.")
_TOKEN = re.compile(r"\s*\w+|\s*[^\w\s]|\s+")


@dataclass(frozen=True, slots=True)
class Completion:
    """A generated text."""

    text: str
    finish_reason: str
    """``stop`` at the text's natural end, ``length`` when max_tokens cut it."""
    prompt_tokens: int
    completion_tokens: int


def tokenise(text: str) -> list[str]:
    """Split a text into the pieces that this generator counts as tokens; joined they are the text again."""
    return _TOKEN.findall(text)


def generate(model: str, messages: Sequence[str], max_tokens: int) -> Completion:
    """Answer the last of ``messages`` in at most ``max_tokens`` tokens."""
    digest = hashlib.sha256("\0".join((model, *messages)).encode()).digest()
    subject = " ".join(messages[-1].split()) if messages else "nothing"
    text = " ".join(
        (
            f"{_OPENINGS[digest[0] % len(_OPENINGS)]} “{subject}”.",
            _BODIES[digest[1] % len(_BODIES)],
            _CLOSINGS[digest[2] % len(_CLOSINGS)],
        )
    )
    tokens = tokenise(text)
    kept = tokens[:max_tokens]
    return Completion(
        text="".join(kept),
        finish_reason="stop" if len(kept) == len(tokens) else "length",
        prompt_tokens=sum(len(tokenise(message)) for message in messages),
        completion_tokens=len(kept),
    )
