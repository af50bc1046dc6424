"""From what the rules said to a report: entries without any property's value, and an exit code."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from llama_guardrails.configuration import Configuration
from llama_guardrails.findings import Kind, read_trailer
from llama_guardrails.rule import Level, Rule
from policy_report.engine import Run, Said
from policy_report.losses import losses

_STACK = "the stack"


class ExitCode(IntEnum):
    """How the report ends; a pipeline decides by it."""

    CLEAN = 0
    VIOLATIONS = 1
    UNDECIDED = 2
    COULD_NOT_RUN = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding, in words of the rule alone: the engine's message may hold a property's value, this does not."""

    rule: Rule[Any]
    kind: Kind
    level: Level
    resource: str
    """The resource's name in the program."""
    resource_type: str
    urn: str
    path: str
    is_allowed: bool
    """Whether the environment lets an undecided rule pass."""
    told: str = ""
    """What exactly is the matter, where it holds names alone; otherwise nothing."""

    @property
    def blocks(self) -> bool:
        """Whether it keeps the pull request from being merged."""
        return self.level is Level.MANDATORY and not self.is_allowed


@dataclass(frozen=True, slots=True)
class Report:
    """What the guardrails say of a stack."""

    stack: str
    environment: str
    origin: str
    """What was judged: ``preview`` or ``state``."""
    entries: tuple[Entry, ...]
    resources: int
    exemptions: int

    def of_kind(self, *kinds: Kind, blocking: bool) -> tuple[Entry, ...]:
        """Return the entries of some kinds that block, or those that do not."""
        return tuple(entry for entry in self.entries if entry.kind in kinds and entry.blocks is blocking)

    @property
    def exit_code(self) -> ExitCode:
        """A rule that failed comes first: without it the report is not whole."""
        if self.of_kind(Kind.CRASHED, blocking=True):
            return ExitCode.COULD_NOT_RUN
        if self.of_kind(Kind.VIOLATION, blocking=True):
            return ExitCode.VIOLATIONS
        if self.of_kind(Kind.UNDECIDED, blocking=True):
            return ExitCode.UNDECIDED
        return ExitCode.CLEAN


def make_report(
    run: Run, rules: Sequence[Rule[Any]], configuration: Configuration, *, stack: str, environment: str, origin: str
) -> Report:
    """Put a run's findings in the order of the rules, each one once."""
    by_name = {rule.name: rule for rule in rules}
    entries = dict.fromkeys(_entries(run.said, by_name, configuration))
    entries |= dict.fromkeys(_losses(run, by_name, configuration))
    order = [rule.name for rule in rules]
    ordered = sorted(entries, key=lambda entry: (order.index(entry.rule.name), entry.resource, entry.path))
    return Report(stack, environment, origin, tuple(ordered), len(run.resources), run.exemptions)


def _entries(said: Iterable[Said], by_name: dict[str, Rule[Any]], configuration: Configuration) -> Iterable[Entry]:
    for one in said:
        rule = by_name[one.rule_name]
        trailer = read_trailer(one.message)
        # A message without its last line is the engine's own about a rule of ours: it was not judged.
        kind = trailer.kind if trailer else Kind.UNDECIDED
        level = trailer.level if trailer else configuration.of(rule).level
        resource_type, name = _of_urn(one.urn)
        allowed = kind is Kind.UNDECIDED and configuration.of(rule).options.allow_undecided
        path = trailer.path if trailer else ""
        yield Entry(rule, kind, level, name, resource_type, one.urn, path, allowed)


def _losses(run: Run, by_name: dict[str, Rule[Any]], configuration: Configuration) -> Iterable[Entry]:
    for finding in losses(run.steps, configuration):
        kind, name = _of_urn(finding.urn)
        rule = by_name[finding.rule_name]
        yield Entry(rule, finding.kind, finding.level, name, kind, finding.urn, "", False, finding.message)


def _of_urn(urn: str) -> tuple[str, str]:
    """Return the type and the name of a URN: ``urn:pulumi:<stack>::<project>::<parent types$type>::<name>``."""
    parts = urn.split("::", 3)
    if len(parts) != 4 or parts[2] == "pulumi:pulumi:Stack":
        return ("", _STACK)
    return (parts[2].rsplit("$", 1)[-1], parts[3])
