"""The shape of a table of cases."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from llama_guardrails.view import UNKNOWN, Resource
from tests.policy.judging import BY_NAME
from tests.policy.specimens import REMOVED, specimen

Estate = list[Resource]
Failing = dict[str, str]


@dataclass(frozen=True)
class Cases:
    """The cases of one rule."""

    good: list[Estate]
    """Estates in which every resource that is asked about passes."""
    bad: list[tuple[Estate, Failing]]
    """Estates broken in one place: by name, the path at fault."""
    unknown: list[tuple[Estate, Failing]]
    """Estates in which a value that decides is not known: by name, its path."""
    not_applicable: list[Estate] = field(default_factory=list)
    """Estates in which the rule has nothing to say of what it is asked about."""
    configured: list[tuple[dict[str, Any], Estate, Failing]] = field(default_factory=list)
    """Estates under options: by name, the path at fault, or nothing where the options let all pass."""
    options: dict[str, Any] = field(default_factory=dict)
    """Options of every case but the configured ones, for a rule that says nothing without any."""
    on: dt.date | None = None
    """The date on which models are judged, where it is not the usual one."""


def by_example(
    name: str,
    *,
    good: dict[str, Any] | None = None,
    bad: list[tuple[Estate, Failing]] | None = None,
    not_applicable: list[Estate] | None = None,
    configured: list[tuple[dict[str, Any], Estate, Failing]] | None = None,
    options: dict[str, Any] | None = None,
    path: str | None = None,
    others: dict[str, Any] | None = None,
    on: dt.date | None = None,
) -> Cases:
    """Return the cases that a rule's own example gives, and more.

    Args:
        name: the rule's.
        good: more values at the example's path that pass, by the name of the resource.
        bad: more estates that do not.
        not_applicable: as in Cases.
        configured: as in Cases.
        options: as in Cases.
        path: where the rule finds the fault, if not at the example's path.
        others: what else is changed in every resource of the example.
        on: as in Cases.
    """
    example = BY_NAME[name].example
    assert example is not None

    def one(which: str, value: Any) -> Resource:
        changes = {**(others or {}), example.path: REMOVED if value is None else value}
        return specimen(example.type, which, changes)

    passing = [one("good", example.good), *(one(which, value) for which, value in (good or {}).items())]
    return Cases(
        good=[[resource] for resource in passing],
        bad=[([one("bad", example.bad)], {"bad": path or example.path}), *(bad or [])],
        unknown=[([one("unknown", UNKNOWN)], {"unknown": example.path})],
        not_applicable=not_applicable or [],
        configured=configured or [],
        options=options or {},
        on=on,
    )
