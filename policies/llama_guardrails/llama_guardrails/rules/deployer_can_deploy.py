"""Rule: whoever deploys holds the permissions that it takes."""

from collections.abc import Iterator

from pydantic import field_validator

from llama_azure_core import resource_types as types
from llama_azure_core.frozen import Frozen
from llama_azure_core.rbac import Assignment, Role, built_in_role, deployer_permissions, missing_actions
from llama_guardrails.context import Deployer
from llama_guardrails.estate import Estate
from llama_guardrails.resource_types import MARKETPLACE_SUBSCRIPTION, SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Level, Problem, Rule, Severity, When
from llama_guardrails.rules._deployers import Deployers, all_deployers
from llama_guardrails.rules._grants import all_assignments, subscription_of
from llama_guardrails.view import NotApplicable, Resource, Undecided

_WORKSPACES = f"providers/{types.WORKSPACE}"


class HeldRole(Frozen):
    """A built-in role that somebody holds by an assignment outside the stack."""

    principal_id: str
    """Required. The object id."""
    role: str
    """Required. The role's name or GUID."""
    scope: str
    """Required. The ARM id of the subscription, resource group or resource."""

    @field_validator("role")
    @classmethod
    def _known(cls, name: str) -> str:
        if built_in_role(name) is None:
            raise ValueError(
                f"{name!r} is not a built-in role that is known here; check its name, or leave the entry out"
            )
        return name

    def assignment(self) -> Assignment:
        """Return it as the evaluator takes it."""
        role = built_in_role(self.role) or Role(name=self.role, id=self.role)
        return Assignment(self.principal_id, role, self.scope)


class DeployerGrants(Deployers):
    """The options of the rule."""

    held: tuple[HeldRole, ...] = ()
    """Roles that deployers hold by assignments outside the stack. Default: none."""
    subscription_id: str = ""
    """The Azure subscription of the stack. Default: the one that the assignments speak of."""


def _check(case: Case[DeployerGrants]) -> Iterator[Problem]:
    deployers = all_deployers(case.context, case.options)
    endpoints = list(case.estate.of_type(SERVERLESS_ENDPOINT))
    if not deployers or not endpoints:
        raise NotApplicable("no deployer is named, or nothing is deployed")
    assignments = [*all_assignments(case.estate), *(held.assignment() for held in case.options.held)]
    subscription_id = case.options.subscription_id or subscription_of(one.scope for one in assignments)
    if subscription_id is None and assignments:
        raise Undecided("scope")
    subscription = f"/subscriptions/{subscription_id or '-'}"
    for deployer in deployers:
        for scope, what in _missing(deployer, assignments, subscription, case.estate, endpoints):
            message = f"The deployer {deployer.principal_id} lacks at {scope or 'the subscription'}: {', '.join(what)}."
            yield Problem("", message)


def _missing(
    deployer: Deployer, assignments: list[Assignment], subscription: str, estate: Estate, endpoints: list[Resource]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each scope, without the subscription, and what a deployer may not do there."""
    takes = deployer_permissions()
    needed: dict[str, tuple[str, ...]] = {}
    for endpoint in endpoints:
        group, project = endpoint.text("resourceGroupName"), endpoint.text("workspaceName")
        needed[f"/resourceGroups/{group}"] = takes.resource_group
        needed[f"/resourceGroups/{group}/{_WORKSPACES}/{project}"] = (*takes.project, *takes.project_arm_spelling)
    if deployer.may_subscribe and _subscribes(estate):
        needed[""] = takes.subscription
    for scope, actions in needed.items():
        missing = missing_actions(assignments, deployer.principal_id, actions, subscription + scope)
        if missing:
            yield scope, missing


def _subscribes(estate: Estate) -> bool:
    """Whether a project has yet to subscribe to an offer."""
    return any(
        one.output("properties.marketplaceSubscriptionStatus") != "Subscribed"
        for one in estate.of_type(MARKETPLACE_SUBSCRIPTION)
    )


RULE = Rule(
    id="LLA-IAM-001",
    name="deployer-can-deploy",
    title="Whoever deploys holds the permissions that deploying takes, at each scope.",
    why=(
        "Deploying takes rights at three scopes: in the project for the endpoints, in the resource group for what "
        "tracks the cost, and at the subscription to subscribe, which is needed only while a project has not "
        "subscribed to the offer. Azure tells of a missing one only halfway through."
    ),
    remedy="Assign the missing actions at the scope in the message, for example by a DeployerRole.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(),
    when=When.STACK,
    options=DeployerGrants,
    check=_check,
    sources=("S0", "S3", "S4", "S29"),
)
