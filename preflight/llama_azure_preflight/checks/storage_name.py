"""PF-NAME-001: the storage account's name is free."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.resource_types import STORAGE_ACCOUNT
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._names import judge_global_name
from llama_azure_preflight.questions import GroupResources, StorageAccountName
from llama_azure_preflight.stack import Stack

_REMEDY = "rename the hub or the resource group, from which the name is derived, or give llama-azure:hub.storageAccount"


def cases(stack: Stack) -> Iterator[Case]:
    """The storage account that the stack makes."""
    account = stack.plan.hub.made(STORAGE_ACCOUNT)
    if account is not None:
        yield Case(
            account.name, partial(judge_global_name, stack, account.id, StorageAccountName(account.name), _REMEDY)
        )


CHECK = Check(
    id="PF-NAME-001",
    title="The storage account's name is free",
    asks="Whether the derived name is free in all of Azure, or held by the stack's own account.",
    remedy=_REMEDY,
    questions=(GroupResources, StorageAccountName),
    cases=cases,
    hints=(Hint(code="StorageAccountAlreadyTaken"),),
)
