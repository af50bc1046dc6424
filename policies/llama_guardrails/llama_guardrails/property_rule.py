"""A rule that asks for a value of a property, written as a row: `rules/<Azure service>.py` are tables of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.view import Resource


@dataclass(frozen=True, slots=True)
class Want:
    """What a property is to be, and what is said where it is not."""

    path: str
    """The property, such as ``properties.publicNetworkAccess``."""
    holds: Callable[[Resource], bool]
    problem: str = ""
    """What is wrong, for a person to read; empty only within :func:`any_of` and :func:`all_of`."""


def is_true(path: str, problem: str = "") -> Want:
    """The property is given, and true."""
    return Want(path, lambda resource: resource.get(path) is True, problem)


def is_false(path: str, problem: str = "") -> Want:
    """The property is given, and false: Azure's default is true."""
    return Want(path, lambda resource: resource.get(path) is False, problem)


def is_not_true(path: str, problem: str = "") -> Want:
    """The property is false or not given: Azure's default is false."""
    return Want(path, lambda resource: resource.get(path) is not True, problem)


def is_not_false(path: str, problem: str = "") -> Want:
    """The property is true or not given: Azure's default is true."""
    return Want(path, lambda resource: resource.get(path) is not False, problem)


def is_given(path: str, problem: str = "") -> Want:
    """The property is a text that is not empty."""
    return Want(path, lambda resource: bool(resource.text(path)), problem)


def is_filled(path: str, problem: str = "") -> Want:
    """The property is a list or an object with something in it."""
    return Want(path, lambda resource: bool(resource.get(path)), problem)


def is_zero(path: str, problem: str = "") -> Want:
    """The property is the number 0, or not given."""
    return Want(path, lambda resource: not resource.number(path), problem)


def says(path: str, *words: str, problem: str = "") -> Want:
    """The property is one of these words, whatever the case."""
    return Want(path, lambda resource: resource.says(path, *words), problem)


def says_not(path: str, word: str, problem: str = "") -> Want:
    """The property is a text other than this word, whatever the case; not given, or empty, it counts as the word."""
    return Want(path, lambda resource: (resource.text(path) or word).casefold() != word.casefold(), problem)


def any_of(first: Want, *others: Want, problem: str) -> Want:
    """One of these holds; where none does, the first one's property is at fault."""
    wants = (first, *others)
    return Want(first.path, lambda resource: any(want.holds(resource) for want in wants), problem)


def all_of(first: Want, *others: Want, problem: str) -> Want:
    """All of these hold; where one does not, the first one's property is at fault, once."""
    wants = (first, *others)
    return replace(first, holds=lambda resource: all(want.holds(resource) for want in wants), problem=problem)


def property_rule(
    *,
    id: str,  # noqa: A002 - the name that a rule has for it
    name: str,
    title: str,
    why: str,
    remedy: str,
    severity: Severity,
    level: Level,
    types: tuple[str, ...],
    wants: Iterable[Want],
    only: Callable[[Resource], None] | None = None,
    sources: tuple[str, ...] = (),
    covers: tuple[str, ...] = (),
    example: Example | None = None,
) -> Rule[Options]:
    """Return the rule of a row.

    Args:
        id: as all but `wants` and `only`, see :class:`llama_guardrails.rule.Rule`.
        name: as there.
        title: as there.
        why: as there.
        remedy: as there.
        severity: as there.
        level: as there.
        types: as there.
        wants: what must hold, each by itself.
        only: raises :class:`llama_guardrails.view.NotApplicable` for resources that the rule is not about.
        sources: as there.
        covers: as there.
        example: as there.
    """
    wanted = tuple(wants)

    def check(case: Case[Options]) -> Iterator[Problem]:
        if only is not None:
            only(case.resource)
        for want in wanted:
            if not want.holds(case.resource):
                yield Problem(want.path, want.problem)

    return Rule(
        id=id,
        name=name,
        title=title,
        why=why,
        remedy=remedy,
        severity=severity,
        level=level,
        types=types,
        options=Options,
        check=check,
        sources=sources,
        covers=covers,
        example=example,
    )
