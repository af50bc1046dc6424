"""Asking every rule about every resource. Pure: no engine, no network, no clock.

A rule cannot stop another one: what it does not know makes it undecided, and if it fails, that is a finding.
"""

import traceback
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from llama_guardrails.configuration import Configuration
from llama_guardrails.context import JUDGED_TODAY, Context
from llama_guardrails.estate import ROOT, Estate
from llama_guardrails.findings import Finding, Kind, Skipped
from llama_guardrails.rule import Case, Level, Problem, Rule, UniqueRule, When
from llama_guardrails.view import REDACTED, NotApplicable, Resource, Undecided

_NO_ESTATE = Estate()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say."""

    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()


@dataclass
class Evaluator:
    """The rules in force, and what they have seen in one run."""

    rules: Sequence[Rule[Any]]
    configuration: Configuration
    context: Context
    _owners: dict[tuple[str, Hashable], Resource] = field(default_factory=dict)
    _repeats: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._in_force = [rule for rule in self.rules if self.configuration.of(rule).level is not Level.DISABLED]
        self._contexts = [self.context]
        if any(rule.name == JUDGED_TODAY for rule in self._in_force) and not self.context.is_todays:
            self._contexts.append(replace(self.context, on=self.context.today, regions_on=self.context.today))

    def judge(self, resource: Resource, among: Sequence[Rule[Any]] | None = None) -> Verdict:
        """Judge one resource before it is created or updated, by itself and by what was judged before it.

        ``among`` are the rules to ask, whatever their levels; by default all that are in force.
        """
        results: list[Finding | Skipped] = []
        for rule in self._in_force if among is None else among:
            if resource.type not in rule.types:
                continue
            if isinstance(rule, UniqueRule):
                results.extend(self._repeated_so_far(rule, resource))
            elif rule.when is When.RESOURCE:
                results.extend(self._ask(rule, resource, _NO_ESTATE))
        return _verdict(results)

    def judge_estate(self, estate: Estate, among: Sequence[Rule[Any]] | None = None) -> Verdict:
        """Judge a whole stack at the end of a run, by the same rules."""
        results: list[Finding | Skipped] = []
        for rule in self._in_force if among is None else among:
            if isinstance(rule, UniqueRule):
                results.extend(self._repeated(rule, estate))
            elif rule.when is When.STACK:
                subjects: Iterable[Resource] = estate.of_type(*rule.types) if rule.types else (ROOT,)
                for subject in subjects:
                    results.extend(self._ask(rule, subject, estate))
        return _verdict(results)

    def _case(self, rule: Rule[Any], resource: Resource, estate: Estate) -> Case[Any]:
        return Case(resource, self.configuration.of(rule).options, self.context, estate)

    def _ask(self, rule: Rule[Any], resource: Resource, estate: Estate) -> Iterator[Finding | Skipped]:
        contexts = [self.context] if rule.name == JUDGED_TODAY else self._contexts
        for context in contexts:
            case = Case(resource, self.configuration.of(rule).options, context, estate)
            yield from self._guarded(rule, resource, partial(rule.check, case))

    def _guarded(
        self, rule: Rule[Any], resource: Resource, ask: Callable[[], Iterable[Problem]]
    ) -> Iterator[Finding | Skipped]:
        """Turn what a rule yields, or how it ends, into findings."""
        exemption = self.configuration.exemption(rule, resource, self.context.today)
        try:
            for problem in ask():
                if exemption is not None:
                    reason = f"exempt until {exemption.expires} ({exemption.owner}): {exemption.reason}"
                    yield Skipped(rule.name, resource.urn, reason)
                    return
                yield self._finding(rule, resource, Kind.VIOLATION, problem)
        except Exception as error:  # noqa: BLE001 - one rule's mistake must not keep the others from judging
            yield self._end(rule, resource, error)

    def _end(self, rule: Rule[Any], resource: Resource, error: Exception) -> Finding | Skipped:
        """Return what it means that a rule ended by an exception."""
        match error:
            case NotApplicable():
                return Skipped(rule.name, resource.urn, error.reason)
            case Undecided():
                early = f"yet: {error.path} is not known before it is deployed"
                message = f"It cannot be decided{': ' + error.reason if error.reason else ' ' + early}."
                return self._finding(rule, resource, Kind.UNDECIDED, Problem(error.path, message))
        # The error's own words may hold a property's value; the kind of error and the place are enough to mend it.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        message = f"The rule itself failed ({type(error).__name__} at {place}); it says nothing of the resource."
        return self._finding(rule, resource, Kind.CRASHED, Problem("", message))

    def _finding(self, rule: Rule[Any], resource: Resource, kind: Kind, problem: Problem) -> Finding:
        message = problem.message
        for secret in resource.secrets:
            message = message.replace(secret, REDACTED)
        urn = resource.urn if problem.urn is None else problem.urn
        level = self.configuration.of(rule).level
        return Finding(rule.id, rule.name, kind, level, urn, problem.path, message)

    def _repeated_so_far(self, rule: UniqueRule[Any], resource: Resource) -> Iterator[Finding | Skipped]:
        case = self._case(rule, resource, _NO_ESTATE)
        try:
            key = (rule.name, rule.key(case))
        except Exception:  # noqa: BLE001 - what is unknown, not concerned or failed is said once, at the end
            return
        owner = self._owners.setdefault(key, resource)
        if owner.urn != resource.urn:
            self._repeats.add((rule.name, resource.urn))
            yield from self._guarded(rule, resource, partial(_complain, rule, case, owner))

    def _repeated(self, rule: UniqueRule[Any], estate: Estate) -> Iterator[Finding | Skipped]:
        groups: dict[Hashable, list[Resource]] = defaultdict(list)
        for resource in estate.of_type(*rule.types):
            try:
                key = rule.key(self._case(rule, resource, estate))
            except Exception as error:  # noqa: BLE001 - as for every rule
                yield self._end(rule, resource, error)
            else:
                groups[key].append(resource)
        for members in groups.values():
            # Who was stopped before it was created is not named again.
            members.sort(key=lambda one: (rule.name, one.urn) in self._repeats)
            for resource in members[1:]:
                if (rule.name, resource.urn) not in self._repeats:
                    case = self._case(rule, resource, estate)
                    yield from self._guarded(rule, resource, partial(_complain, rule, case, members[0]))


def _complain(rule: UniqueRule[Any], case: Case[Any], owner: Resource) -> tuple[Problem, ...]:
    return (rule.complaint(case, owner),)


def _verdict(results: Iterable[Finding | Skipped]) -> Verdict:
    findings, skipped = [], []
    for result in dict.fromkeys(results):  # judged on two dates, most is said twice
        if isinstance(result, Finding):
            findings.append(result)
        else:
            skipped.append(result)
    return Verdict(tuple(findings), tuple(skipped))
