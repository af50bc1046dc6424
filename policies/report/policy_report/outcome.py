"""From what the rules said to a report, and to an exit code."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Any

from llama_azure_core.metered import monthly_change
from llama_azure_core.prices import price_list
from llama_azure_report import Finding, Report, Result
from llama_azure_report import Rule as ReportedRule
from llama_azure_report.events import type_and_name
from llama_guardrails.configuration import Configuration
from llama_guardrails.findings import Kind, read_trailer
from llama_guardrails.pack import NAME
from llama_guardrails.rule import Level, Rule, Severity
from policy_report.engine import Run, Said
from policy_report.losses import losses

_STACK = "the stack"
_STACK_TYPE = "pulumi:pulumi:Stack"
_SCORES = {Severity.LOW: "3.0", Severity.MEDIUM: "5.0", Severity.HIGH: "8.0", Severity.CRITICAL: "9.5"}
_RESULTS = {Kind.VIOLATION: Result.FAIL, Kind.UNDECIDED: Result.UNKNOWN, Kind.CRASHED: Result.ERROR}
_REMEDIES = {
    Kind.UNDECIDED: "It is judged again when it is deployed.",
    Kind.CRASHED: "The rule itself failed; report it with the output of the preview.",
}


class ExitCode(IntEnum):
    """How the report ends; a pipeline decides by it."""

    CLEAN = 0
    VIOLATIONS = 1
    UNDECIDED = 2
    COULD_NOT_RUN = 3


def exit_code(report: Report) -> ExitCode:
    """Return the worst that blocks. A rule that failed comes first: without it the report is not whole."""
    blocking = {one.result for one in report.findings if one.blocks}
    if Result.ERROR in blocking:
        return ExitCode.COULD_NOT_RUN
    if Result.FAIL in blocking:
        return ExitCode.VIOLATIONS
    return ExitCode.UNDECIDED if Result.UNKNOWN in blocking else ExitCode.CLEAN


def make_report(
    run: Run,
    rules: Sequence[Rule[Any]],
    configuration: Configuration,
    *,
    stack: str,
    environment: str,
    origin: str,
    file: str = "",
    line_of: Callable[[str, str], int] = lambda _subject, _path: 0,
    dates: Sequence[dt.date] = (),
) -> Report:
    """Put a run's findings in the order of the rules, each one once.

    Args:
        run: what the engine told.
        rules: those of the pack.
        configuration: the environment's.
        stack: the stack's name.
        environment: whose configuration judged.
        origin: what was judged: ``preview`` or ``state``.
        file: the stack's file.
        line_of: the line of the file that decides a resource's property.
        dates: on which models and regions were judged.
    """
    by_name = {rule.name: rule for rule in rules}
    findings = dict.fromkeys(_findings(run.said, by_name, configuration, line_of))
    findings |= dict.fromkeys(_lost(run, by_name, configuration, line_of))
    order = [rule.id for rule in rules]
    ordered = sorted(findings, key=lambda one: (order.index(one.rule.id), one.subject, one.path))
    exempt = f" {run.exemptions} exempt." if run.exemptions else ""
    on = f" on {' and '.join(map(str, dates))}" if dates else ""
    note = f"{len(run.resources)} resources in the {origin}, judged as `{environment}`{on}.{exempt}{_cost(run)}"
    return Report("guardrails", stack, tuple(ordered), tuple(map(_reported, rules)), note, file)


def _cost(run: Run) -> str:
    """Return what a preview makes of the cost of what stands there, as a sentence; nothing where nothing has one."""
    change = monthly_change(run.told, "", price_list())
    if not any(one.amount or one.unknown for one in (change.before, change.after)):
        return ""
    return f" What stands there: {change.words}, list prices."


def _findings(
    said: Iterable[Said],
    by_name: dict[str, Rule[Any]],
    configuration: Configuration,
    line_of: Callable[[str, str], int],
) -> Iterable[Finding]:
    for one in said:
        rule = by_name.get(one.rule_name)
        if rule is None:
            continue  # a policy that a team added to the pack
        trailer = read_trailer(one.message)
        # A message without its last line is the engine's own about a rule of ours: it was not judged.
        kind = trailer.kind if trailer else Kind.UNDECIDED
        level = trailer.level if trailer else configuration.of(rule).level
        resource_type, name = type_and_name(one.urn)
        subject = name if name and resource_type != _STACK_TYPE else _STACK
        allowed = kind is Kind.UNDECIDED and configuration.of(rule).options.allow_undecided
        blocks = level is Level.MANDATORY and not allowed
        result = Result.WARN if kind is Kind.VIOLATION and not blocks else _RESULTS[kind]
        path = trailer.path if trailer else ""
        answer, remedy = _message(one.message, rule), _REMEDIES.get(kind, rule.remedy)
        line = line_of(subject, path)
        yield Finding(_reported(rule), subject, result, answer, remedy, blocks, one.urn, path, line)


def _lost(
    run: Run, by_name: dict[str, Rule[Any]], configuration: Configuration, line_of: Callable[[str, str], int]
) -> Iterable[Finding]:
    for one in losses(run.steps, configuration):
        rule = by_name[one.rule_name]
        _, name = type_and_name(one.urn)
        blocks = one.level is Level.MANDATORY
        result = Result.FAIL if blocks else Result.WARN
        line = line_of(name, "")
        yield Finding(_reported(rule), name, result, one.message, rule.remedy, blocks, one.urn, "", line)


def _message(message: str, rule: Rule[Any]) -> str:
    """Return what a finding says beside its rule's own words; the pack has taken secrets out of it."""
    own = {rule.title, f"Remedy: {rule.remedy}"}
    lines = [line for line in message.strip().splitlines() if line not in own and read_trailer(line) is None]
    return " ".join(line.strip() for line in lines if line.strip()) or rule.title


def _reported(rule: Rule[Any]) -> ReportedRule:
    return ReportedRule(
        rule.id,
        rule.title,
        rule.name,
        rule.why,
        rule.remedy,
        rule.page,
        rule.level is Level.MANDATORY,
        _SCORES[rule.severity],
        (NAME, *rule.covers),
        rule.always_shown,
    )
