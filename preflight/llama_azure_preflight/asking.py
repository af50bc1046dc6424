"""Putting questions to Azure: many at once, within a time limit, and never failing as a whole."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, Self

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from llama_azure_preflight.answers import Unanswered
from llama_azure_preflight.azure import CONCURRENCY, Azure
from llama_azure_preflight.questions import Question
from llama_azure_preflight.transport import Stopwatch, WriteRefusedError


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and how long it took."""

    value: Any
    seconds: float


class Asker:
    """Puts questions to one Azure until its time is over."""

    def __init__(self, azure: Azure, limit_seconds: float) -> None:
        self._azure = azure
        self._limit = limit_seconds
        self._since_start = Stopwatch()
        self._slots = threading.BoundedSemaphore(CONCURRENCY)
        self._is_over = False

    @property
    def requests(self) -> int:
        """How many requests were sent, repeated ones included."""
        return self._azure.transport.calls

    def ask(self, questions: Iterable[Question], told: Callable[[], None]) -> dict[Question, Answered]:
        """Return what Azure answers to each question, or why it did not.

        ``told`` is called once for each question that is answered.
        """
        running = {self._start(question, told): question for question in questions}
        done, late = wait(running, timeout=max(0.0, self._limit - self._since_start.seconds))
        answers = {running[future]: future.result() for future in done}
        for future in late:
            reason = f"Azure did not answer within preflight's {self._limit:g} seconds (--time-limit)"
            answers[running[future]] = Answered(Unanswered(reason), self._limit)
        return answers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over = True

    def _start(self, question: Question, told: Callable[[], None]) -> "Future[Answered]":
        # Threads that nobody waits for: one that hangs must not hold the command back when its time is over.
        future: Future[Answered] = Future()

        def answer() -> None:
            with self._slots:
                if self._is_over:
                    return
                try:
                    answered = self._one(question)
                except BaseException as error:
                    future.set_exception(error)
                    raise
                told()
                future.set_result(answered)

        threading.Thread(target=answer, name=f"preflight {type(question).__name__}", daemon=True).start()
        return future

    def _one(self, question: Question) -> Answered:
        watch = Stopwatch()
        try:
            value = question.ask(self._azure)
        except (AzureError, WriteRefusedError) as error:
            value = _unanswered(question, error)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            value = Unanswered(f"Azure's answer could not be read: {type(error).__name__} {_one_line(error)}")
        return Answered(value, watch.seconds)


def _unanswered(question: Question, error: Exception) -> Unanswered:
    match error:
        case ClientAuthenticationError():
            return Unanswered(f"the sign-in was not accepted: {_one_line(error)}")
        case HttpResponseError(status_code=int() as status):
            code = error.error.code if error.error is not None else ""
            reason = f"Azure answered {status}{f' {code}' if code else ''}: {_message(error)}"
            return Unanswered(reason, question.needs if status == 403 else ())
        case ServiceRequestError() | ServiceResponseError():
            return Unanswered(f"Azure could not be reached: {_one_line(error)}")
    return Unanswered(_one_line(error))


def _message(error: HttpResponseError) -> str:
    return str(error.error.message) if error.error is not None else _one_line(error)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
