"""Putting questions to Azure: many at once, within a time limit, and never failing as a whole."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Self

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from preflight.answers import Unanswered
from preflight.azure import CONCURRENCY, Azure
from preflight.questions import Question
from preflight.transport import Stopwatch, WriteRefusedError


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
        self._threads = ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="preflight")

    @property
    def requests(self) -> int:
        """How many requests were sent, repeated ones included."""
        return self._azure.transport.calls

    def ask(self, questions: Iterable[Question], told: Callable[[], None]) -> dict[Question, Answered]:
        """Return what Azure answers to each question, or why it did not.

        ``told`` is called once for each question that is answered.
        """
        running = {self._threads.submit(self._one, question): question for question in questions}
        for future in running:
            future.add_done_callback(lambda _future: told())
        done, late = wait(running, timeout=max(0.0, self._limit - self._since_start.seconds))
        answers = {running[future]: _result(future) for future in done}
        for future in late:
            future.cancel()
            reason = f"Azure did not answer within preflight's {self._limit:g} seconds (--time-limit)"
            answers[running[future]] = Answered(Unanswered(reason), self._limit)
        return answers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        # What still runs ends with its own time limit.
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _one(self, question: Question) -> Answered:
        watch = Stopwatch()
        try:
            value = question.ask(self._azure)
        except (AzureError, WriteRefusedError) as error:
            value = _unanswered(question, error)
        return Answered(value, watch.seconds)


def _result(future: "Future[Answered]") -> Answered:
    return future.result()


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
