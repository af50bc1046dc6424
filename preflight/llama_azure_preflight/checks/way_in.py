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
    "give llama-azure:network, for private endpoints, and run the pipeline's jobs inside "
    "(docs/pipelines.md, Inside the network); or open what is closed"
)


def cases(stack: Stack) -> Iterator[Case]:
    """Each endpoint."""
    for endpoint in stack.plan.endpoints:
        judged = judge_foundry if endpoint.back_end is BackEnd.FOUNDRY else judge
        yield Case(endpoint.name, partial(judged, stack, endpoint))


def judge_foundry(stack: Stack, endpoint: Endpoint, _answers: Answers) -> Verdict:
    """A deployment is as open as its account; one that others own is theirs to open."""
    account = stack.plan.foundry
    if account is None or account.owner is not Owner.STACK or account.arguments.get("public_network_access", True):
        return passed(f"{endpoint.name} is as open to public networks as its Foundry resource")
    way_in = account.arguments.get("private_endpoint")
    return _nobody(endpoint, "its Foundry resource") if way_in is None else _inside(endpoint, way_in["subnet_id"])


def judge(stack: Stack, endpoint: Endpoint, answers: Answers) -> Verdict:
    """A serverless endpoint is as open as its hub; an online endpoint says so itself. Both are reached by the hub's."""
    hub, network = stack.plan.hub, stack.plan.network
    is_own, is_online = hub.owner is Owner.STACK, endpoint.back_end is BackEnd.MANAGED
    if is_online and endpoint.arguments.get("public_network_access", True):
        return passed(f"{endpoint.name} is open to public networks")
    if not is_online and is_own and hub.arguments.get("public_network_access", True):
        return passed(f"{endpoint.name} is as open to public networks as its hub")
    if is_own and network is not None:
        return _inside(endpoint, network.subnet_id)
    there = None if hub.id is None else answers.of(WorkspaceReach(hub.id))
    if there is None and not is_own:
        return passed(f"the hub of {endpoint.name} is not there yet")
    if there is not None and not is_online and not is_own and not there.is_closed:
        return passed(f"{endpoint.name} is as open to public networks as its hub")
    if there is not None and there.private_endpoints:
        return passed(f"{endpoint.name} is closed to public networks; {there.private_endpoints[0]} leads to its hub")
    return _nobody(endpoint, "its hub")


def _inside(endpoint: Endpoint, subnet_id: str) -> Verdict:
    return passed(
        f"{endpoint.name} is closed to public networks: whoever calls it, the pipeline's health check among them, "
        f"has to stand where the private endpoints in {subnet_id} are reached"
    )


def _nobody(endpoint: Endpoint, what: str) -> Verdict:
    return warned(
        f"{endpoint.name} is closed to public networks, and no private endpoint leads to {what}: nobody could call it, "
        "and the pipeline's health check fails",
        _REMEDY,
    )


CHECK = Check(
    id="PF-NET-001",
    title="What is closed has a way in",
    asks="Whether endpoints are closed to public networks, and which private endpoints lead to their hub or account.",
    remedy=_REMEDY,
    questions=(WorkspaceReach,),
    cases=cases,
)
