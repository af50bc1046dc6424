"""PF-RBAC-001: the caller may subscribe to offers, where a project does not yet."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.catalogue import model_of_registry_id
from llama_azure_core.plan import Project
from llama_azure_core.rbac import deployer_permissions
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._scopes import judge_actions, missing_at, project_exists
from llama_azure_preflight.checks.permissions_resource_group import ROLE_GIVER, ROLE_MAKER
from llama_azure_preflight.findings import Verdict, passed
from llama_azure_preflight.questions import GroupResources, MarketplaceSubscriptions, Permissions, WorkspaceById
from llama_azure_preflight.stack import Stack


def cases(stack: Stack) -> Iterator[Case]:
    """Each project that the stack subscribes to offers, and the roles of deployers at the subscription."""
    for project in stack.plan.projects:
        if project.offers:
            yield Case(f"{stack.plan.subscription_id} for {project.name}", partial(judge, stack, project))
    scope = stack.plan.subscription_id
    if stack.plan.deployers is not None and scope in stack.plan.deployers.scopes:
        needed = ROLE_GIVER if "role_definition_ids" in stack.plan.deployers.arguments else ROLE_MAKER
        yield Case(f"{scope} for the deployers' role", partial(judge_actions, needed, scope, scope))


def judge(stack: Stack, project: Project, answers: Answers) -> Verdict:
    """Only a project's first subscription to an offer takes rights at the subscription (source S0, S3, S4)."""
    needed = deployer_permissions().subscription
    if not missing_at(stack.plan.subscription_id, needed, answers):
        return passed(f"you may subscribe to offers at {stack.plan.subscription_id}")
    new = _new_offers(stack, project, answers)
    if not new:
        return passed(f"{project.name} subscribes to every offer already, which takes no rights at the subscription")
    return judge_actions(needed, stack.plan.subscription_id, stack.plan.subscription_id, answers)


def _new_offers(stack: Stack, project: Project, answers: Answers) -> list[str]:
    if not project_exists(stack, project, answers):
        return [offer.model.name for offer in project.offers]
    held = [model_of_registry_id(model_id) for model_id in answers.of(MarketplaceSubscriptions(project.id))]
    return [offer.model.name for offer in project.offers if offer.model not in held]


CHECK = Check(
    id="PF-RBAC-001",
    title="Permissions at the subscription",
    asks="What you may do at the subscription, and whether the project subscribes to its offers already.",
    remedy="have somebody with the rights subscribe the project once, or have a role with them assigned to you",
    questions=(Permissions, GroupResources, WorkspaceById, MarketplaceSubscriptions),
    cases=cases,
    hints=(
        Hint(
            code="AuthorizationFailed",
            text=r"action '(Microsoft\.MarketplaceOrdering|Microsoft\.Marketplace|Microsoft\.SaaS/register)/",
            source=("S0", "S3", "S4"),
        ),
    ),
)
