"""PF-NAME-008: the Foundry resource's name, which is its custom subdomain, is free."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.plan import Owner
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._names import judge_global_name
from llama_azure_preflight.questions import GroupResources, Subdomain
from llama_azure_preflight.stack import Stack

_REMEDY = "give llama-azure:foundry.name another value; PF-NAME-009 tells whether a deleted account of yours holds it"


def cases(stack: Stack) -> Iterator[Case]:
    """The account that the stack makes; one that is restored holds its name itself."""
    account = stack.plan.foundry
    if account is not None and account.owner is Owner.STACK and not account.arguments.get("restore"):
        question = Subdomain(account.name)
        yield Case(account.name, partial(judge_global_name, stack, account.id, question, _REMEDY))


CHECK = Check(
    id="PF-NAME-008",
    title="The Foundry resource's name is free",
    asks="Whether the name is free as a custom subdomain in all of Azure, or the stack's own account holds it.",
    remedy=_REMEDY,
    questions=(GroupResources, Subdomain),
    cases=cases,
    hints=(Hint(code="CustomDomainInUse", checks=("PF-NAME-009",)),),
)
