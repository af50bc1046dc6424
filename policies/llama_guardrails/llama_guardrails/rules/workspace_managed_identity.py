"""Rule: a workspace has a managed identity."""

from collections.abc import Iterator

from llama_guardrails.resource_types import WORKSPACE
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_TYPE = "identity.type"


class IdentityKind(Options):
    """The options of the rule."""

    user_assigned: bool = False
    """Whether the identity must be a user-assigned one, as Azure's own policy asks. Default: false."""


def _check(case: Case[IdentityKind]) -> Iterator[Problem]:
    identity = (case.resource.text(_TYPE) or "None").casefold()
    if identity == "none":
        yield Problem(_TYPE, "The workspace has no managed identity.")
    elif case.options.user_assigned and "userassigned" not in identity:
        yield Problem(_TYPE, "The workspace has no user-assigned identity.")


RULE = Rule(
    id="LLA-IAM-006",
    name="workspace-managed-identity",
    title="Hubs and projects have a managed identity.",
    why="Without one a workspace reaches its storage and its key vault by keys, which leak.",
    remedy="Set identity.type to SystemAssigned or UserAssigned.",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(WORKSPACE,),
    options=IdentityKind,
    check=_check,
    covers=("AZR-000407", "Azure Policy 5f0c7d88"),
    example=Example(WORKSPACE, "identity", good={"type": "SystemAssigned"}, bad=None),
)
