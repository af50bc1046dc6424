"""Rule: a project deploys a model as a serverless API at most once."""

from collections.abc import Hashable

from llama_guardrails.resource_types import SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Level, Options, Problem, Severity, UniqueRule
from llama_guardrails.rules._model import SERVERLESS_MODEL, reference
from llama_guardrails.view import Resource


def _key(case: Case[Options]) -> Hashable:
    # Azure compares names without regard to case, and a version does not make another model.
    found = reference(case.resource, SERVERLESS_MODEL)
    name = found.model.name if found.model is not None else f"{found.registry}/{found.name}"
    return (case.estate.parent_of(case.resource).key, name.casefold())


def _complaint(case: Case[Options], owner: Resource) -> Problem:
    name = reference(case.resource, SERVERLESS_MODEL).name
    mine, other = (one.properties.get("name") for one in (case.resource, owner))
    message = (
        f"project {_said(case.resource)} already deploys {name} as endpoint {_or_name(other, owner)}; Azure allows one "
        f"deployment per model and project. Remove {_or_name(mine, case.resource)}, or put it into another project."
    )
    return Problem(SERVERLESS_MODEL, message)


def _said(endpoint: Resource) -> str:
    return _or_name(endpoint.properties.get("workspaceName"), endpoint)


def _or_name(value: object, resource: Resource) -> str:
    """Return a name as Azure will have it, or where that is not known yet, as the program has it."""
    return value if isinstance(value, str) else resource.name


RULE = UniqueRule(
    id="LLA-MOD-001",
    name="one-serverless-deployment-per-model-and-project",
    title="A project deploys each model as a serverless API at most once.",
    why=(
        "Azure's limit is one deployment per model and project. A second one under another name, another spelling or "
        "another version of the model is refused while the first one stays, so half of a change is deployed."
    ),
    remedy="Remove one of the endpoints, or put it into another project.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(SERVERLESS_ENDPOINT,),
    options=Options,
    key=_key,
    complaint=_complaint,
    sources=("S0", "S3", "S4"),
)
