"""Rule: what holds data is protected from deletion."""

import re
from collections.abc import Iterator

from llama_azure_core import resource_types as types
from llama_guardrails.estate import Estate
from llama_guardrails.resource_types import KEY_VAULT, LOCK_BY_SCOPE, LOCK_ON_GROUP, STORAGE_ACCOUNT, WORKSPACE
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.rules._workspaces import own_by_hub
from llama_guardrails.view import Resource

_NAMES = {WORKSPACE: "workspaceName", STORAGE_ACCOUNT: "accountName", KEY_VAULT: "vaultName"}
_ARM_TYPES = {WORKSPACE: types.WORKSPACE, STORAGE_ACCOUNT: types.STORAGE_ACCOUNT, KEY_VAULT: types.KEY_VAULT}
_SUBSCRIPTION = re.compile(r"/subscriptions/[^/]+", re.IGNORECASE)


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
        if _forbids(lock) and (resource.urn in lock.property_dependencies.get("scope", ()) or _covers(lock, resource)):
            return True
    return False


def _covers(lock: Resource, resource: Resource) -> bool:
    """Whether a lock's scope is a resource, its resource group, or a subscription.

    The scope says in which subscription; that the resource lies in another one is not known to a stack.
    """
    scope = lock.text("scope") or ""
    group, name = resource.text("resourceGroupName") or "", resource.text(_NAMES[resource.type]) or ""
    own = f"/resourceGroups/{group}/providers/{_ARM_TYPES[resource.type]}/{name}"
    ends = _SUBSCRIPTION.sub("", scope.rstrip("/"), count=1)
    return bool(_SUBSCRIPTION.match(scope)) and ends.casefold() in (
        "",
        f"/resourcegroups/{group.casefold()}",
        own.casefold(),
    )


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
