"""Rule: a hub's datastores use identities."""

from collections.abc import Iterator

from llama_guardrails.resource_types import WORKSPACE
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._workspaces import own_by_hub

_MODE = "systemDatastoresAuthMode"


def _check(case: Case[Options]) -> Iterator[Problem]:
    own_by_hub(case.resource)
    if not case.resource.says(_MODE, "Identity", "UserDelegationSAS"):
        yield Problem(_MODE, "The hub's datastores use the storage account's key.")


RULE = Rule(
    id="LLA-AUT-005",
    name="workspace-datastores-by-identity",
    title="A hub's datastores sign in to storage by identities, not by the account's key.",
    why="With the account's key whoever uses the hub reads everything of every project.",
    remedy="Set systemDatastoresAuthMode to Identity and give users a role on the storage account.",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(WORKSPACE,),
    options=Options,
    check=_check,
    sources=("S29",),
    example=Example(WORKSPACE, _MODE, good="Identity", bad="AccessKey"),
)
