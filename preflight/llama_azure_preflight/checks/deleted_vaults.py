"""PF-NAME-006: no deleted key vault holds the name."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.resource_types import KEY_VAULT
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import DeletedVaults
from llama_azure_preflight.stack import Stack

_REMEDY = (
    "az keyvault purge --name {name} --location {region}, or az keyvault recover --name {name}; with purge protection, "
    "which forbids the first, also another name: llama-azure:hub.keyVaultName"
)


def cases(stack: Stack) -> Iterator[Case]:
    """The key vaults that the stack makes: the hub's and the gateway's."""
    for vault in stack.plan.made(KEY_VAULT):
        yield Case(vault.name, partial(judge, vault.name))


def judge(name: str, answers: Answers) -> Verdict:
    """A deleted vault keeps its name until it is purged or its retention is over."""
    holders = [(vault, region) for vault, region in answers.of(DeletedVaults()) if vault.casefold() == name.casefold()]
    if holders:
        vault, region = holders[0]
        return failed(
            f"a deleted key vault in {region} holds the name {vault}", _REMEDY.format(name=vault, region=region)
        )
    return passed(f"no deleted key vault of this subscription holds the name {name}")


CHECK = Check(
    id="PF-NAME-006",
    title="No soft-deleted key vault holds the name",
    asks="The key vaults of the subscription that were deleted and can be recovered.",
    remedy=_REMEDY.format(name="<name>", region="<region>"),
    questions=(DeletedVaults,),
    cases=cases,
    hints=(Hint(text="vault with the same name already exists in deleted state"),),
)
