"""PF-NAME-011: nothing of the gateway's names is in its resource group yet, but what the stack made."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.resource_ids import ResourceId, name_of
from llama_azure_core.resource_types import CONTAINER_APPS_ENVIRONMENT, MANAGED_REDIS
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check
from llama_azure_preflight.checks._names import judge_own
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import ResourceById
from llama_azure_preflight.stack import Stack

_REMEDY = "give llama-azure:gateway.name, or gateway.redis.name, another value; or delete what is there"


def cases(stack: Stack) -> Iterator[Case]:
    """The container app, its environment, and the Redis that the stack makes."""
    gateway = stack.plan.gateway
    if gateway is None:
        return
    environment = str(ResourceId.of(stack.plan.group_id, CONTAINER_APPS_ENVIRONMENT, f"cae-{gateway.name}"))
    for one in (gateway.id, environment, *(redis.id for redis in stack.plan.made(MANAGED_REDIS))):
        yield Case(name_of(one), partial(judge, stack, one))


def judge(stack: Stack, resource_id: str, answers: Answers) -> Verdict:
    """A deployment cannot create what is there."""
    found = answers.of(ResourceById(resource_id))
    if found is not None and found.region != stack.plan.region:
        name = name_of(resource_id)
        return failed(f"{name} is there in {found.region}, not {stack.plan.region}: Azure moves none", _REMEDY)
    if found is not None:
        return judge_own(stack, resource_id)
    return passed(f"there is no {ResourceId.parse(resource_id).type} {name_of(resource_id)} yet")


CHECK = Check(
    id="PF-NAME-011",
    title="Nothing that the gateway is made of is there under its name",
    asks="Whether the container app, its environment and the Redis are there already, and the stack's own.",
    remedy=_REMEDY,
    questions=(ResourceById,),
    cases=cases,
)
