"""PF-NET-001: what is closed to public networks has a way in."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.plan import BackEnd, Endpoint, Owner
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check
from llama_azure_preflight.findings import Verdict, passed, warned
from llama_azure_preflight.questions import WorkspaceReach
from llama_azure_preflight.stack import Stack

_REMEDY = (
    "give llama-azure:network, for private endpoints of the hub, and run the pipeline's jobs inside "
    "(docs/pipelines.md, Inside the network); or open the hub and its endpoints"
)


def cases(stack: Stack) -> Iterator[Case]:
    """Each endpoint of a hub."""
    for endpoint in stack.plan.endpoints:
        if endpoint.back_end in (BackEnd.SERVERLESS, BackEnd.MANAGED):
            yield Case(endpoint.name, partial(judge, stack, endpoint))


def judge(stack: Stack, endpoint: Endpoint, answers: Answers) -> Verdict:
    """A serverless endpoint is as open as its hub; an online endpoint says so itself. Both are reached by the hub's."""
    hub, network = stack.plan.hub, stack.plan.network
    is_own, is_online = hub.owner is Owner.STACK, endpoint.back_end is BackEnd.MANAGED
    if is_online and endpoint.arguments.get("public_network_access", True):
        return passed(f"{endpoint.name} is open to public networks")
    if not is_online and is_own and hub.arguments.get("public_network_access", True):
        return passed(f"{endpoint.name} is as open to public networks as its hub")
    if is_own and network is not None:
        return passed(
            f"{endpoint.name} is closed to public networks: whoever calls it, the pipeline's health check among them, "
            f"has to stand where the private endpoints in {network.subnet_id} are reached"
        )
    there = None if hub.id is None else answers.of(WorkspaceReach(hub.id))
    if there is None and not is_own:
        return passed(f"the hub of {endpoint.name} is not there yet")
    if there is not None and not is_online and not is_own and not there.is_closed:
        return passed(f"{endpoint.name} is as open to public networks as its hub")
    if there is not None and there.private_endpoints:
        return passed(f"{endpoint.name} is closed to public networks; {there.private_endpoints[0]} leads to its hub")
    return warned(
        f"{endpoint.name} is closed to public networks, and no private endpoint leads to its hub: nobody could call "
        "it, and the pipeline's health check fails",
        _REMEDY,
    )


CHECK = Check(
    id="PF-NET-001",
    title="What is closed has a way in",
    asks="Whether endpoints are closed to public networks, and which private endpoints lead to their hub.",
    remedy=_REMEDY,
    questions=(WorkspaceReach,),
    cases=cases,
)
