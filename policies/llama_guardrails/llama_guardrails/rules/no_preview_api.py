"""Rule: no resource uses a preview of Azure's API."""

import re
from collections.abc import Iterator

from llama_guardrails.resource_types import WATCHED
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity

_PREVIEW = re.compile(r"/v\d{8}preview:", re.IGNORECASE)


def _check(case: Case[Options]) -> Iterator[Problem]:
    if _PREVIEW.search(case.resource.versioned_type):
        yield Problem("", "The resource is made by a preview version of Azure's API.")


RULE = Rule(
    id="LLA-OPS-005",
    name="no-preview-api",
    title="No resource is made by a preview version of Azure's API.",
    why="Azure withdraws preview versions, and the resource can then be neither changed nor refreshed.",
    remedy="Use the package's default version, or an explicit one without preview.",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    types=tuple(sorted(WATCHED)),
    options=Options,
    check=_check,
    covers=("disallowPreviewResource of Pulumi's compliance policies",),
)
