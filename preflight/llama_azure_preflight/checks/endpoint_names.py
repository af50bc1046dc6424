"""PF-NAME-003: the endpoints' names are free in the region."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.plan import Owner
from llama_azure_core.resource_ids import ResourceId
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._names import judge_own
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import SubscriptionResources
from llama_azure_preflight.stack import Stack

_REMEDY = "give the endpoint another name, or none: a derived name ends in six characters of the stack's own"


def cases(stack: Stack) -> Iterator[Case]:
    """Each endpoint that the stack makes."""
    for endpoint in stack.plan.endpoints:
        if endpoint.owner is Owner.STACK:
            yield Case(endpoint.name, partial(judge, stack, endpoint.id))


def judge(stack: Stack, resource_id: str, answers: Answers) -> Verdict:
    """A name is part of the endpoint's address, so that it is given once in a region; Azure tells one's own only."""
    endpoint = ResourceId.parse(resource_id)
    name = endpoint.name
    wanted = (endpoint.type.casefold(), name.casefold(), stack.plan.region)
    holders = [
        one.id for one in answers.of(SubscriptionResources()) if (one.type, one.name.casefold(), one.region) == wanted
    ]
    own = next((one for one in holders if one.casefold() == resource_id.casefold()), None)
    if own is not None:
        return judge_own(stack, own)
    if holders:
        return failed(f"{name} is taken in {stack.plan.region} by {holders[0]}", _REMEDY)
    return passed(
        f"no endpoint of this subscription is called {name} in {stack.plan.region}; others' names Azure keeps"
    )


CHECK = Check(
    id="PF-NAME-003",
    title="The endpoint's name is free in the region",
    asks="The subscription's endpoints in the region. Names that other subscriptions hold cannot be asked for.",
    remedy=_REMEDY,
    questions=(SubscriptionResources,),
    cases=cases,
    hints=(
        Hint(text="Serverless endpoint name '[^']*' is not available", source=("S33",)),
        Hint(text="There is already an endpoint with this name", source=("S47",)),
    ),
)
