"""PF-TRF-001: nothing changes that Azure cannot change while an endpoint has callers."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.plan import BackEnd, Endpoint, Owner, Project
from llama_azure_core.traffic import (
    OWN_IDENTITY,
    Deployed,
    Interruption,
    Reached,
    deployment_interruptions,
    endpoint_interruptions,
    serverless_interruptions,
)
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check
from llama_azure_preflight.findings import Verdict, failed, passed, warned
from llama_azure_preflight.questions import (
    OnlineDeployments,
    OnlineEndpoints,
    ServerlessEndpoints,
    SubscriptionResources,
)
from llama_azure_preflight.stack import Stack

_REMEDY = "make a second deployment or endpoint with what is wanted, move the callers, and take the first away later"


def cases(stack: Stack) -> Iterator[Case]:
    """Each endpoint."""
    judges = {BackEnd.MANAGED: judge_online, BackEnd.SERVERLESS: judge_serverless}
    for project in stack.plan.projects:
        for endpoint in project.endpoints:
            yield Case(endpoint.name, partial(judges[endpoint.back_end], stack, project, endpoint))


def judge_online(stack: Stack, project: Project, endpoint: Endpoint, answers: Answers) -> Verdict:
    """What Azure refuses is told always, what callers notice where there are some."""
    found = None
    if _is_there(endpoint, answers):
        listed = answers.of(OnlineEndpoints(project.id))
        found = next((one for one in listed if one.id.casefold() == endpoint.id.casefold()), None)
    if found is None:
        return _not_there(endpoint)
    shares = {name.casefold(): share for name, share in found.traffic.items() if share}
    told: list[Interruption] = []
    if endpoint.owner is Owner.STACK:
        then = _reached(endpoint, stack)
        told += endpoint_interruptions(endpoint.name, found.reached, then, is_called=bool(shares))
    if any(one.name.casefold() in shares for one in endpoint.deployments):
        there = {one.name.casefold(): one.deployed for one in answers.of(OnlineDeployments(endpoint.id))}
        for one in endpoint.deployments:
            now = there.get(one.name.casefold())
            if now is not None:
                then_deployed = Deployed(one.vm_size.name, one.arguments["model_id"])
                share = shares.get(one.name.casefold(), 0)
                told += deployment_interruptions(one.name, endpoint.name, share, now, then_deployed)
    if not told and not shares:
        return passed(f"nobody calls {endpoint.name}")
    return _verdict(endpoint, told)


def judge_serverless(_stack: Stack, project: Project, endpoint: Endpoint, answers: Answers) -> Verdict:
    """A serverless endpoint has its model for life, and tells nobody whether it is called."""
    found = None
    if _is_there(endpoint, answers):
        listed = answers.of(ServerlessEndpoints(project.id))
        found = next((one for one in listed if one.id.casefold() == endpoint.id.casefold()), None)
    if found is None:
        return _not_there(endpoint)
    then = found.model_id if endpoint.model is None else endpoint.model.registry_model_id
    return _verdict(endpoint, list(serverless_interruptions(endpoint.name, found.model_id, then)))


def _verdict(endpoint: Endpoint, told: list[Interruption]) -> Verdict:
    if not told:
        return passed(f"the callers of {endpoint.name} notice nothing")
    said = "; ".join(one.sentence for one in told)
    remedy = "; ".join(dict.fromkeys(one.remedy for one in told))
    return (failed if any(one.refused for one in told) else warned)(said, remedy)


def _is_there(endpoint: Endpoint, answers: Answers) -> bool:
    return any(one.id.casefold() == endpoint.id.casefold() for one in answers.of(SubscriptionResources()))


def _not_there(endpoint: Endpoint) -> Verdict:
    return passed(f"{endpoint.name} is not there yet")


def _reached(endpoint: Endpoint, stack: Stack) -> Reached:
    identity = endpoint.arguments.get("identity_id")
    return Reached(
        region=stack.plan.region,
        auth_mode=endpoint.arguments["auth_mode"],
        identity=OWN_IDENTITY if identity is None else str(identity).lower(),
        shared_quota=endpoint.shared_quota,
    )


CHECK = Check(
    id="PF-TRF-001",
    title="Callers of what is there are not interrupted",
    asks="The endpoints that are there, their traffic, and VM size, model, sign-in, identity, region and quota of "
    "what has requests. A serverless endpoint does not tell whether it is called.",
    remedy=_REMEDY,
    questions=(SubscriptionResources, OnlineEndpoints, OnlineDeployments, ServerlessEndpoints),
    cases=cases,
)
