"""Rule: everything lies in a region that the environment allows."""

from collections.abc import Iterator

from llama_azure_core.regions import normalise_region
from llama_guardrails.resource_types import STORAGE_ACCOUNT, TAGGED
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.view import NotApplicable


class AllowedRegions(Options):
    """The options of the rule."""

    regions: tuple[str, ...] = ()
    """The regions that are allowed, such as `swedencentral`. Default: any."""


def _check(case: Case[AllowedRegions]) -> Iterator[Problem]:
    allowed = sorted({normalise_region(region) for region in case.options.regions})
    if not allowed:
        raise NotApplicable("no regions are configured")
    location = case.resource.text("location")
    if location is None or normalise_region(location) == "global":
        raise NotApplicable("it lies in no region")
    if normalise_region(location) not in allowed:
        yield Problem("location", f"{normalise_region(location)} is not allowed here. Allowed: {', '.join(allowed)}.")


RULE = Rule(
    id="LLA-REG-002",
    name="allowed-regions",
    title="Resources lie in the regions that the environment allows.",
    why="Where prompts and completions may be processed is for a company to say, not for a default.",
    remedy="Move the resource to an allowed region, or have the region added to the environment's configuration.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=TAGGED,
    options=AllowedRegions,
    check=_check,
    covers=("Azure Policy e56962a6",),
    example=Example(STORAGE_ACCOUNT, "location", good="swedencentral", bad="eastus2"),
)
