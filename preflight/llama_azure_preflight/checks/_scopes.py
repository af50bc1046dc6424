"""What several checks ask of scopes: whether they are there yet, and what the caller lacks at them."""

from collections.abc import Iterable

from llama_azure_core.plan import Project
from llama_azure_core.rbac import Assignment, missing_actions
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import GroupResources, Listed, Permissions, WorkspaceById
from llama_azure_preflight.stack import Stack

_CALLER = "caller"


def found_in_group(stack: Stack, resource_id: str, answers: Answers) -> Listed | None:
    """Return a resource of the stack's own group, or ``None`` where it is not there."""
    listed = answers.of(GroupResources(stack.plan.group)) or ()
    return next((one for one in listed if one.id.casefold() == resource_id.casefold()), None)


def project_exists(stack: Stack, project: Project, answers: Answers) -> bool:
    """Whether a project is there."""
    if project.is_own:
        return found_in_group(stack, project.id, answers) is not None
    return answers.of(WorkspaceById(project.id)) is not None


def missing_at(scope: str, needed: Iterable[str], answers: Answers) -> tuple[str, ...]:
    """Return the needed actions that the caller may not do at a scope that is there."""
    held = [Assignment(_CALLER, role, scope) for role in answers.of(Permissions(scope))]
    return missing_actions(held, _CALLER, needed, scope)


def is_permitted_at(scope: str, needed: Iterable[str], answers: Answers) -> bool:
    """Whether the caller is known to hold all that is needed at a scope; whoever may not ask there may still below."""
    return answers.has(Permissions(scope)) and not missing_at(scope, needed, answers)


def existing_group(stack: Stack, answers: Answers) -> str:
    """Return the stack's resource group, or the subscription where the group is not there yet."""
    there = answers.of(GroupResources(stack.plan.group)) is not None
    return stack.plan.group_id if there else stack.plan.subscription_id


def judge_actions(needed: tuple[str, ...], scope: str, shown: str, answers: Answers) -> Verdict:
    """Pass who may do all that is needed at a scope."""
    missing = missing_at(scope, needed, answers)
    if not missing:
        return passed(f"you may do what it takes at {scope}")
    return failed(
        f"at {scope} you may not: {', '.join(missing)}",
        f"have a role with these actions assigned at {shown}, such as Contributor or one of the DeployerRole component",
    )
