"""What a check is made of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, model_validator

from llama_azure_preflight.answers import Answers
from llama_azure_preflight.findings import Verdict
from llama_azure_preflight.questions.base import Question
from llama_azure_preflight.stack import Stack
from llama_azure_report import Rule

PAGE = "docs/preflight.md"
"""Where every check is described, from the root of the repository."""


@dataclass(frozen=True, slots=True)
class Case:
    """One subject of a check, and how it is judged."""

    subject: str
    judge: Callable[[Answers], Verdict]
    """A pure function of the answers. It may be called again when more of them are there."""


class Hint(BaseModel):
    """What an error of Azure looks like, and what explains it or helps."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str | None = None
    """The error code, as Azure spells it: a word of its own in what the engine prints."""
    text: str | None = None
    """Words beside the code (a regular expression, whatever the case); alone where Azure gives no code of use."""
    checks: tuple[str, ...] = ()
    """The ids of the checks that explain it; in a check, those of others beside it."""
    remedy: str | None = None
    """What to do where no check asks for it, or beside one."""
    source: tuple[str, ...] = ()
    """Ids in facts/sources.yaml."""

    @model_validator(mode="after")
    def _looks_like_something(self) -> "Hint":
        if self.code is None and self.text is None:
            raise ValueError("a hint has a code, a text or both")
        return self


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that can be known before the deployment."""

    id: str
    """Such as ``PF-SUB-001``; a released id never changes its meaning."""
    title: str
    asks: str
    """What is asked of Azure or of the facts, in a sentence."""
    remedy: str
    """What helps in general; a finding's own remedy is more exact."""
    questions: tuple[type[Question], ...]
    """The questions that it may put; none for a check of facts alone."""
    cases: Callable[[Stack], Iterable[Case]]
    """The subjects in the stack's plan; none where the check does not concern the stack."""
    always_shown: bool = False
    """Whether its warnings are never folded away."""
    hints: tuple[Hint, ...] = ()
    """How Azure refuses what the check would have told before."""

    @property
    def rule(self) -> Rule:
        """The check as reports name it."""
        return Rule(self.id, self.title, why=self.asks, remedy=self.remedy, page=PAGE, always_shown=self.always_shown)

    @property
    def permissions(self) -> tuple[str, ...]:
        """The actions that the check's questions take, sorted."""
        return tuple(sorted({action for question in self.questions for action in question.permissions()}))
