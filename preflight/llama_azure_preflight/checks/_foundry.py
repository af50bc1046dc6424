"""What the checks of a Foundry resource have in common: the account, its region, and what the region lists."""

from collections.abc import Callable, Iterator
from functools import partial

from llama_azure_core.foundry import FoundryModel, foundry_models
from llama_azure_core.models_api import ListedModel
from llama_azure_core.plan import Endpoint, FoundryAccount, Owner
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case
from llama_azure_preflight.checks._scopes import found_in_group
from llama_azure_preflight.findings import Verdict
from llama_azure_preflight.questions import FoundryDeployments, FoundryModels, Listed, ResourceById
from llama_azure_preflight.questions.foundry import FoundryDeployment
from llama_azure_preflight.stack import Stack


def deployment_cases(
    stack: Stack, judge: Callable[[Stack, FoundryAccount, Endpoint, Answers], Verdict]
) -> Iterator[Case]:
    """Return a case for each of the stack's deployments of a Foundry resource."""
    account = stack.plan.foundry
    if account is not None:
        for endpoint in account.endpoints:
            subject = f"{endpoint.arguments['model_name']} ({endpoint.name})"
            yield Case(subject, partial(judge, stack, account, endpoint))


def row_of(endpoint: Endpoint) -> FoundryModel:
    """Return the catalogue's row of a deployment's model."""
    return foundry_models()[endpoint.arguments["model_name"]]


def account_there(stack: Stack, account: FoundryAccount, answers: Answers) -> Listed | None:
    """Return the account as Azure has it, or ``None`` where it is not there."""
    if account.owner is Owner.STACK:
        return found_in_group(stack, account.id, answers)
    found: Listed | None = answers.of(ResourceById(account.id))
    return found


def account_region(stack: Stack, account: FoundryAccount, answers: Answers) -> str:
    """Return the region of the account: the stack's, or that of an account that others made."""
    if account.owner is Owner.STACK:
        return stack.plan.region
    found = account_there(stack, account, answers)
    return stack.plan.region if found is None or not found.region else found.region


def deployments_there(stack: Stack, account: FoundryAccount, answers: Answers) -> tuple[FoundryDeployment, ...]:
    """Return the account's deployments; none where the account is not there."""
    if account_there(stack, account, answers) is None:
        return ()
    found: tuple[FoundryDeployment, ...] = answers.of(FoundryDeployments(account.id))
    return found


def listed_versions(endpoint: Endpoint, region: str, answers: Answers) -> tuple[ListedModel, ...]:
    """Return the versions of a deployment's model that a region lists."""
    wanted = endpoint.arguments["model_format"], endpoint.arguments["model_name"]
    return tuple(one for one in answers.of(FoundryModels(region)) if one.is_model(*wanted))


def listed_version(endpoint: Endpoint, region: str, answers: Answers) -> ListedModel | None:
    """Return a deployment's own version as a region lists it."""
    wanted = endpoint.arguments["model_version"]
    return next((one for one in listed_versions(endpoint, region, answers) if one.version == wanted), None)


def counter_of(endpoint: Endpoint, region: str, answers: Answers) -> str:
    """Return the counter that Azure names for a deployment; the catalogue's where Azure lists no such SKU."""
    version = listed_version(endpoint, region, answers)
    sku = None if version is None else version.sku(endpoint.arguments["sku_name"])
    return endpoint.counter if sku is None or not sku.usage_name else sku.usage_name
