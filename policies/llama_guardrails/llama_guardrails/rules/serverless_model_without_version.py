"""Rule: a serverless model id has no version."""

from collections.abc import Iterator

from llama_azure_core.catalogue import REGISTRY_PREFIX
from llama_guardrails.resource_types import MARKETPLACE_SUBSCRIPTION, SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._model import SERVERLESS_MODEL, SUBSCRIBED_MODEL, reference

_PATHS = {SERVERLESS_ENDPOINT: SERVERLESS_MODEL, MARKETPLACE_SUBSCRIPTION: SUBSCRIBED_MODEL}


def _check(case: Case[Options]) -> Iterator[Problem]:
    path = _PATHS[case.resource.type]
    found = reference(case.resource, path)
    # A fine-tuned model lies in a workspace, not in a registry, and does have a version.
    if found.version is not None and (found.registry is not None or found.model is not None):
        yield Problem(path, "The model id ends in a version; a serverless endpoint always runs Azure's newest one.")


RULE = Rule(
    id="LLA-MOD-005",
    name="serverless-model-without-version",
    title="A serverless endpoint and its subscription name a registry model without a version.",
    why="Azure refuses a version here; it decides itself which version a serverless API runs.",
    remedy="Remove /versions/<n> from the end of the model id.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(SERVERLESS_ENDPOINT, MARKETPLACE_SUBSCRIPTION),
    options=Options,
    check=_check,
    sources=("S3", "S29"),
    example=Example(
        SERVERLESS_ENDPOINT,
        SERVERLESS_MODEL,
        good=f"{REGISTRY_PREFIX}Meta-Llama-3-8B-Instruct",
        bad=f"{REGISTRY_PREFIX}Meta-Llama-3-8B-Instruct/versions/9",
    ),
)
