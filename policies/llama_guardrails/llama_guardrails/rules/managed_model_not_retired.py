"""Rule: a model on managed compute is not retired."""

from collections.abc import Iterator

from llama_azure_core.catalogue import REGISTRY_PREFIX, lifecycle_refusal
from llama_guardrails.resource_types import ONLINE_DEPLOYMENT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._model import MANAGED_MODEL, llama


def _check(case: Case[Options]) -> Iterator[Problem]:
    refusal = lifecycle_refusal(llama(case.resource, MANAGED_MODEL), case.context.on)
    if refusal is not None:
        yield Problem(MANAGED_MODEL, f"{refusal}.")


RULE = Rule(
    id="LLA-MOD-013",
    name="managed-model-not-retired",
    title="A deployment on managed compute runs a model that is neither deprecated nor retired on the judging date.",
    why=(
        "Microsoft's schedule speaks of serverless APIs, and whether managed compute refuses a retired model too could "
        "not be verified. Weights that nobody maintains are a reason to move all the same."
    ),
    remedy="Plan the move to one of the models that remain.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(ONLINE_DEPLOYMENT,),
    options=Options,
    check=_check,
    sources=("S8a", "S8b", "S9"),
    example=Example(
        ONLINE_DEPLOYMENT,
        MANAGED_MODEL,
        good=f"{REGISTRY_PREFIX}Llama-3.3-70B-Instruct/versions/9",
        bad=f"{REGISTRY_PREFIX}Llama-2-7b-chat/versions/27",
    ),
)
