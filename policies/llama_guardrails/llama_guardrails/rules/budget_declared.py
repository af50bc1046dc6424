"""Rule: a stack that deploys models declares a budget."""

from collections.abc import Iterator

from llama_guardrails.estate import Estate
from llama_guardrails.resource_types import BUDGETS, ONLINE_DEPLOYMENT, RESOURCE_GROUP, SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.view import NotApplicable, Resource, Undecided


class Budgets(Options):
    """The options of the rule."""

    declared_elsewhere: bool = False
    """Whether a budget that is not of this stack covers it. Default: false."""


def _check(case: Case[Budgets]) -> Iterator[Problem]:
    if case.options.declared_elsewhere:
        raise NotApplicable("a budget is declared elsewhere")
    models = list(case.estate.of_type(SERVERLESS_ENDPOINT, ONLINE_DEPLOYMENT))
    if not models:
        raise NotApplicable("the stack deploys no model")
    budgets = list(case.estate.of_type(*BUDGETS))
    if not budgets:
        yield Problem("", "The stack deploys models and declares no budget.")
        return
    for group in sorted({(model.text("resourceGroupName") or "").casefold() for model in models}):
        if not any(_watches(budget, group, case.estate) for budget in budgets):
            yield Problem(
                "", f"The stack deploys models in {group or 'a resource group'}, which none of its budgets watches."
            )


def _watches(budget: Resource, group: str, estate: Estate) -> bool:
    """Whether a budget's scope is a resource group or what holds it: a subscription, or a management group above it."""
    try:
        scope = (budget.text("scope") or "").rstrip("/").casefold()
    except Undecided:
        # The scope is the id of a resource group that this stack makes: of which one is known before its id is.
        origins = list(estate.origins_of(budget, "scope", RESOURCE_GROUP))
        if not origins:
            raise
        return any((origin.text("resourceGroupName") or "").casefold() == group for origin in origins)
    _, in_group, rest = scope.partition("/resourcegroups/")
    return rest == group if in_group else bool(scope)


RULE = Rule(
    id="LLA-OPS-004",
    name="budget-declared",
    title="A stack that deploys models declares a budget that watches them.",
    why=(
        "A serverless API is billed by the token and has no upper end of its own, and Azure Prepayment credit does not "
        "pay for Marketplace offers. A budget tells somebody before the invoice does."
    ),
    remedy="Declare a budget on the resource group, or say declaredElsewhere where one covers it.",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    types=(),
    when=When.STACK,
    options=Budgets,
    check=_check,
    sources=("S0", "S39"),
)
