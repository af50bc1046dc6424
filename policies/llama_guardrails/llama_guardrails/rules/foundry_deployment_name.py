"""Rule: a deployment is not named after a model."""

from collections.abc import Iterator

from llama_azure_core.foundry import foundry_models
from llama_guardrails.resource_types import AI_SERVICES_DEPLOYMENT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._accounts import MODEL
from llama_guardrails.view import NotApplicable

_NAME = "deploymentName"


def _check(case: Case[Options]) -> Iterator[Problem]:
    name = case.resource.text(_NAME)
    if not name:
        raise NotApplicable("the provider gives the name")
    models = {one.casefold() for one in foundry_models()}
    if name.casefold() in models or name.casefold() == (case.resource.text(MODEL) or "").casefold():
        yield Problem(_NAME, f"{name} is the name of a model.")


RULE = Rule(
    id="LLA-MOD-018",
    name="foundry-deployment-name",
    title="A Foundry deployment's name is no model's own name.",
    why=(
        "The Foundry portal refuses such a name, and where instant access is on it means the model and not the "
        "deployment with its version, capacity and content filter. Whether Azure Resource Manager refuses it too could "
        "not be verified."
    ),
    remedy="Name the deployment after what it is for; leave the name out of the settings and one is derived.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(AI_SERVICES_DEPLOYMENT,),
    options=Options,
    check=_check,
    example=Example(AI_SERVICES_DEPLOYMENT, _NAME, good="assistants-chat", bad="llama-3.3-70B-instruct"),
)
