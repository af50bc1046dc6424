"""Rule: a project lies in its hub's region."""

from collections.abc import Iterator

from llama_azure_core.regions import normalise_region
from llama_guardrails.resource_types import WORKSPACE
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.rules._workspaces import is_project
from llama_guardrails.view import NotApplicable


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not is_project(case.resource):
        raise NotApplicable("it is not a project")
    hub = case.estate.hub_of(case.resource)
    if hub is None:
        raise NotApplicable("the hub is not of this stack")
    own, its = case.resource.text("location"), hub.text("location")
    if own is not None and its is not None and normalise_region(own) != normalise_region(its):
        yield Problem("location", f"The project lies in {normalise_region(own)}, its hub in {normalise_region(its)}.")


RULE = Rule(
    id="LLA-REG-004",
    name="project-in-its-hubs-region",
    title="A project lies in the region of its hub.",
    why="A project uses its hub's storage, key vault and network; Azure refuses a project in another region.",
    remedy="Give the project its hub's location, or make a hub in the project's region.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(WORKSPACE,),
    when=When.STACK,
    options=Options,
    check=_check,
    sources=("S19", "S20"),
)
