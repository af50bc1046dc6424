"""PF-SUB-003: no spending limit stands in the way."""

from collections.abc import Iterator

from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import SubscriptionState
from llama_azure_preflight.stack import Stack

_REMEDY = "remove the spending limit in the Azure portal (Cost Management + Billing), or use another subscription"


def cases(stack: Stack) -> Iterator[Case]:
    """The subscription, where the stack buys an offer."""
    if stack.plan.buys or stack.plan.buys_from_partners:
        yield Case(stack.plan.subscription_id, judge)


def judge(answers: Answers) -> Verdict:
    """Free credit, which the limit guards, pays for no Marketplace offer (source S11)."""
    limit = answers.of(SubscriptionState()).spending_limit
    if limit == "On":
        return failed("the spending limit is on: credit does not pay for Marketplace offers", _REMEDY)
    return passed(f"the spending limit is {limit or 'not set'}")


CHECK = Check(
    id="PF-SUB-003",
    title="No spending limit",
    asks="The spending limit of the subscription.",
    remedy=_REMEDY,
    questions=(SubscriptionState,),
    cases=cases,
)
