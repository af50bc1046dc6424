"""PF-QTA-002: the counters of capacity have room for the stack's Foundry deployments."""

from collections.abc import Iterator, Mapping
from functools import partial

from llama_azure_core.foundry import usage_counters
from llama_azure_core.plan import FoundryAccount
from llama_azure_core.plan.capacity import can_be_had
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._foundry import account_region, counter_of, deployments_there
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import (
    DeletedAccounts,
    FoundryDeployments,
    FoundryModels,
    FoundryUsages,
    GroupResources,
    ResourceById,
)
from llama_azure_preflight.questions.foundry import CapacityUsage
from llama_azure_preflight.stack import Stack

_REMEDY = "take less capacity (foundry.capacity), delete deployments that are not used, or ask for quota"
_POOLED = (
    "take less capacity (foundry.capacity), delete deployments that are not used, in whichever region, or ask for "
    "quota; the counter is the whole subscription's, so that another region has the same"
)


def cases(stack: Stack) -> Iterator[Case]:
    """Each counter that the stack's deployments take capacity from, as the catalogue names it."""
    account = stack.plan.foundry
    if account is not None:
        for counter in dict.fromkeys(one.counter for one in account.endpoints if one.counter):
            yield Case(counter, partial(judge, stack, account, counter))


def judge(stack: Stack, account: FoundryAccount, counter: str, answers: Answers) -> Verdict:
    """All the stack's deployments of a counter are added up; what its own hold already is no more wanted."""
    region = account_region(stack, account, answers)
    # The counter that Azure names today decides, not the one of the catalogue's date.
    first = next(one for one in account.endpoints if one.counter == counter)
    named = counter_of(first, region, answers)
    wished = {one.id.casefold(): one.capacity for one in account.endpoints if counter_of(one, region, answers) == named}
    usage: CapacityUsage | None = answers.of(FoundryUsages(region)).get(named.casefold())
    if usage is None:
        return failed(f"Azure lists no counter {named} in {region}: its limit is 0", _REMEDY)
    wanted, free = sum(wished.values()), usage.limit - usage.used
    if wanted > free:  # only then does it matter what the stack's own deployments hold already
        wanted = _beside_what_is_held(stack, account, wished, answers)
    said = f"{wanted} more units of {named} are needed, {free} of {usage.limit} are free ({usage.used} in use by all)"
    if wanted <= free:
        return passed(said)
    is_pooled = usage.scope.casefold() in ("global", "datazone") if usage.scope else _is_pooled(named)
    deleted = [f"{one.name} ({one.region})" for one in answers.of(DeletedAccounts())] if usage.used else []
    held = f"; deleted accounts hold theirs until they are purged: {', '.join(deleted)}" if deleted else ""
    own = sum(wished.values())
    had = can_be_had([one for one in account.endpoints if one.id.casefold() in wished], own, own - wanted + free)
    return failed(f"{said}{held}{had}", _POOLED if is_pooled else f"{_REMEDY}, or take another region")


def _beside_what_is_held(stack: Stack, account: FoundryAccount, wished: Mapping[str, int], answers: Answers) -> int:
    held = {one.id.casefold(): one.capacity for one in deployments_there(stack, account, answers)}
    return sum(max(0, capacity - held.get(key, 0)) for key, capacity in wished.items())


def _is_pooled(counter: str) -> bool:
    known = usage_counters().get(counter)
    return known is not None and known.is_pooled


CHECK = Check(
    id="PF-QTA-002",
    title="Capacity for Foundry deployments",
    asks="The counter that Azure names for each deployment's SKU, its limit, and what all deployments of the region, "
    "or where it is pooled of the subscription, take of it; what the stack's own take already; deleted accounts.",
    remedy=_REMEDY,
    questions=(FoundryUsages, FoundryModels, FoundryDeployments, DeletedAccounts, GroupResources, ResourceById),
    cases=cases,
    hints=(Hint(code="InsufficientQuota", text=r"quota \S", source=("S210",)),),
)
