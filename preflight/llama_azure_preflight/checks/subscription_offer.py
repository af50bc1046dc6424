"""PF-SUB-002: the kind of subscription may buy models."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.subscriptions import kind_of_quota_id, subscription_kind
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.findings import Verdict, failed, passed, warned
from llama_azure_preflight.questions import SubscriptionState
from llama_azure_preflight.stack import Stack

_REMEDY = "deploy to a pay-as-you-go or Enterprise Agreement subscription (ARM_SUBSCRIPTION_ID)"


def cases(stack: Stack) -> Iterator[Case]:
    """The subscription, where the stack buys an offer or uses shared quota."""
    shares = any(endpoint.shared_quota for endpoint in stack.plan.endpoints)
    if stack.plan.buys or stack.plan.buys_from_partners or shares:
        yield Case(stack.plan.subscription_id, partial(judge, stack, shares))


def judge(stack: Stack, shares: bool, answers: Answers) -> Verdict:
    """Free trial, student, Visual Studio and CSP subscriptions buy no models (facts/subscriptions.yaml)."""
    quota_id = answers.of(SubscriptionState()).quota_id
    kind = kind_of_quota_id(quota_id)
    if kind is None:
        return warned(f"the offer {quota_id!r} is none that the facts know: Azure may refuse the purchase", _REMEDY)
    facts = subscription_kind(kind)
    if (stack.plan.buys or stack.plan.buys_from_partners) and not facts.buys_models:
        return failed(f"a {kind} subscription ({quota_id}) cannot buy the Marketplace offers of models", _REMEDY)
    if shares and not facts.shared_quota:
        return failed(
            f"a {kind} subscription ({quota_id}) gets no shared quota for models",
            "remove sharedQuota and ask for quota of your own, or deploy to an Enterprise Agreement subscription",
        )
    return passed(f"the subscription is of the kind {kind} ({quota_id})")


CHECK = Check(
    id="PF-SUB-002",
    title="The offer type may buy models and share quota",
    asks="The quota id of the subscription, which tells its offer: free, trial, student, CSP, pay-as-you-go.",
    remedy=_REMEDY,
    questions=(SubscriptionState,),
    cases=cases,
    hints=(
        Hint(text="subscriptions can't purchase", checks=("PF-SUB-003",), source=("S11",)),
        Hint(code="MarketplaceSubscriptionCannotBeCompleted", checks=("PF-SUB-003", "PF-SUB-004")),
        Hint(
            code="MarketplacePurchaseEligibilityFailed",
            checks=("PF-SUB-003", "PF-SUB-004", "PF-MKT-001"),
            remedy=(
                "the subscription may not buy the offer; the inner error says why: its kind, its spending limit, "
                "its billing country, or a private marketplace of the directory"
            ),
            source=("S35",),
        ),
    ),
)
