"""PF-LIM-001: Azure's limits on endpoints, deployments and workspaces hold."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from llama_azure_core.limits import limits
from llama_azure_core.plan import BackEnd, Endpoint
from llama_azure_core.plan.capacity import can_be_had
from llama_azure_core.resource_ids import name_of
from llama_azure_core.resource_types import ONLINE_DEPLOYMENT, ONLINE_ENDPOINT, SERVERLESS_ENDPOINT, WORKSPACE
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import Listed, SubscriptionResources
from llama_azure_preflight.stack import Stack

_REMEDY = "delete what is not used, deploy in another region, or ask Azure support for more"
# The limit is on all kinds of endpoint together (source S22).
_ENDPOINTS = (SERVERLESS_ENDPOINT, ONLINE_ENDPOINT)


def cases(stack: Stack) -> Iterator[Case]:
    """Each limit that the stack comes nearer to."""
    most = limits()
    serverless = [one.id for one in stack.plan.endpoints if one.back_end is BackEnd.SERVERLESS]
    online = {one.id: one for one in stack.plan.endpoints if one.back_end is BackEnd.MANAGED}
    deployments = {endpoint: [deployment.id for deployment in one.deployments] for endpoint, one in online.items()}
    for what, wanted, kinds, limit in (
        ("endpoints", [*serverless, *online], _ENDPOINTS, "endpointsPerRegion"),
        (
            "online deployments",
            [one for some in deployments.values() for one in some],
            (ONLINE_DEPLOYMENT,),
            "deploymentsPerRegion",
        ),
    ):
        if wanted:
            yield Case(
                f"{what} in {stack.plan.region}",
                partial(judge_region, stack, what, wanted, kinds, most[limit]),
            )
    if stack.plan.own_workspaces:
        ids = [stack.plan.workspace_id(name) for name in stack.plan.own_workspaces]
        yield Case(
            f"workspaces in {stack.plan.group}",
            partial(judge_below, stack.plan.group_id, "workspaces", ids, WORKSPACE, most["workspacesPerResourceGroup"]),
        )
    for endpoint, wanted in deployments.items():
        yield Case(
            f"deployments of {name_of(endpoint)}",
            partial(judge_below, endpoint, "deployments", wanted, ONLINE_DEPLOYMENT, most["deploymentsPerEndpoint"]),
        )


def judge_region(
    stack: Stack, what: str, wanted: list[str], kinds: tuple[str, ...], limit: int, answers: Answers
) -> Verdict:
    """Count what the subscription has in a region, and what comes to it."""
    types = {kind.casefold() for kind in kinds}
    listed = answers.of(SubscriptionResources())
    there = [one for one in listed if one.type in types and one.region == stack.plan.region]
    asking = [one for one in stack.plan.endpoints if one.id in wanted and one.back_end is BackEnd.SERVERLESS]
    return _counted(what, there, wanted, limit, asking)


def judge_below(scope: str, what: str, wanted: list[str], kind: str, limit: int, answers: Answers) -> Verdict:
    """Count what lies below a resource group or an endpoint, and what comes to it."""
    below = f"{scope}/".casefold()
    listed = [one for one in answers.of(SubscriptionResources()) if one.type == kind.casefold()]
    return _counted(what, [one for one in listed if one.id.casefold().startswith(below)], wanted, limit)


def _counted(
    what: str, there: Iterable[Listed], wanted: list[str], limit: int, asking: Sequence[Endpoint] = ()
) -> Verdict:
    held = {one.id.casefold() for one in there}
    new = [one for one in wanted if one.casefold() not in held]
    said = f"{len(held)} {what} are there and {len(new)} come to them; the limit is {limit}"
    if not new or len(held) + len(new) <= limit:
        return passed(said)
    too_many = len(held) + len(new) - limit
    return failed(f"{said}{can_be_had(asking, len(asking), len(asking) - too_many)}", _REMEDY)


CHECK = Check(
    id="PF-LIM-001",
    title="Limits on endpoints, deployments and workspaces",
    asks="How many endpoints and deployments the subscription has in the region, and workspaces in the group.",
    remedy=_REMEDY,
    questions=(SubscriptionResources,),
    cases=cases,
    hints=(Hint(text="Endpoint Quota reached", source=("S82",)),),
)
