"""Rule: an endpoint lies in its project's region."""

from collections.abc import Iterator

from llama_azure_core.regions import normalise_region
from llama_guardrails.resource_types import ONLINE_ENDPOINT, SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.view import NotApplicable


def _check(case: Case[Options]) -> Iterator[Problem]:
    project = case.estate.parent_of(case.resource).workspace
    if project is None:
        raise NotApplicable("the project is not of this stack")
    own, its = case.resource.text("location"), project.text("location")
    if own is not None and its is not None and normalise_region(own) != normalise_region(its):
        yield Problem(
            "location", f"The endpoint lies in {normalise_region(own)}, its project in {normalise_region(its)}."
        )


RULE = Rule(
    id="LLA-REG-003",
    name="endpoint-in-its-projects-region",
    title="An endpoint lies in the region of its project.",
    why="What a project may deploy is decided by its hub's region; Azure refuses an endpoint elsewhere.",
    remedy="Give the endpoint its project's location.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(SERVERLESS_ENDPOINT, ONLINE_ENDPOINT),
    when=When.STACK,
    options=Options,
    check=_check,
    sources=("S0", "S3"),
)
