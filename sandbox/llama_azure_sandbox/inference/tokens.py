"""The generator's tokens: pieces of text with ids.

A piece is up to twelve letters with the space before them, or one other sign. Its id is computed from its bytes, so
that there is no vocabulary to keep; ``python -m llama_azure_sandbox.inference.tokens TEXT`` prints them. The tokens
that end a text have the ids and spellings of Meta's own tokenizers.
"""

import re
import sys
import zlib
from typing import NamedTuple

from llama_azure_core.catalogue import Api, Model

_PIECE = re.compile(r"\s*\w{1,12}|\s*[^\w\s]|\s+")
_ORDINARY_IDS = range(1000, 128000)


class Token(NamedTuple):
    """A token: its text, its id, and whether it is special and so no part of a text that skips special tokens."""

    text: str
    id: int
    special: bool = False


LLAMA_2_END = Token("</s>", 2, special=True)
END_OF_TEXT = Token("<|end_of_text|>", 128001, special=True)
END_OF_TURN = Token("<|eot_id|>", 128009, special=True)

_SENTENCEPIECE_FAMILIES = ("Llama 2", "Code Llama")


def end_token(model: Model) -> Token:
    """Return the token with which a model ends a text."""
    if model.family in _SENTENCEPIECE_FAMILIES:
        return LLAMA_2_END
    return END_OF_TURN if model.api is Api.CHAT else END_OF_TEXT


def tokenise(text: str) -> list[Token]:
    """Split a text into tokens; joined, they are the text again."""
    return [token(piece) for piece in _PIECE.findall(text)]


def count_tokens(text: str) -> int:
    """Return how many tokens a text is."""
    return sum(1 for _ in _PIECE.finditer(text))


def token(piece: str) -> Token:
    """Return the token of a piece."""
    return Token(piece, _ORDINARY_IDS[zlib.crc32(piece.encode()) % len(_ORDINARY_IDS)])


def main() -> None:
    """Print the tokens of the text on the command line, one a line, with their ids."""
    for one in tokenise(" ".join(sys.argv[1:])):
        print(f"{one.id:>6}  {one.text!r}")


if __name__ == "__main__":
    main()
