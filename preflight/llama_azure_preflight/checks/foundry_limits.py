"""PF-LIM-002: Azure's limits on accounts, projects and deployments of Foundry resources hold."""

from collections.abc import Iterable, Iterator
from functools import partial

from llama_azure_core.foundry import foundry_limits
from llama_azure_core.plan import FoundryAccount, Owner
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._foundry import account_there, deployments_there
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import (
    FoundryDeployments,
    FoundryProjects,
    GroupResources,
    ResourceById,
    SubscriptionResources,
)
from llama_azure_preflight.stack import Stack

_REMEDY = "delete what is not used, or put some into another account"


def cases(stack: Stack) -> Iterator[Case]:
    """Each limit that the stack comes nearer to."""
    account = stack.plan.foundry
    if account is None:
        return
    yield Case(f"deployments of {account.name}", partial(judge_deployments, stack, account))
    yield Case(f"projects of {account.name}", partial(judge_projects, stack, account))
    if account.owner is Owner.STACK:
        yield Case(f"accounts in {stack.plan.region}", partial(judge_accounts, stack, account))


def judge_deployments(stack: Stack, account: FoundryAccount, answers: Answers) -> Verdict:
    """Count the account's deployments, whoever made them, and what comes to them."""
    there = [one.id for one in deployments_there(stack, account, answers)]
    return _counted("deployments", there, [one.id for one in account.endpoints], "deploymentsPerAccount")


def judge_projects(stack: Stack, account: FoundryAccount, answers: Answers) -> Verdict:
    """Count the account's projects, and what comes to them."""
    is_there = account_there(stack, account, answers) is not None
    there = answers.of(FoundryProjects(account.id)) if is_there else ()
    return _counted("projects", there, [one.id for one in account.projects], "projectsPerAccount")


def judge_accounts(stack: Stack, account: FoundryAccount, answers: Answers) -> Verdict:
    """Count the accounts of the subscription in the region, of every kind."""
    kind = AI_SERVICES_ACCOUNT.casefold()
    listed = answers.of(SubscriptionResources())
    there = [one.id for one in listed if one.type == kind and one.region == stack.plan.region]
    return _counted("accounts", there, [account.id], "accountsPerRegion")


def _counted(what: str, there: Iterable[str], wanted: Iterable[str], limit: str) -> Verdict:
    held, most = {one.casefold() for one in there}, foundry_limits()[limit]
    new = [one for one in wanted if one.casefold() not in held]
    said = f"{len(held)} {what} are there and {len(new)} come to them; the limit is {most}"
    return failed(said, _REMEDY) if new and len(held) + len(new) > most else passed(said)


CHECK = Check(
    id="PF-LIM-002",
    title="Limits of Foundry resources",
    asks="How many deployments and projects the account has, and the subscription accounts in the region.",
    remedy=_REMEDY,
    questions=(FoundryDeployments, FoundryProjects, SubscriptionResources, GroupResources, ResourceById),
    cases=cases,
    hints=(
        Hint(
            code="InsufficientQuota",
            checks=("PF-QTA-002",),
            remedy="delete accounts that are not used, purge deleted ones, or make the account in another region",
            source=("S210",),
        ),
    ),
)
