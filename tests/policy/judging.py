"""Asking one rule about a few resources, without an engine."""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

from llama_guardrails import RULES
from llama_guardrails.configuration import GENERAL, Configuration, parse_configuration
from llama_guardrails.context import Context, Moment
from llama_guardrails.estate import Estate
from llama_guardrails.evaluation import Evaluator
from llama_guardrails.findings import Finding, Kind
from llama_guardrails.rule import Rule
from llama_guardrails.view import Resource

DAY = dt.date(2024, 7, 1)
"""Llama 3 is new, and Llama 2 is not old yet."""

CONTEXT = Context(on=DAY, regions_on=DAY, today=DAY, moment=Moment.PREVIEW, stack="prod")
BY_NAME: dict[str, Rule[Any]] = {rule.name: rule for rule in RULES}


@dataclass
class Outcome:
    """What one rule said of the resources, by their names in the program."""

    failing: dict[str, str] = field(default_factory=dict)
    """By name: the path at fault."""
    undecided: dict[str, str] = field(default_factory=dict)
    """By name: the path that is not known."""
    crashed: set[str] = field(default_factory=set)
    skipped: dict[str, str] = field(default_factory=dict)
    """By name: why the rule was not asked, or its finding let pass."""
    passing: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    @property
    def messages(self) -> str:
        return "\n".join(finding.message for finding in self.findings)


def configuration(
    rule: Rule[Any], options: dict[str, Any] | None = None, exemptions: list[dict[str, Any]] | None = None
) -> Configuration:
    content: dict[str, Any] = {GENERAL: {"exemptions": exemptions or []}}
    content[rule.name] = {"enforcementLevel": "mandatory", **content.get(rule.name, {}), **(options or {})}
    return parse_configuration(content, RULES, source="test")


def judge(
    rule: Rule[Any],
    resources: list[Resource],
    options: dict[str, Any] | None = None,
    exemptions: list[dict[str, Any]] | None = None,
    **context: Any,
) -> Outcome:
    """Show resources to a rule as a run of the engine would: one after the other, and all of them at the end."""
    evaluator = Evaluator([rule], configuration(rule, options, exemptions), replace(CONTEXT, **context))
    verdicts = [evaluator.judge(resource) for resource in resources]
    verdicts.append(evaluator.judge_estate(Estate(resources)))
    names = {resource.urn: resource.name for resource in resources} | {"": "stack"}
    outcome = Outcome()
    for verdict in verdicts:
        outcome.findings.extend(verdict.findings)
        outcome.skipped |= {names[one.urn]: one.reason for one in verdict.skipped}
    for finding in outcome.findings:
        name = names[finding.urn]
        match finding.kind:
            case Kind.VIOLATION:
                outcome.failing[name] = finding.path
            case Kind.UNDECIDED:
                outcome.undecided[name] = finding.path
            case Kind.CRASHED:
                outcome.crashed.add(name)
    asked = {resource.name for resource in resources if resource.type in rule.types} if rule.types else {"stack"}
    outcome.passing = asked - {*outcome.failing, *outcome.undecided, *outcome.crashed, *outcome.skipped}
    return outcome
