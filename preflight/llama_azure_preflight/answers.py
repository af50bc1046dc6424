"""The answers that are there, looked up by the questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llama_azure_preflight.questions.base import Question


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that Azure did not answer."""

    reason: str
    """Why, in a sentence for a person: a refusal, an outage, a time limit."""
    permissions: tuple[str, ...] = ()
    """The actions that the question takes, where the caller was refused."""


class PendingError(Exception):
    """A case cannot be judged before these questions are put."""

    def __init__(self, questions: tuple[Question, ...]) -> None:
        super().__init__(f"{len(questions)} questions are open")
        self.questions = questions


class UnansweredError(Exception):
    """A case cannot be judged, since a question was not answered."""

    def __init__(self, unanswered: Unanswered) -> None:
        super().__init__(unanswered.reason)
        self.unanswered = unanswered


class Answers:
    """What is known so far."""

    def __init__(self, known: Mapping[Question, Any]) -> None:
        self._known = known

    def of(self, question: Question) -> Any:
        """Return the answer to a question.

        Raises:
            PendingError: it was not put yet.
            UnansweredError: it was put and not answered.
        """
        return self.all_of([question])[0]

    def all_of(self, questions: Sequence[Question]) -> list[Any]:
        """Return the answers to several questions, which are put at the same time.

        Raises:
            PendingError: some were not put yet.
            UnansweredError: one was put and not answered.
        """
        missing = tuple(question for question in questions if question not in self._known)
        if missing:
            raise PendingError(missing)
        found = [self._known[question] for question in questions]
        for answer in found:
            if isinstance(answer, Unanswered):
                raise UnansweredError(answer)
        return found

    def has(self, question: Question) -> bool:
        """Whether a question is answered; it is put first if it was not.

        Raises:
            PendingError: it was not put yet.
        """
        if question not in self._known:
            raise PendingError((question,))
        return not isinstance(self._known[question], Unanswered)
