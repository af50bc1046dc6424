"""SARIF 2.1.0, for code scanning."""

from sarif_pydantic import (
    ArtifactLocation,
    Level,
    Location,
    LogicalLocation,
    Message,
    PhysicalLocation,
    Region,
    ReportingConfiguration,
    ReportingDescriptor,
    Run,
    Sarif,
    Tool,
    ToolDriver,
)
from sarif_pydantic import Result as SarifResult

from llama_azure_report.findings import Finding, Report, Result, Rule, grouped, subjects
from llama_azure_report.markdown import link


def to_sarif(report: Report, base: str = "") -> str:
    """Return a report in SARIF: one result for each cause, in the line of the stack's file that decides it.

    Args:
        report: which.
        base: the address of the repository's root, for links to the rules' pages.
    """
    rules = list({one.rule.id: one.rule for one in report.attention}.values())
    indexes = {rule.id: index for index, rule in enumerate(rules)}
    driver = ToolDriver(name=f"llama-azure {report.tool}", rules=[_descriptor(rule, base) for rule in rules])
    results = [_result(group, indexes, report.file) for group in grouped(report.attention)]
    document = Sarif(version="2.1.0", runs=[Run(tool=Tool(driver=driver), results=results)])
    text: str = document.model_dump_json(by_alias=True, exclude_none=True, indent=2)
    return f"{text}\n"


def _descriptor(rule: Rule, base: str) -> ReportingDescriptor:
    # GitHub reads a rule's severity from this property.
    score = {"security-severity": rule.score} if rule.score else {}
    return ReportingDescriptor(
        id=rule.id,
        name=rule.name or None,
        short_description=Message(text=rule.title),
        full_description=Message(text=rule.why or rule.title),
        help=Message(text=rule.remedy or rule.title),
        help_uri=link(rule.page, base) or None,
        default_configuration=ReportingConfiguration(level=Level.ERROR if rule.blocks else Level.WARNING),
        properties={**score, "tags": list(rule.tags)},
    )


def _result(group: list[Finding], indexes: dict[str, int], file: str) -> SarifResult:
    one = group[0]
    is_open = one.result is Result.UNKNOWN
    place = PhysicalLocation(artifact_location=ArtifactLocation(uri=file), region=Region(start_line=max(one.line, 1)))
    logical = [LogicalLocation(name=each.subject, fully_qualified_name=each.urn or None) for each in group]
    at = f" at {one.path}" if one.path else ""
    text = f"{subjects(group)}{at}: {one.answer or one.rule.title} {one.remedy}".strip()
    return SarifResult(
        rule_id=one.rule.id,
        rule_index=indexes[one.rule.id],
        kind="open" if is_open else "fail",
        level=Level.NONE if is_open else Level.ERROR if one.blocks else Level.WARNING,
        message=Message(text=text),
        locations=[Location(physical_location=place, logical_locations=logical)],
        partial_fingerprints={"resource/v1": f"{one.rule.id}:{one.urn or one.subject}:{one.path}"},
    )
