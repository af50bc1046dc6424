"""Rule: a stack that deploys models declares a budget."""

from collections.abc import Iterator

from llama_guardrails.resource_types import BUDGETS, ONLINE_DEPLOYMENT, SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.view import NotApplicable


class Budgets(Options):
    """The options of the rule."""

    declared_elsewhere: bool = False
    """Whether a budget that is not of this stack covers it. Default: false."""


def _check(case: Case[Budgets]) -> Iterator[Problem]:
    if case.options.declared_elsewhere:
        raise NotApplicable("a budget is declared elsewhere")
    if not any(True for _ in case.estate.of_type(SERVERLESS_ENDPOINT, ONLINE_DEPLOYMENT)):
        raise NotApplicable("the stack deploys no model")
    if not any(True for _ in case.estate.of_type(*BUDGETS)):
        yield Problem("", "The stack deploys models and declares no budget.")


RULE = Rule(
    id="LLA-OPS-004",
    name="budget-declared",
    title="A stack that deploys models declares a budget.",
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
