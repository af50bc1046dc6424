"""Rule: a deployer's custom role holds nothing that deploying does not take."""

from collections.abc import Iterator

from llama_azure_core.rbac import deployer_permissions, excess_actions
from llama_guardrails.resource_types import ROLE_ASSIGNMENT
from llama_guardrails.rule import Case, Level, Problem, Rule, Severity, When
from llama_guardrails.rules._deployers import Deployers, all_deployers
from llama_guardrails.rules._grants import ROLE_ID, assigned_role
from llama_guardrails.view import NotApplicable

_SUBSCRIPTION_STEPS, _GROUP_STEPS = 2, 4


class NeededActions(Deployers):
    """The options of the rule."""

    also_needed: tuple[str, ...] = ()
    """Actions that deployers need here beside those that deploying takes; `*` stands for any characters. Default:
    none."""


def _check(case: Case[NeededActions]) -> Iterator[Problem]:
    deployers = {one.principal_id.casefold() for one in all_deployers(case.context, case.options)}
    if (case.resource.text("principalId") or "").casefold() not in deployers:
        raise NotApplicable("it is no deployer's")
    needed = (*_needed(case.resource.text("scope") or ""), *case.options.also_needed)
    excess = [action for role in assigned_role(case.resource, case.estate) for action in excess_actions(role, needed)]
    if excess:
        yield Problem(ROLE_ID, f"Beyond what deploying takes at this scope, the role permits {', '.join(excess)}.")


def _needed(scope: str) -> tuple[str, ...]:
    takes = deployer_permissions()
    in_project = (*takes.project, *takes.project_arm_spelling, *takes.project_managed_compute)
    match len(scope.strip("/").split("/")):
        case steps if steps <= _SUBSCRIPTION_STEPS:
            return takes.subscription
        case steps if steps <= _GROUP_STEPS:
            return (*takes.resource_group, *in_project)
        case _:
            return in_project


RULE = Rule(
    id="LLA-IAM-004",
    name="deployer-has-no-excess",
    title="What a deployer is assigned permits nothing beyond what deploying takes at its scope.",
    why="A role grows by one action at a time. Measured against the documented list, each addition shows.",
    remedy="Remove the actions in the message from the role, or list them under alsoNeeded with a review.",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(ROLE_ASSIGNMENT,),
    when=When.STACK,
    options=NeededActions,
    check=_check,
    sources=("S0", "S3", "S4"),
)
