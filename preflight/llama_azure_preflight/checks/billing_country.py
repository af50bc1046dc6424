"""PF-SUB-004: models are sold to the billing account, as far as its country tells."""

from collections.abc import Iterator

from llama_azure_core.subscriptions import SubscriptionKind, is_sold_in, kind_of_quota_id
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.findings import Verdict, failed, passed, warned
from llama_azure_preflight.questions import BillingCountry, SubscriptionState
from llama_azure_preflight.stack import Stack

_REMEDY = "ask the billing account's owner for its country and its rules, and buy through another account if need be"


def cases(stack: Stack) -> Iterator[Case]:
    """The subscription, where the stack buys an offer."""
    if stack.plan.buys or stack.plan.buys_from_partners:
        yield Case(stack.plan.subscription_id, judge)


def judge(answers: Answers) -> Verdict:
    """Azure tells the country of every account but those of an Enterprise Agreement (source S90)."""
    kind = kind_of_quota_id(answers.of(SubscriptionState()).quota_id)
    if kind is SubscriptionKind.ENTERPRISE_AGREEMENT:
        return warned(
            "Azure does not tell the billing country of an Enterprise Agreement, nor whether purchases are allowed",
            _REMEDY,
        )
    country = answers.of(BillingCountry())
    if not country:
        return warned("Azure did not tell the billing country", _REMEDY)
    if not is_sold_in(country):
        return failed(f"the billing account is in {country}, where models have been refused", _REMEDY)
    return passed(f"the billing account is in {country}, of which no refusal is known")


CHECK = Check(
    id="PF-SUB-004",
    title="The billing account may buy models",
    asks="The country of the subscription's billing account; the model's region is another matter. Whether its payment "
    "method is valid, and what the administrator of an Enterprise Agreement allows, Azure tells nobody but its owner.",
    remedy=_REMEDY,
    questions=(SubscriptionState, BillingCountry),
    cases=cases,
    hints=(
        Hint(text="enrollment for this subscription doesn't allow purchase", source=("S35",)),
        Hint(text="no valid payment method", source=("S35",)),
        Hint(code="AvailabilityNotInRegion", text="Product is not available in region", source=("S34",)),
    ),
)
