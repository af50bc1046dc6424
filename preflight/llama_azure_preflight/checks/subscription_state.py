"""PF-SUB-001: the subscription can be written to."""

from collections.abc import Iterator

from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import SubscriptionState
from llama_azure_preflight.stack import Stack

_REMEDY = "enable the subscription in the Azure portal, or deploy to another one (ARM_SUBSCRIPTION_ID)"


def cases(stack: Stack) -> Iterator[Case]:
    """The subscription."""
    yield Case(stack.plan.subscription_id, judge)


def judge(answers: Answers) -> Verdict:
    """Azure refuses every write where the state is another than Enabled; PastDue is the last grace."""
    state = answers.of(SubscriptionState()).state
    if state in {"Enabled", "PastDue"}:
        return passed(f"the subscription is {state}")
    return failed(f"the subscription is {state}: Azure refuses to create anything in it", _REMEDY)


CHECK = Check(
    id="PF-SUB-001",
    title="The subscription is enabled",
    asks="The state of the subscription.",
    remedy=_REMEDY,
    questions=(SubscriptionState,),
    cases=cases,
    hints=(
        Hint(code="ReadOnlyDisabledSubscription"),
        Hint(
            code="SubscriptionNotFound",
            remedy=(
                "ARM_SUBSCRIPTION_ID or azure-native:subscriptionId names no subscription that this identity "
                "sees: compare it with `az account list`, and give the identity a role in it"
            ),
        ),
    ),
)
