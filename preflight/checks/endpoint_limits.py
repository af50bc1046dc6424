"""PF-LIM-001: Azure's limits on endpoints, deployments and workspaces hold."""

from collections.abc import Iterable, Iterator
from functools import partial

from llama_azure_core._facts import load_facts
from preflight.answers import Answers
from preflight.check import Case, Check
from preflight.findings import Verdict, failed, passed
from preflight.questions import Listed, SubscriptionResources
from preflight.wishes import WORKSPACES, Wishes

_REMEDY = "delete what is not used, deploy in another region, or ask Azure support for more"
_ONLINE = f"{WORKSPACES}/onlineEndpoints"


def cases(wishes: Wishes) -> Iterator[Case]:
    """Each limit that the stack comes nearer to."""
    limits = load_facts("limits")
    online = limits["onlineEndpoints"]
    endpoints = [f"{p.id}/onlineEndpoints/{o.name}" for p in wishes.projects for o in p.online]
    deployments = [
        f"{p.id}/onlineEndpoints/{o.name}/deployments/{name}"
        for p in wishes.projects
        for o in p.online
        for name in o.deployments
    ]
    workspaces = [wishes.workspace_id(name) for name in wishes.own_workspaces]
    for what, wanted, kind, scope, limit in (
        ("online endpoints", endpoints, _ONLINE, wishes.region, online["endpointsPerRegion"]),
        ("online deployments", deployments, f"{_ONLINE}/deployments", wishes.region, online["deploymentsPerRegion"]),
        ("workspaces", workspaces, WORKSPACES, wishes.group, limits["workspacesPerResourceGroup"]),
    ):
        if wanted:
            yield Case(f"{what} in {scope}", partial(judge, wishes, what, wanted, kind, limit))
    for endpoint in endpoints:
        own = [one for one in deployments if one.startswith(f"{endpoint}/")]
        limit = online["deploymentsPerEndpoint"]
        yield Case(
            f"deployments of {endpoint.rsplit('/', 1)[-1]}",
            partial(judge_endpoint, endpoint, own, limit),
        )


def judge(wishes: Wishes, what: str, wanted: list[str], kind: str, limit: int, answers: Answers) -> Verdict:
    """Count what is there in the region or the group, and what comes to it."""
    listed = [one for one in answers.of(SubscriptionResources()) if one.type == kind.casefold()]
    if kind == WORKSPACES:
        there = [one for one in listed if one.id.casefold().startswith(f"{wishes.group_id}/".casefold())]
    else:
        there = [one for one in listed if one.region == wishes.region]
    return _counted(what, there, wanted, limit)


def judge_endpoint(endpoint: str, wanted: list[str], limit: int, answers: Answers) -> Verdict:
    """Count the deployments of one endpoint."""
    prefix = f"{endpoint}/deployments/".casefold()
    there = [one for one in answers.of(SubscriptionResources()) if one.id.casefold().startswith(prefix)]
    return _counted("deployments", there, wanted, limit)


def _counted(what: str, there: Iterable[Listed], wanted: list[str], limit: int) -> Verdict:
    held = {one.id.casefold() for one in there}
    new = [one for one in wanted if one.casefold() not in held]
    said = f"{len(held)} {what} are there and {len(new)} come to them; the limit is {limit}"
    return failed(said, _REMEDY) if new and len(held) + len(new) > limit else passed(said)


CHECK = Check(
    id="PF-LIM-001",
    title="Limits on endpoints, deployments and workspaces",
    asks="How many endpoints and deployments the subscription has in the region, and workspaces in the group.",
    remedy=_REMEDY,
    questions=(SubscriptionResources,),
    cases=cases,
)
