"""Rule: nobody is given a role that is broader than needed."""

from collections.abc import Iterator

from llama_azure_core import resource_types as types
from llama_azure_core.rbac import built_in_role
from llama_azure_core.resource_ids import name_of
from llama_guardrails.resource_types import ROLE_ASSIGNMENT, ROLE_ELIGIBILITY
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._grants import ROLE_ID

_DEFINITIONS = f"/subscriptions/<id>/providers/{types.ROLE_DEFINITION}"


class BroadRoles(Options):
    """The options of the rule."""

    roles: tuple[str, ...] = (
        "Owner",
        "Contributor",
        "User Access Administrator",
        "Role Based Access Control Administrator",
    )
    """The built-in roles that are too broad, by name. Default: Owner, Contributor and those that grant roles."""


def _check(case: Case[BroadRoles]) -> Iterator[Problem]:
    role = built_in_role(name_of(case.resource.text(ROLE_ID) or ""))
    if role is not None and role.name.casefold() in {name.casefold() for name in case.options.roles}:
        yield Problem(ROLE_ID, f"It grants {role.name}, which is more than deploying or using models takes.")


RULE = Rule(
    id="LLA-IAM-002",
    name="no-broad-role-assignment",
    title="No assignment grants Owner, Contributor or a role that grants roles, nor lets anybody activate one.",
    why=(
        "A workload that serves prompts may be talked into using whatever it may use. What it may do is therefore a "
        "matter of safety, and no default of a platform."
    ),
    remedy="Assign a role with the actions that are needed, for example by a DeployerRole, or Azure AI Developer.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(ROLE_ASSIGNMENT, ROLE_ELIGIBILITY),
    options=BroadRoles,
    check=_check,
    sources=("S20", "S21"),
    example=Example(
        ROLE_ASSIGNMENT,
        ROLE_ID,
        good=f"{_DEFINITIONS}/64702f94-c441-49e6-a78b-ef80e0188fee",
        bad=f"{_DEFINITIONS}/b24988ac-6180-42a0-ab88-20f7382dd24c",
    ),
)
