"""Rule: a model can still be deployed."""

from collections.abc import Iterator

from llama_azure_core.catalogue import REGISTRY_PREFIX, lifecycle_refusal
from llama_guardrails.resource_types import SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._model import SERVERLESS_MODEL, llama


def _check(case: Case[Options]) -> Iterator[Problem]:
    refusal = lifecycle_refusal(llama(case.resource, SERVERLESS_MODEL), case.context.on)
    if refusal is not None:
        yield Problem(SERVERLESS_MODEL, f"{refusal}.")


RULE = Rule(
    id="LLA-MOD-003",
    name="serverless-model-can-be-deployed",
    title="A serverless endpoint's model is neither deprecated nor retired on the judging date.",
    why=(
        "Azure makes no new endpoint of a deprecated model, and calls to a retired one fail with 404. An endpoint that "
        "stood before its model was deprecated goes on until the model is retired: exempt it until that day, with an "
        "owner for the move."
    ),
    remedy="Deploy one of the models that remain, or exempt an endpoint that stands already until it is retired.",
    severity=Severity.CRITICAL,
    level=Level.MANDATORY,
    types=(SERVERLESS_ENDPOINT,),
    options=Options,
    check=_check,
    sources=("S8a", "S8b", "S9", "S41"),
    example=Example(
        SERVERLESS_ENDPOINT,
        SERVERLESS_MODEL,
        good=f"{REGISTRY_PREFIX}Llama-3.3-70B-Instruct",
        bad=f"{REGISTRY_PREFIX}Llama-2-7b-chat",
    ),
)
