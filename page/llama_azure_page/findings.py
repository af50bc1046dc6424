"""What the guardrails and preflight said, as a whole and of each endpoint."""

from collections import defaultdict

from llama_azure_core import plan as planned
from llama_azure_core.plan import Plan
from llama_azure_page.document import Judgement, NotKnown, Said
from llama_azure_page.inputs import Judged, component_of
from llama_azure_report import Finding, Result
from llama_azure_report.events import type_and_name
from llama_azure_report.findings import grouped

_OF_ENDPOINTS = ("ServerlessEndpoint", "OnlineEndpoint", "OnlineDeployment", "OnlineEndpointTraffic", "ModelDeployment")
_UNDECIDED = (Result.UNKNOWN, Result.ERROR)


def judgement(judged: Judged | NotKnown) -> Judgement | NotKnown:
    """Return a report as the page shows it."""
    if isinstance(judged, NotKnown):
        return judged
    report = judged.report
    return Judgement(
        when=judged.when,
        passed=report.counts[Result.PASS],
        blocking=sum(one.blocks for one in report.findings),
        undecided=sum(one.result in _UNDECIDED and not one.blocks for one in report.findings),
        warnings=sum(one.result in (Result.WARN, Result.FAIL) and not one.blocks for one in report.findings),
        said=tuple(_said(group) for group in grouped(report.attention)),
    )


class Findings:
    """What was said of each endpoint of a plan."""

    def __init__(self, by_path: dict[str, list[Finding]]) -> None:
        self._by_path = by_path

    def of(self, endpoint: planned.Endpoint) -> tuple[Said, ...]:
        """Return what was said of an endpoint and its deployments, the worst first."""
        found = sorted(self._by_path.get(endpoint.path, ()), key=lambda one: one.order)
        return tuple(_said(group) for group in grouped(found))


def said_of(plan: Plan, guardrails: Judged | NotKnown, preflight: Judged | NotKnown) -> Findings:
    """Sort what did not pass by the endpoint that it is about."""
    by_path: dict[str, list[Finding]] = defaultdict(list)
    names = _names(plan)
    paths = sorted((one.path for one in plan.endpoints), key=len, reverse=True)
    for judged in (guardrails, preflight):
        for one in () if isinstance(judged, NotKnown) else judged.report.attention:
            path = _path_of(one, names, paths)
            if path is not None:
                by_path[path].append(one)
    return Findings(by_path)


def _names(plan: Plan) -> dict[str, str]:
    """Return the endpoint's path in the settings, by the name of a component in the program."""
    found = {}
    for endpoint in plan.endpoints:
        found[endpoint.logical_name] = endpoint.path
        found |= {one.logical_name: endpoint.path for one in endpoint.deployments}
    return found


def _path_of(one: Finding, names: dict[str, str], paths: list[str]) -> str | None:
    if one.urn:
        if component_of(one.urn) not in _OF_ENDPOINTS:
            return None
        name = type_and_name(one.urn)[1]
        parts = name.split("-")
        candidates = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((names[candidate] for candidate in candidates if candidate in names), None)
    subject = one.subject
    return next((path for path in paths if subject == path or subject.startswith((f"{path}.", f"{path}["))), None)


def _said(group: list[Finding]) -> Said:
    first = group[0]
    return Said(
        id=first.rule.id,
        title=first.rule.title,
        result=first.result.value,
        blocks=first.blocks,
        answer=first.answer,
        remedy=first.remedy,
        subjects=tuple(dict.fromkeys(one.subject for one in group)),
        page=first.rule.page,
    )
