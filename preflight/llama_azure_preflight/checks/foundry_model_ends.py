"""PF-MDL-005: Azure names no day on which a deployment ends soon."""

import datetime as dt
from collections.abc import Iterator

from llama_azure_core.lifecycle import NOTICE_DAYS, End, model_of_row, remedy_at_end
from llama_azure_core.models_api import ListedModel
from llama_azure_core.plan import Endpoint, FoundryAccount
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._foundry import (
    account_region,
    deployment_cases,
    deployments_there,
    listed_version,
    row_of,
)
from llama_azure_preflight.findings import Verdict, failed, passed, warned
from llama_azure_preflight.questions import FoundryDeployments, FoundryModels, GroupResources, ResourceById
from llama_azure_preflight.stack import Stack

_REMEDY = "move callers to a model or a version that remains"
_OLD = ("deprecating", "deprecated", "legacy")


def cases(stack: Stack) -> Iterator[Case]:
    """Each deployment of a Foundry resource."""
    return deployment_cases(stack, judge)


def judge(stack: Stack, account: FoundryAccount, endpoint: Endpoint, answers: Answers) -> Verdict:
    """The days that the models API names, on the stack's dates; a deployment that is there goes on until its end."""
    version = listed_version(endpoint, account_region(stack, account, answers), answers)
    if version is None:
        return passed("Azure names no day, for it does not list the version: see PF-MDL-004")
    ends = sorted(_ends(version, endpoint), key=lambda end: end.day)
    on = max(stack.dates)
    come = [end for end in ends if end.has_come(on)]
    remedy = _remedy(endpoint, version, on)
    if come:
        there = endpoint.id.casefold() in {one.id.casefold() for one in deployments_there(stack, account, answers)}
        told = f"{come[0].told(on)}"
        return warned(f"{told}. {endpoint.name} is there already", remedy) if there else failed(told, remedy)
    near = [end for end in ends if end.is_near(on)]
    if near:
        return warned(near[0].told(on), remedy)
    if version.lifecycle_status.casefold() in _OLD:
        told = f"Azure calls version {version.version} of {version.name} {version.lifecycle_status}, and names no day"
        return warned(told, remedy)
    named = f"the first day that Azure names is {ends[0].day}" if ends else "Azure names no day"
    return passed(f"version {version.version} of {version.name} can be deployed on {on}; {named}")


def _ends(version: ListedModel, endpoint: Endpoint) -> Iterator[End]:
    subject = f"version {version.version} of {version.name}"
    if version.inference_ends is not None:
        yield End(subject, "is retired", version.inference_ends)
    sku = version.sku(endpoint.arguments["sku_name"])
    if sku is not None and sku.deprecation_date is not None:
        yield End(f"{subject} as {sku.name}", "is no longer served", sku.deprecation_date.date())


def _remedy(endpoint: Endpoint, version: ListedModel, on: dt.date) -> str:
    named = version.replacement_config
    if named is not None and named.target_model_name:
        target = " ".join(filter(None, (named.target_model_name, named.target_model_version)))
        return f"Azure names {target} in its place; {_REMEDY}"
    row = row_of(endpoint)
    if model_of_row(row) is None:
        return _REMEDY
    return f"{_REMEDY}. {remedy_at_end(row, row.version(version.version) or row.default_version, on)}"


CHECK = Check(
    id="PF-MDL-005",
    title="The Foundry deployment does not end soon",
    asks=f"The days that the models API names for each deployment's version and SKU, {NOTICE_DAYS} days ahead. "
    "PF-MDL-002 judges by the days of the facts.",
    remedy=_REMEDY,
    questions=(FoundryModels, GroupResources, ResourceById, FoundryDeployments),
    cases=cases,
    always_shown=True,
    hints=(Hint(code="ServiceModelDeprecated"),),
)
