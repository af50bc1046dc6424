"""PF-PRV-002: what a gateway is made of is offered in the stack's region."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.resource_types import CONTAINER_APPS_ENVIRONMENT, MANAGED_REDIS, POSTGRES_SERVER
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check
from llama_azure_preflight.findings import Verdict, failed, passed, warned
from llama_azure_preflight.questions import TypeRegions
from llama_azure_preflight.stack import Stack

_REMEDY = (
    "ask Azure support for access to the region, move the stack, or give one that is there and lies elsewhere "
    "(llama-azure:gateway.database.existing, redis.existing)"
)


def cases(stack: Stack) -> Iterator[Case]:
    """The environment, and the server and the Redis that the stack makes."""
    if stack.plan.gateway is None:
        return
    yield Case(CONTAINER_APPS_ENVIRONMENT, partial(judge, stack, CONTAINER_APPS_ENVIRONMENT))
    for kind in (POSTGRES_SERVER, MANAGED_REDIS):
        if stack.plan.made(kind):
            yield Case(kind, partial(judge, stack, kind))


def judge(stack: Stack, kind: str, answers: Answers) -> Verdict:
    """Azure lists the regions of each type, as far as the subscription is offered it."""
    regions = answers.of(TypeRegions(kind))
    if not regions:
        return warned(f"Azure does not say where {kind} is offered", "deploy it to find out")
    if stack.plan.region in regions:
        return passed(f"{kind} is offered in {stack.plan.region}")
    return failed(f"{kind} is not offered in {stack.plan.region}; it is in {', '.join(sorted(regions))}", _REMEDY)


CHECK = Check(
    id="PF-PRV-002",
    title="What the gateway is made of is offered in the region",
    asks="The regions of container apps, PostgreSQL servers and Azure Managed Redis that the subscription is offered.",
    remedy=_REMEDY,
    questions=(TypeRegions,),
    cases=cases,
)
