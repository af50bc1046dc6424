"""PF-NAME-011: nothing of the gateway's names is in its resource group yet, but what the stack made."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.resource_ids import ResourceId, name_of
from llama_azure_core.resource_types import CONTAINER_APPS_ENVIRONMENT, MANAGED_REDIS
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check
from llama_azure_preflight.checks._names import judge_own
from llama_azure_preflight.findings import Verdict, passed
from llama_azure_preflight.questions import ResourceById
from llama_azure_preflight.stack import Stack


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
    if answers.of(ResourceById(resource_id)) is not None:
        return judge_own(stack, resource_id)
    return passed(f"there is no {ResourceId.parse(resource_id).type} {name_of(resource_id)} yet")


CHECK = Check(
    id="PF-NAME-011",
    title="Nothing that the gateway is made of is there under its name",
    asks="Whether the container app, its environment and the Redis are there already, and the stack's own.",
    remedy="import it into the stack: pulumi import, with its id; or give llama-azure:gateway.name another value",
    questions=(ResourceById,),
    cases=cases,
)
