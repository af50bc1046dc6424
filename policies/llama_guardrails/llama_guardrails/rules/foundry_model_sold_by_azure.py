"""Rule: a Foundry deployment's model is sold by Azure."""

from collections.abc import Iterator

from llama_guardrails.resource_types import AI_SERVICES_DEPLOYMENT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._accounts import MODEL, deployed


def _check(case: Case[Options]) -> Iterator[Problem]:
    row = deployed(case.resource).row
    if not row.sold_by_azure:
        yield Problem(MODEL, f"{row.name} is a partner's: the Marketplace sells it as it is deployed.")


RULE = Rule(
    id="LLA-MOD-021",
    name="foundry-model-sold-by-azure",
    title="A Foundry deployment's model is sold by Azure, and not bought in the Marketplace.",
    why=(
        "A partner's model is bought by its deployment, without a further question. The Marketplace bills it beside "
        "Azure: credits of the subscription do not pay for it, and some subscriptions cannot buy it at all."
    ),
    remedy="Deploy a model that Azure sells, or exempt the deployment once the purchase is agreed.",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    types=(AI_SERVICES_DEPLOYMENT,),
    options=Options,
    check=_check,
    sources=("S200", "S230"),
)
