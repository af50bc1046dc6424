"""PF-DEL-001: nothing that is not the stack's is deleted with what is."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from llama_azure_core._facts import load_facts
from llama_azure_core.plan import Owner, Plan
from llama_azure_core.resource_ids import ResourceId, name_of
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, ONLINE_ENDPOINT, RESOURCE_GROUP, WORKSPACE
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import (
    FoundryDeployments,
    FoundryProjects,
    GroupContents,
    HubProjects,
    OnlineDeployments,
    OnlineEndpoints,
    ServerlessEndpoints,
    SubscriptionResources,
)
from llama_azure_preflight.stack import Owned, Stack

_SHOWN = 5


def cases(stack: Stack) -> Iterator[Case]:
    """Each resource in the state that holds others and that the stack's file no longer has, or has elsewhere."""
    held = {kind.casefold(): contents for kind, contents in _CONTENTS.items()}
    for key, owned in (stack.owned or {}).items():
        contents = held.get(_type(owned.id))
        if contents is not None and not owned.is_kept and (stack.is_destroyed or _goes(key, owned, stack.plan)):
            yield Case(owned.id, partial(judge, stack, owned, contents))


def judge(stack: Stack, owned: Owned, contents: "_Contents", answers: Answers) -> Verdict:
    """What lies in it is deleted along with it, or keeps Azure from deleting it when everything else is gone."""
    found = contents(owned, answers)
    name = name_of(owned.id)
    if found is None:
        return passed(f"{name} is not there")
    is_own = _lies_in_own if _type(owned.id) == RESOURCE_GROUP.casefold() else _is_own
    others = sorted({one for one in found if not is_own(one, stack)}, key=str.casefold)
    if not others:
        return passed(f"nothing is in {name} but what is the stack's")
    shown = ", ".join(others[:_SHOWN]) + (f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else "")
    keep = (
        "set llama-azure:existingResourceGroup to true, and the group is kept"
        if _type(owned.id) == RESOURCE_GROUP.casefold()
        else f"keep {name} as it is"
    )
    return failed(
        f"{name} is to be deleted, and in it is what the stack does not own: {shown}",
        f"{keep}; or move that away first, or have whoever owns it delete it",
    )


def _goes(key: str, owned: Owned, plan: Plan) -> bool:
    """Whether an update deletes a resource: the plan no longer has it, or has it in another region."""
    return key not in _planned(plan) or (owned.region not in ("", plan.region))


def _planned(plan: Plan) -> frozenset[str]:
    """Return the ids of all that a plan makes and that may hold others, in lower case."""
    found = [plan.group_id] if plan.uses_group else []
    found += [plan.hub.id] if plan.hub.owner is Owner.STACK and plan.hub.id else []
    found += [project.id for project in plan.projects if project.is_own]
    found += [one.id for one in plan.endpoints if one.owner is Owner.STACK]
    if plan.foundry is not None:
        found += [plan.foundry.id, *(project.id for project in plan.foundry.projects)]
    return frozenset(one.casefold() for one in found)


def _type(resource_id: str) -> str:
    """Return the type of a resource in lower case; empty for what is none of Azure's."""
    try:
        return ResourceId.parse(resource_id).type.casefold()
    except ValueError:
        return ""


def _is_own(resource_id: str, stack: Stack) -> bool:
    return resource_id.casefold() in (stack.owned or {})


def _lies_in_own(resource_id: str, stack: Stack) -> bool:
    """Whether a resource is the stack's, or lies in one that is, which is judged by itself."""
    at: ResourceId | None = ResourceId.parse(resource_id)
    while at is not None:
        if _is_own(str(at), stack):
            return True
        at = at.parent
    return False


_Contents = Callable[[Owned, Answers], "list[str] | None"]


def _of_group(owned: Owned, answers: Answers) -> list[str] | None:
    listed = answers.of(GroupContents(name_of(owned.id)))
    by_azure = set(load_facts("byproducts")["types"])
    return None if listed is None else [one.id for one in listed if one.type not in by_azure]


def _of_workspace(owned: Owned, answers: Answers) -> list[str] | None:
    """Return a hub's projects, or a project's endpoints."""
    there = next((one for one in answers.of(SubscriptionResources()) if one.id.casefold() == owned.id.casefold()), None)
    if there is None:
        return None
    if there.kind == "hub":
        return list(answers.of(HubProjects(there.id)) or ())
    online, serverless = answers.all_of([OnlineEndpoints(there.id), ServerlessEndpoints(there.id)])
    return [one.id for one in (*online, *serverless)]


def _of_account(owned: Owned, answers: Answers) -> list[str] | None:
    if not any(one.id.casefold() == owned.id.casefold() for one in answers.of(SubscriptionResources())):
        return None
    deployments, projects = answers.all_of([FoundryDeployments(owned.id), FoundryProjects(owned.id)])
    return [*(one.id for one in deployments), *projects]


def _of_endpoint(owned: Owned, answers: Answers) -> list[str] | None:
    if not any(one.id.casefold() == owned.id.casefold() for one in answers.of(SubscriptionResources())):
        return None
    return [f"{owned.id}/deployments/{one.name}" for one in answers.of(OnlineDeployments(owned.id))]


_CONTENTS: Mapping[str, _Contents] = {
    RESOURCE_GROUP: _of_group,
    WORKSPACE: _of_workspace,
    AI_SERVICES_ACCOUNT: _of_account,
    ONLINE_ENDPOINT: _of_endpoint,
}

CHECK = Check(
    id="PF-DEL-001",
    title="Nothing of others is deleted along",
    asks="What is in the resource group, hub, projects, Foundry resource and online endpoints that an update would "
    "delete or replace, or with --destroy in all of them; it takes --state.",
    remedy="move away what is not the stack's, or keep what holds it",
    questions=(
        GroupContents,
        HubProjects,
        SubscriptionResources,
        OnlineEndpoints,
        OnlineDeployments,
        ServerlessEndpoints,
        FoundryDeployments,
        FoundryProjects,
    ),
    cases=cases,
)
