"""Rule: no two endpoints of a region have one name."""

from collections.abc import Hashable

from llama_azure_core.regions import normalise_region
from llama_guardrails.resource_types import ONLINE_ENDPOINT, SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Level, Options, Problem, Severity, UniqueRule
from llama_guardrails.view import NotApplicable, Resource

_NAMES = {SERVERLESS_ENDPOINT: "name", ONLINE_ENDPOINT: "endpointName"}


def _key(case: Case[Options]) -> Hashable:
    name, location = case.resource.text(_NAMES[case.resource.type]), case.resource.text("location")
    if not name or not location:
        raise NotApplicable("Azure or the provider gives the name")
    return (case.resource.type, normalise_region(location), name.casefold())


def _complaint(case: Case[Options], owner: Resource) -> Problem:
    path = _NAMES[case.resource.type]
    name = case.resource.text(path)
    return Problem(path, f"{owner.name} has the name {name} in this region already; it is part of the endpoint's URI.")


RULE = UniqueRule(
    id="LLA-MOD-002",
    name="endpoint-name-unique-in-region",
    title="No two endpoints of a region have the same name.",
    why=(
        "An endpoint's name is part of its URI and must differ from every other one in the Azure region, whoever owns "
        "it. Inside one stack that can be told beforehand."
    ),
    remedy="Give each endpoint a name of its own; leave it out of the settings and one is derived.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(SERVERLESS_ENDPOINT, ONLINE_ENDPOINT),
    options=Options,
    key=_key,
    complaint=_complaint,
    sources=("S0", "S3", "S22"),
)
