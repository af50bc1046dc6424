"""PF-NAME-002: the key vault's name is free."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.resource_types import KEY_VAULT
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._names import judge_global_name
from llama_azure_preflight.questions import GroupResources, VaultName
from llama_azure_preflight.stack import Stack

_REMEDY = (
    "rename the hub or the resource group, from which the name is derived, or give llama-azure:hub.keyVault, or "
    "llama-azure:gateway.keyVault, one that is there"
)


def cases(stack: Stack) -> Iterator[Case]:
    """The key vaults that the stack makes: the hub's and the gateway's."""
    for vault in stack.plan.made(KEY_VAULT):
        yield Case(vault.name, partial(judge_global_name, stack, vault.id, VaultName(vault.name), _REMEDY))


CHECK = Check(
    id="PF-NAME-002",
    title="The key vault's name is free",
    asks="Whether the derived name is free in all of Azure, or held by the stack's own vault.",
    remedy=_REMEDY,
    questions=(GroupResources, VaultName),
    cases=cases,
    hints=(Hint(code="VaultAlreadyExists", checks=("PF-NAME-006",)),),
)
