"""Where answers come from: the generator, or a server that the user runs."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from llama_azure_core.catalogue import Model
from llama_azure_sandbox.cli.upstream_option import KEY_VARIABLE
from llama_azure_sandbox.inference.answers import Delta, deltas
from llama_azure_sandbox.inference.completions import Completions, complete
from llama_azure_sandbox.inference.reading import CompletionRequest


class BackendError(Exception):
    """There is no answer to be had; the message says why.

    Attributes:
        status: the HTTP status with which the backend refused, if it did.
        timed_out: whether it took too long.
    """

    def __init__(self, message: str, *, status: int | None = None, timed_out: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.timed_out = timed_out


class Backend(Protocol):
    """Answers requests that are valid."""

    is_instant: bool
    """Whether an answer is there as soon as it begins."""

    def complete(self, model: Model, request: CompletionRequest, timeout: float | None) -> Completions:
        """Return a whole answer, within ``timeout`` seconds if there is such a limit.

        Raises:
            BackendError: there is none to be had.
        """

    def stream(self, model: Model, request: CompletionRequest, timeout: float | None) -> Iterator[Delta]:
        """Return an answer part by part.

        Raises:
            BackendError: there is none to be had, or no more of it.
        """


class Generator:
    """The small deterministic generator."""

    is_instant = True

    def complete(self, model: Model, request: CompletionRequest, timeout: float | None) -> Completions:
        """Return a whole answer, at once."""
        del timeout  # it never takes long
        return complete(model, request)

    def stream(self, model: Model, request: CompletionRequest, timeout: float | None) -> Iterator[Delta]:
        """Return an answer token by token."""
        return deltas(self.complete(model, request, timeout))


@dataclass(frozen=True, slots=True)
class UpstreamAddress:
    """Where the upstream is, and what it calls the model."""

    url: str
    """Empty: there is none."""
    model: str
    """Empty: the name of the deployed model."""

    @property
    def base(self) -> str:
        """The address of its API; ``/v1`` is added where it is left out."""
        url = self.url.rstrip("/")
        return url if url.endswith("/v1") else f"{url}/v1"


def backend_at(address: UpstreamAddress) -> Backend:
    """Return what answers: the upstream, or the generator where there is none."""
    if not address.url:
        return Generator()
    from llama_azure_sandbox.inference.upstream import Upstream  # what it calls it with takes a tenth of a second

    return Upstream(address, os.environ.get(KEY_VARIABLE))
