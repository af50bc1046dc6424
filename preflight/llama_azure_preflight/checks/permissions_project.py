"""PF-RBAC-004: the caller may deploy in each project."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.plan import BackEnd, Project
from llama_azure_core.rbac import deployer_permissions
from llama_azure_core.resource_types import WORKSPACE
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._scopes import existing_group, is_permitted_at, missing_at, project_exists
from llama_azure_preflight.findings import Verdict, failed, passed, warned
from llama_azure_preflight.questions import GroupResources, Permissions, WorkspaceById
from llama_azure_preflight.stack import Stack


def cases(stack: Stack) -> Iterator[Case]:
    """Each project in which something is deployed."""
    for project in stack.plan.projects:
        if needed(project):
            yield Case(project.name, partial(judge, stack, project))


def judge(stack: Stack, project: Project, answers: Answers) -> Verdict:
    """Ask at the group first: what is permitted there is permitted in every project of it, in one call for all."""
    group = existing_group(stack, answers) if project.is_own else project.group_id
    wanted = needed(project)
    if is_permitted_at(group, wanted, answers):
        return passed(f"you may do what it takes at {group}")
    scope = project.id if project_exists(stack, project, answers) else group
    return _verdict(project, scope, missing_at(scope, wanted, answers))


def needed(project: Project) -> tuple[str, ...]:
    """Return the actions that deploying takes in a project."""
    found: list[str] = []
    if project.of(BackEnd.SERVERLESS) or project.offers:
        deployer = deployer_permissions()
        found += [*deployer.project, *deployer.project_arm_spelling]
    if project.of(BackEnd.MANAGED):
        found += deployer_permissions().project_managed_compute
    if project.connections:
        found.append(f"{WORKSPACE}/connections/*")
    return tuple(found)


def _verdict(project: Project, scope: str, missing: tuple[str, ...]) -> Verdict:
    if not missing:
        return passed(f"you may do what it takes at {scope}")
    deployer = deployer_permissions()
    spellings = {one for one in (*deployer.project, *deployer.project_arm_spelling) if "/marketplace" in one}
    remedy = f"have Azure AI Developer, or a role with these actions, assigned to you at {project.id}"
    if set(missing) < spellings:
        return warned(
            f"at {scope} you hold one of the two spellings in which subscribing is documented, and not "
            f"{', '.join(missing)}: which one counts could not be verified",
            remedy,
        )
    return failed(f"at {scope} you may not: {', '.join(missing)}", remedy)


CHECK = Check(
    id="PF-RBAC-004",
    title="Permissions in the project",
    asks="What you may do in each project, or in the nearest scope above it that is there.",
    remedy="have Azure AI Developer, or a role with the missing actions, assigned to you in the project",
    questions=(Permissions, GroupResources, WorkspaceById),
    cases=cases,
    hints=(
        Hint(
            code="AuthorizationFailed",
            text=(
                r"action 'Microsoft\.MachineLearningServices/workspaces/"
                r"(marketplace|serverlessEndpoints|onlineEndpoints|connections)"
            ),
            source=("S0", "S3", "S4"),
        ),
    ),
)
