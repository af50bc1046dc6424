"""The content filter over a streamed answer."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from llama_azure_sandbox.inference.answers import Delta
from llama_azure_sandbox.inference.completions import Piece, cut
from llama_azure_sandbox.inference.safety import Side, moderate


def moderated(side: Side, parts: Iterable[Delta]) -> Iterator[Delta]:
    """Return a streamed answer up to where the filter stops it, choice by choice.

    A part is held back until no word of the filter can begin in it any more.
    """
    choices: dict[int, _Choice] = {}
    for part in parts:
        choice = choices.setdefault(part.index, _Choice(side, part.index))
        yield from choice.add(part)


class _Choice:
    def __init__(self, side: Side, index: int) -> None:
        self._side = side
        self._index = index
        self._held: list[Piece] = []
        self._stopped = False
        self._longest = side.longest

    def add(self, part: Delta) -> Iterator[Delta]:
        if self._stopped:
            return
        if part.calls:
            yield replace(part, pieces=(), finish_reason=None, unseen=0)
        self._held.extend(part.pieces)
        text = "".join(piece.text for piece in self._held)
        left = moderate(self._side, text)
        if left.finish_reason is not None:
            self._stopped = True
            start = self._held[0].offset if self._held else 0
            yield from (Delta(self._index, (piece,)) for piece in cut(self._held, start + left.length))
            yield Delta(self._index, (), left.finish_reason, withheld=text[left.length :])
        elif part.finish_reason is not None:
            yield from (Delta(self._index, (piece,)) for piece in self._held)
            yield replace(part, pieces=())
        else:
            yield from self._release(len(text) - self._longest)

    def _release(self, length: int) -> Iterator[Delta]:
        """Let the first pieces go, those within the first ``length`` characters that are held, up to a word's end."""
        while len(self._held) > 1 and len(self._held[0].text) <= length and not self._held[1].text[:1].isalnum():
            piece = self._held.pop(0)
            length -= len(piece.text)
            yield Delta(self._index, (piece,))
