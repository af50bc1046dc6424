"""What a rule is: its identity, its words, what it judges, and the pure function that judges."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from llama_azure_core.frozen import Frozen
from llama_guardrails.context import Context
from llama_guardrails.estate import Estate
from llama_guardrails.view import Resource


class Level(StrEnum):
    """What a violation does: warn, block, or nothing because the rule is off. The values are Pulumi's."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"
    DISABLED = "disabled"


class Severity(StrEnum):
    """How much harm a violation does. The values are Pulumi's."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Options(Frozen):
    """What a configuration may say to any rule beside its enforcement level. An unknown key is an error."""

    allow_undecided: bool = False
    """Whether the report passes where a preview cannot decide this rule. Default: false."""


OptionsT = TypeVar("OptionsT", bound=Options)


@dataclass(frozen=True, slots=True)
class Problem:
    """What a check has found."""

    path: str
    """The property at fault, such as ``properties.modelSettings.modelId``; empty where it is the resource itself."""
    message: str
    """What is wrong, for a person to read; never a secret."""
    urn: str | None = None
    """The resource at fault, where it is not the one that was judged."""


@dataclass(frozen=True, slots=True)
class Case(Generic[OptionsT]):
    """One resource before one rule."""

    resource: Resource
    options: OptionsT
    context: Context
    estate: Estate
    """Every resource of the stack where the rule judges at the end of a run; before that, none."""


@dataclass(frozen=True, slots=True)
class Example:
    """One property of a resource as the rule wants it and as it does not, for its page and for its tests."""

    type: str
    path: str
    good: Any
    bad: Any


class When(StrEnum):
    """When a rule can judge."""

    RESOURCE = "resource"
    """Before each resource is created or updated, by its inputs alone."""
    STACK = "stack"
    """At the end of a preview or an update, by all resources and what they depend on."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rule(Generic[OptionsT]):
    """A rule. Its id and its name never change: ids are cited, names are keys of people's configuration."""

    id: str
    name: str
    title: str
    """What must hold, in one sentence."""
    why: str
    remedy: str
    """What to do about a violation, in the imperative."""
    severity: Severity
    level: Level
    """The enforcement level where a configuration gives none."""
    types: tuple[str, ...]
    """The resource types that are judged; none for a rule about the stack as a whole."""
    options: type[OptionsT]
    check: Callable[[Case[OptionsT]], Iterable[Problem]]
    when: When = When.RESOURCE
    sources: tuple[str, ...] = ()
    """Ids of ``facts/sources.yaml``, or addresses, that the rule rests on."""
    covers: tuple[str, ...] = ()
    """Rules of other products that ask the same: checkov, PSRule for Azure, Azure Policy."""
    example: Example | None = None
    always_shown: bool = False
    """Whether what it finds is never folded away in a report."""

    @property
    def page(self) -> str:
        """The rule's page, from the root of the repository."""
        return f"docs/rules/{self.id}.md"


@dataclass(frozen=True, kw_only=True, eq=False)
class UniqueRule(Rule[OptionsT]):
    """A rule that lets no two resources share a key.

    It judges twice: a resource that repeats a key already seen in this run is stopped before it is created;
    what is known only by dependencies is judged at the end.
    """

    key: Callable[[Case[OptionsT]], Hashable]
    """What no two resources may share."""
    complaint: Callable[[Case[OptionsT], Resource], Problem]
    """What to say of a resource whose key another one has."""
    check: Callable[[Case[OptionsT]], Iterable[Problem]] = lambda _: ()
    when: When = When.STACK
