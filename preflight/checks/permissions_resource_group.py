"""PF-RBAC-002: the caller may make the resource group and what the hub stands on."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.rbac import deployer_permissions, hub_creator_permissions
from llama_azure_core.resource_types import AUTOSCALE_SETTING, ROLE_ASSIGNMENT, ROLE_DEFINITION, WORKSPACE
from preflight.answers import Answers
from preflight.check import Case, Check
from preflight.checks._scopes import existing_group, is_permitted_at, judge_actions
from preflight.findings import Verdict, passed
from preflight.questions import GroupResources, Permissions
from preflight.wishes import Wishes

_GROUP = "Microsoft.Resources/subscriptions/resourceGroups"
ROLE_MAKER = (f"{ROLE_DEFINITION}/write", f"{ROLE_ASSIGNMENT}/write")
"""What making and assigning the deployers' roles takes."""


def cases(wishes: Wishes) -> Iterator[Case]:
    """The resource group of the stack."""
    yield Case(wishes.group_id, partial(judge, wishes))


def judge(wishes: Wishes, answers: Answers) -> Verdict:
    """What is permitted at the subscription is permitted in its groups; a group that is not there has nothing else."""
    wanted = needed(wishes)
    if is_permitted_at(wishes.subscription_id, wanted, answers):
        return passed(f"you may do what it takes at {wishes.subscription_id}")
    return judge_actions(wanted, existing_group(wishes, answers), wishes.group_id, answers)


def needed(wishes: Wishes) -> tuple[str, ...]:
    """Return the actions that the stack's own resources take in the group."""
    found = [f"{_GROUP}/read", f"{_GROUP}/write"]
    if wishes.own_workspaces:
        found.append(f"{WORKSPACE}/write")
    if wishes.settings.hub.name is not None:
        # The documents name what the portal's hubs stand on; only what the stack makes is asked for.
        made = {namespace.casefold() for namespace in wishes.namespaces}
        found += [one for one in hub_creator_permissions() if one.split("/", 1)[0].casefold() in made]
    if wishes.autoscales:
        found.append(f"{AUTOSCALE_SETTING}/write")
    if wishes.buys:
        found += deployer_permissions().resource_group
    if wishes.settings.deployers:
        found += ROLE_MAKER
    return tuple(dict.fromkeys(found))


CHECK = Check(
    id="PF-RBAC-002",
    title="Permissions in the resource group",
    asks="What you may do in the stack's resource group, or at the subscription while the group is not there.",
    remedy="have Contributor, or a role with the missing actions, assigned to you in the resource group",
    questions=(Permissions, GroupResources),
    cases=cases,
)
