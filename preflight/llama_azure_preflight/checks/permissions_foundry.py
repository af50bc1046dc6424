"""PF-RBAC-005: the caller may write what the stack has in a Foundry resource."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.plan import FoundryAccount, Owner
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import (
    AI_SERVICES_ACCOUNT,
    CONTENT_FILTER,
    FOUNDRY_DEPLOYMENT,
    FOUNDRY_PROJECT,
    ROLE_ASSIGNMENT,
)
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._foundry import account_there
from llama_azure_preflight.checks._scopes import existing_group, is_permitted_at, judge_actions
from llama_azure_preflight.findings import Verdict, passed, unknown
from llama_azure_preflight.questions import GroupResources, Permissions, ResourceById
from llama_azure_preflight.stack import Stack


def cases(stack: Stack) -> Iterator[Case]:
    """The stack's Foundry resource."""
    if stack.plan.foundry is not None:
        yield Case(stack.plan.foundry.id, partial(judge, stack, stack.plan.foundry))


def judge(stack: Stack, account: FoundryAccount, answers: Answers) -> Verdict:
    """What is permitted above is permitted here; an account that is not there yet is judged where it will lie."""
    wanted, place = needed(account), ResourceId.parse(account.id)
    for scope in (f"/subscriptions/{place.subscription}", place.scope):
        if is_permitted_at(scope, wanted, answers):
            return passed(f"you may do what it takes at {scope}")
    if account_there(stack, account, answers) is not None:
        return judge_actions(wanted, account.id, account.id, answers)
    if account.owner is not Owner.STACK:
        return unknown(f"{account.id} is not there, so that nothing is permitted on it yet", "see PF-ADP-001")
    return judge_actions(wanted, existing_group(stack, answers), stack.plan.group_id, answers)


def needed(account: FoundryAccount) -> tuple[str, ...]:
    """Return the actions that the account and what the stack has in it take."""
    found = {
        f"{AI_SERVICES_ACCOUNT}/write": account.owner is Owner.STACK,
        f"{CONTENT_FILTER}/write": bool(account.content_filters),
        f"{FOUNDRY_PROJECT}/write": bool(account.projects),
        f"{FOUNDRY_DEPLOYMENT}/write": bool(account.endpoints),
        f"{AI_SERVICES_ACCOUNT}/listKeys/action": account.takes_keys,
        f"{ROLE_ASSIGNMENT}/write": bool(account.arguments.get("callers")),
    }
    return tuple(action for action, is_needed in found.items() if is_needed)


CHECK = Check(
    id="PF-RBAC-005",
    title="Permissions on the Foundry resource",
    asks="What you may do on the Foundry resource, or in the nearest scope above it that is there.",
    remedy="have Cognitive Services Contributor, or a role with the missing actions, assigned to you; assigning roles "
    "to callers takes one that may, such as Role Based Access Control Administrator",
    questions=(Permissions, GroupResources, ResourceById),
    cases=cases,
    hints=(Hint(code="AuthorizationFailed", text=r"action 'Microsoft\.CognitiveServices/", source=("S204",)),),
)
