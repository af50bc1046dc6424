"""Rule: nothing that holds what cannot be made again is deleted or replaced."""

from collections.abc import Iterator

from llama_guardrails.resource_types import AI_SERVICES_ACCOUNT, KEY_VAULT, STORAGE_ACCOUNT, WORKSPACE
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity

_OPERATIONS = {"delete": "deleted", "replace": "deleted and made anew"}
_WHAT = {
    STORAGE_ACCOUNT: ("storage account", "the files, data and logs of every project"),
    KEY_VAULT: ("key vault", "the secrets of every connection"),
    AI_SERVICES_ACCOUNT: ("Foundry account", "its projects and deployments"),
}


def _check(case: Case[Options]) -> Iterator[Problem]:
    done = _OPERATIONS.get(case.resource.operation)
    if done is None:
        return
    kind, holds = _WHAT.get(case.resource.type) or _workspace(str(case.resource.properties.get("kind", "")))
    named = ", ".join(case.resource.contents)
    yield Problem("", f"The {kind} {case.resource.azure_name} is to be {done}. It holds {named or holds}.")


def _workspace(kind: str) -> tuple[str, str]:
    if kind.casefold() == "hub":
        return ("hub", "its projects and connections")
    return ("project" if kind.casefold() == "project" else "workspace", "its endpoints and connections")


RULE = Rule(
    id="LLA-OPS-006",
    name="no-loss-of-data",
    title="No hub, project, storage account, key vault or Foundry account is deleted or replaced.",
    why=(
        "A changed region, name or hub in a stack's file is one word, and what Azure cannot change in place is deleted "
        "and made anew, empty. The engine tells no policy what it would delete or replace, so this rule is judged by "
        "`policy-report` alone, and with it by the comment on a pull request; `pulumi preview` and `pulumi up` with "
        "the pack show the replacement and do not judge it. There llama-azure:deletionProtection stops it."
    ),
    remedy=(
        "Take the change back, or move what is in it first and let an exemption that expires name the resource; "
        "a rename alone is an import under the new name and a removal from the state under the old one."
    ),
    severity=Severity.CRITICAL,
    level=Level.ADVISORY,
    types=(WORKSPACE, STORAGE_ACCOUNT, KEY_VAULT, AI_SERVICES_ACCOUNT),
    options=Options,
    check=_check,
)
