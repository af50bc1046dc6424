"""The report as SARIF 2.1.0, for code scanning."""

from typing import Any

from sarif_pydantic import (
    ArtifactLocation,
    Level,
    Location,
    LogicalLocation,
    Message,
    PhysicalLocation,
    ReportingConfiguration,
    ReportingDescriptor,
    Result,
    Run,
    Sarif,
    Tool,
    ToolDriver,
)

from llama_guardrails.findings import Kind
from llama_guardrails.pack import NAME
from llama_guardrails.rule import Rule, Severity
from policy_report.links import Links
from policy_report.outcome import Entry, Report

# GitHub reads a rule's severity from this property, on the scale of CVSS.
_SCORES = {Severity.LOW: "3.0", Severity.MEDIUM: "5.0", Severity.HIGH: "8.0", Severity.CRITICAL: "9.5"}


def sarif(report: Report, links: Links, stack_file: str) -> str:
    """Return the report in SARIF; each result lies in the stack's file, and logically at its resource."""
    rules = list({entry.rule.id: entry.rule for entry in report.entries}.values())
    indexes = {rule.id: index for index, rule in enumerate(rules)}
    driver = ToolDriver(name=NAME, rules=[_descriptor(rule, links) for rule in rules])
    results = [_result(entry, indexes, stack_file) for entry in report.entries]
    document = Sarif(version="2.1.0", runs=[Run(tool=Tool(driver=driver), results=results)])
    text: str = document.model_dump_json(by_alias=True, exclude_none=True, indent=2)
    return f"{text}\n"


def _descriptor(rule: Rule[Any], links: Links) -> ReportingDescriptor:
    return ReportingDescriptor(
        id=rule.id,
        name=rule.name,
        short_description=Message(text=rule.title),
        full_description=Message(text=rule.why),
        help=Message(text=rule.remedy),
        help_uri=links.of(rule),
        default_configuration=ReportingConfiguration(level=Level.ERROR),
        properties={"security-severity": _SCORES[rule.severity], "tags": [NAME, *rule.covers]},
    )


def _words(entry: Entry) -> str:
    return " ".join(filter(None, (entry.told, entry.rule.title, entry.rule.remedy)))


def _result(entry: Entry, indexes: dict[str, int], stack_file: str) -> Result:
    at = f" at {entry.path}" if entry.path else ""
    return Result(
        rule_id=entry.rule.id,
        rule_index=indexes[entry.rule.id],
        kind="open" if entry.kind is Kind.UNDECIDED else "fail",
        level=Level.NONE if entry.kind is Kind.UNDECIDED else Level.ERROR if entry.blocks else Level.WARNING,
        message=Message(text=f"{entry.resource}{at}: {entry.kind}. {_words(entry)}"),
        locations=[
            Location(
                physical_location=PhysicalLocation(artifact_location=ArtifactLocation(uri=stack_file)),
                logical_locations=[LogicalLocation(name=entry.resource, fully_qualified_name=entry.urn or None)],
            )
        ],
        partial_fingerprints={"resource/v1": f"{entry.rule.id}:{entry.urn}:{entry.path}"},
    )
