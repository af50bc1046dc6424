"""PF-MDL-004: the account's region lists each deployment's model, version, SKU and capacity."""

from collections.abc import Iterator

from llama_azure_core.models_api import ListedModel
from llama_azure_core.plan import Endpoint, FoundryAccount
from llama_azure_core.regions import region_display_name
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._foundry import account_region, deployment_cases, listed_versions
from llama_azure_preflight.findings import Verdict, failed, passed, unknown
from llama_azure_preflight.questions import FoundryModels, GroupResources, ResourceById
from llama_azure_preflight.stack import Stack

_REMEDY = "take a version, a SKU and a capacity that the region lists, or another region"


def cases(stack: Stack) -> Iterator[Case]:
    """Each deployment of a Foundry resource."""
    return deployment_cases(stack, judge)


def judge(stack: Stack, account: FoundryAccount, endpoint: Endpoint, answers: Answers) -> Verdict:
    """The models API lists a model once for each version, with its SKUs and their capacities."""
    region = account_region(stack, account, answers)
    place, wished = region_display_name(region), endpoint.arguments
    if not answers.of(FoundryModels(region)):
        return unknown(f"Azure lists no models at all in {place}", "run preflight again; an empty list is no answer")
    versions = listed_versions(endpoint, region, answers)
    if not versions:
        return failed(
            f"Azure does not list {wished['model_name']} of the format {wished['model_format']} in {place}",
            "set azure-native:location to a region that lists it, or choose another model",
        )
    version = next((one for one in versions if one.version == wished["model_version"]), None)
    if version is None:
        there = ", ".join(one.version for one in versions)
        return failed(
            f"Azure lists no version {wished['model_version']} of {wished['model_name']} in {place}, but {there}",
            f"set foundry.version to one of: {there}; or refresh-catalogue, from which the default is taken",
        )
    return _of_version(version, endpoint, place)


def _of_version(version: ListedModel, endpoint: Endpoint, place: str) -> Verdict:
    wished = endpoint.arguments
    said = f"version {version.version} of {version.name}"
    sku = version.sku(wished["sku_name"])
    if sku is None:
        there = ", ".join(one.name for one in version.skus or ()) or "none"
        return failed(
            f"Azure lists {said} in {place} as {there}, not as {wished['sku_name']}",
            f"set foundry.sku to one of: {there}",
        )
    least, most = sku.capacity.minimum or 1, sku.capacity.maximum
    if wished["capacity"] < least or (most is not None and wished["capacity"] > most):
        limits = f"exactly {least}" if least == most else f"{least} to {most}" if most else f"at least {least}"
        return failed(f"{said} takes a capacity of {limits} as {sku.name}, not {wished['capacity']}",
                      f"set foundry.capacity to {limits}")  # fmt: skip
    return passed(f"Azure lists {said} in {place} as {sku.name}, with a capacity of {wished['capacity']}")


CHECK = Check(
    id="PF-MDL-004",
    title="The Foundry deployment is offered in the region",
    asks="The models API of the account's region: whether it lists the model, its version, its SKU and the capacity.",
    remedy=_REMEDY,
    questions=(FoundryModels, GroupResources, ResourceById),
    cases=cases,
    hints=(
        Hint(code="InvalidCapacity", source=("S201",)),
        Hint(code="DeploymentModelNotSupported", source=("S211",)),
        Hint(code="InvalidResourceProperties", text="The specified SKU '[^']*' for model", source=("S211",)),
    ),
)
