"""PF-RBAC-002: the caller may make the resource group and what the hub stands on."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.plan import Owner
from llama_azure_core.rbac import deployer_permissions, hub_creator_permissions
from llama_azure_core.resource_types import AUTOSCALE_SETTING, ROLE_ASSIGNMENT, ROLE_DEFINITION, WORKSPACE
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._scopes import existing_group, is_permitted_at, judge_actions
from llama_azure_preflight.findings import Verdict, passed
from llama_azure_preflight.questions import GroupResources, Permissions
from llama_azure_preflight.stack import Stack

_GROUP = "Microsoft.Resources/subscriptions/resourceGroups"
ROLE_MAKER = (f"{ROLE_DEFINITION}/write", f"{ROLE_ASSIGNMENT}/write")
"""What making and assigning the deployers' roles takes."""
ROLE_GIVER = (f"{ROLE_ASSIGNMENT}/write",)
"""What assigning them takes where they are there."""


def cases(stack: Stack) -> Iterator[Case]:
    """The resource group of the stack."""
    yield Case(stack.plan.group_id, partial(judge, stack))


def judge(stack: Stack, answers: Answers) -> Verdict:
    """What is permitted at the subscription is permitted in its groups; a group that is not there has nothing else."""
    wanted = needed(stack)
    if is_permitted_at(stack.plan.subscription_id, wanted, answers):
        return passed(f"you may do what it takes at {stack.plan.subscription_id}")
    return judge_actions(wanted, existing_group(stack, answers), stack.plan.group_id, answers)


def needed(stack: Stack) -> tuple[str, ...]:
    """Return the actions that the stack's own resources take in the group."""
    found = [f"{_GROUP}/read", *([f"{_GROUP}/write"] if stack.plan.makes_group else [])]
    if stack.plan.own_workspaces:
        found.append(f"{WORKSPACE}/write")
    if stack.plan.hub.owner is Owner.STACK:
        # The documents name what the portal's hubs stand on; only what the stack makes is asked for.
        made = {namespace.casefold() for namespace in stack.plan.providers}
        found += [one for one in hub_creator_permissions() if one.split("/", 1)[0].casefold() in made]
    if stack.plan.autoscales:
        found.append(f"{AUTOSCALE_SETTING}/write")
    if stack.plan.buys:
        found += deployer_permissions().resource_group
    if stack.plan.deployers:
        found += ROLE_GIVER if "role_definition_ids" in stack.plan.deployers.arguments else ROLE_MAKER
    return tuple(dict.fromkeys(found))


CHECK = Check(
    id="PF-RBAC-002",
    title="Permissions in the resource group",
    asks="What you may do in the stack's resource group, or at the subscription while the group is not there.",
    remedy="have Contributor, or a role with the missing actions, assigned to you in the resource group",
    questions=(Permissions, GroupResources),
    cases=cases,
    hints=(Hint(code="AuthorizationFailed", source=("S0", "S19")),),
)
