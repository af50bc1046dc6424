"""PF-NAME-009: no deleted Foundry resource holds the name, unless it is restored on purpose."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.foundry import foundry_limits
from llama_azure_core.plan import FoundryAccount, Owner
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._scopes import found_in_group
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import DeletedAccounts, GroupResources
from llama_azure_preflight.stack import Stack

_REMEDY = (
    "restore it (llama-azure:foundry.restore: true), or purge it, which takes a right at the subscription: "
    "az cognitiveservices account purge --name {name} --resource-group {group} --location {region}; or rename"
)


def cases(stack: Stack) -> Iterator[Case]:
    """The account that the stack makes."""
    account = stack.plan.foundry
    if account is not None and account.owner is Owner.STACK:
        yield Case(account.name, partial(judge, stack, account))


def judge(stack: Stack, account: FoundryAccount, answers: Answers) -> Verdict:
    """A deleted account keeps its name and its deployments' quota for days, unless it is purged (source S208)."""
    name = account.name
    if found_in_group(stack, account.id, answers) is not None:
        return passed(f"{name} is there, so that no deleted one holds its name")
    held = next((one for one in answers.of(DeletedAccounts()) if one.name.casefold() == name.casefold()), None)
    if held is None:
        return passed(f"no deleted account holds the name {name}")
    said = f"a deleted account in {held.region} holds the name {name}, and its deployments' quota"
    if not account.arguments.get("restore"):
        days = foundry_limits()["softDeleteDays"]
        remedy = _REMEDY.format(name=held.name, group=held.group, region=held.region)
        return failed(f"{said}, for up to {days} days", remedy)
    if held.region != stack.plan.region or held.group.casefold() != stack.plan.group.casefold():
        return failed(
            f"{said}; it lay in {held.group}, {held.region}, and is restored nowhere else",
            f"set llama-azure:resourceGroup to {held.group} and azure-native:location to {held.region}, or rename",
        )
    return passed(f"{said}: it is restored")


CHECK = Check(
    id="PF-NAME-009",
    title="No deleted Foundry resource holds the name",
    asks="The accounts of the subscription that were deleted and can be restored.",
    remedy=_REMEDY.format(name="<name>", group="<group>", region="<region>"),
    questions=(GroupResources, DeletedAccounts),
    cases=cases,
    hints=(
        Hint(
            code="FlagMustBeSetForRestore",
            source=("S208",),
            remedy=(
                "an account of this name is deleted and keeps it: restore it (restore: true), purge it (`az "
                "cognitiveservices account purge`), or choose another name"
            ),
        ),
    ),
)
