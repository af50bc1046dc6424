"""Rule: the model of a Foundry deployment can still be deployed."""

from collections.abc import Iterator

from llama_azure_core.catalogue import lifecycle_refusal, model_reference
from llama_azure_core.lifecycle import deployment_ends, remedy_at_end
from llama_guardrails.resource_types import AI_SERVICES_DEPLOYMENT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._accounts import MODEL, SKU, VERSION, deployed, meta_model_name


def _check(case: Case[Options]) -> Iterator[Problem]:
    on, reference = case.context.on, model_reference(meta_model_name(case.resource))
    refusal = None if reference is None or reference.model is None else lifecycle_refusal(reference.model, on)
    if refusal is not None:
        yield Problem(MODEL, f"{refusal}.")
        return
    found = deployed(case.resource)
    for end in deployment_ends(found.row, found.version, found.sku):
        if end.has_come(on):
            path = SKU if found.sku is not None and end.day == found.sku.deprecation else VERSION
            yield Problem(path, f"{end.told(on)}. {remedy_at_end(found.row, found.version, on)}.")


RULE = Rule(
    id="LLA-MOD-014",
    name="foundry-model-can-be-deployed",
    title="A Foundry deployment's model, version and SKU have not ended on the judging date.",
    why=(
        "Azure makes no new deployment of a deprecated model, and calls to a retired one fail. The days are those of "
        "the models API; a model's own days, from Microsoft's schedule, count as well."
    ),
    remedy="Deploy one of the models that remain, or another version of this one.",
    severity=Severity.CRITICAL,
    level=Level.MANDATORY,
    types=(AI_SERVICES_DEPLOYMENT,),
    options=Options,
    check=_check,
    sources=("S8a", "S8b", "S9"),
    example=Example(AI_SERVICES_DEPLOYMENT, MODEL, good="Llama-3.3-70B-Instruct", bad="Meta-Llama-3.1-8B-Instruct"),
)
