"""Where answers come from: the generator, or a server that the user runs."""

from collections.abc import Iterator
from typing import Protocol

from llama_azure_core.catalogue import Model
from sandbox.inference.answers import Delta, deltas
from sandbox.inference.completions import Completions, complete
from sandbox.inference.reading import Asked


class Backend(Protocol):
    """Answers requests that are valid."""

    def complete(self, model: Model, asked: Asked, timeout: float | None) -> Completions:
        """Return a whole answer, within ``timeout`` seconds if there is such a limit.

        Raises:
            DataPlaneError: there is none to be had.
        """

    def stream(self, model: Model, asked: Asked, timeout: float | None) -> Iterator[Delta]:
        """Return an answer part by part.

        Raises:
            DataPlaneError: there is none to be had; later parts may raise it too.
        """


class Generator:
    """The small deterministic generator."""

    def complete(self, model: Model, asked: Asked, timeout: float | None) -> Completions:
        """Return a whole answer, at once."""
        del timeout  # it never takes long
        return complete(model, asked)

    def stream(self, model: Model, asked: Asked, timeout: float | None) -> Iterator[Delta]:
        """Return an answer token by token."""
        return deltas(self.complete(model, asked, timeout))
