"""Rule: what holds data is protected from deletion."""

from collections.abc import Iterator

from llama_guardrails.estate import Estate
from llama_guardrails.resource_types import KEY_VAULT, LOCK_BY_SCOPE, LOCK_ON_GROUP, STORAGE_ACCOUNT, WORKSPACE
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.rules._workspaces import own_by_hub
from llama_guardrails.view import Resource


def _check(case: Case[Options]) -> Iterator[Problem]:
    if case.resource.type == WORKSPACE:
        own_by_hub(case.resource)
    if not case.resource.protect and not _is_locked(case.resource, case.estate):
        yield Problem("", "Neither Pulumi's protect nor a lock of Azure keeps it from being deleted.")


def _is_locked(resource: Resource, estate: Estate) -> bool:
    group = (resource.text("resourceGroupName") or "").casefold()
    for lock in estate.of_type(LOCK_ON_GROUP):
        if (lock.text("resourceGroupName") or "").casefold() == group and _forbids(lock):
            return True
    for lock in estate.of_type(LOCK_BY_SCOPE):
        scope = (lock.text("scope") or "").casefold()
        covers_group = scope.endswith(f"/resourcegroups/{group}")
        if (covers_group or estate.refers_to(lock, "scope", resource)) and _forbids(lock):
            return True
    return False


def _forbids(lock: Resource) -> bool:
    return lock.says("level", "CanNotDelete", "ReadOnly")


RULE = Rule(
    id="LLA-OPS-003",
    name="deletion-protection",
    title="Hubs, storage accounts and key vaults are protected from deletion.",
    why=(
        "A wrong stack name in a destroy takes the data of every project along. Pulumi's protect or a lock of Azure "
        "makes that two steps."
    ),
    remedy="Set llama-azure:deletionProtection, or lock the resource group.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(WORKSPACE, STORAGE_ACCOUNT, KEY_VAULT),
    when=When.STACK,
    options=Options,
    check=_check,
)
