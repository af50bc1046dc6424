"""The Foundry resource that something lies in, and the model that a deployment runs."""

from collections.abc import Hashable
from dataclasses import dataclass

from llama_azure_core.catalogue import model_reference
from llama_azure_core.foundry import FoundryModel, FoundrySku, FoundryVersion, catalogue_date
from llama_azure_core.lifecycle import foundry_model
from llama_guardrails.estate import Estate
from llama_guardrails.resource_types import AI_SERVICES_ACCOUNT
from llama_guardrails.view import NotApplicable, Resource, Undecided

MODEL = "properties.model.name"
VERSION = "properties.model.version"
FORMAT = "properties.model.format"
SKU = "sku.name"
CAPACITY = "sku.capacity"
_ACCOUNT = "accountName"
_META = "Meta"


@dataclass(frozen=True, slots=True)
class AccountPlace:
    """The account that something lies in."""

    key: Hashable
    """The same for everything in the same account, however the program names it."""
    account: Resource | None
    """The account, where this stack declares it."""


def account_of(child: Resource, estate: Estate) -> AccountPlace:
    """Return the account of a deployment or of a connection.

    A name that is not known yet is found by what it depends on: the account that it is the output of.

    Raises:
        Undecided: neither the name is known nor the one account that it comes from.
    """
    try:
        key = _key(child)
    except Undecided as unknown:
        origins = list(estate.origins_of(child, unknown.path, AI_SERVICES_ACCOUNT))
        if len(origins) != 1:
            raise
        return AccountPlace(_own_key(origins[0]), origins[0])
    found = (one for one in estate.of_type(AI_SERVICES_ACCOUNT) if _own_key(one) == key)
    return AccountPlace(key, next(found, None))


def is_of_account(resource: Resource, path: str, account: Resource, estate: Estate) -> bool:
    """Whether a property holds the id of an account, by value or by dependency.

    Raises:
        Undecided: neither is known.
    """
    if account in estate.origins_of(resource, path, AI_SERVICES_ACCOUNT):
        return True
    if estate.is_made_of_others(resource, path, AI_SERVICES_ACCOUNT):
        return False
    group, name = account.text("resourceGroupName") or "", account.text("accountName") or ""
    named = (resource.text(path) or "").casefold()
    return f"/resourcegroups/{group}/".casefold() in named and named.endswith(f"/accounts/{name}".casefold())


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment's model as the catalogue has it."""

    row: FoundryModel
    version: FoundryVersion
    sku: FoundrySku | None
    """``None`` where the version is not offered as the deployment's SKU."""
    sku_name: str


def meta_model_name(deployment: Resource) -> str:
    """Return the name of a deployment's model.

    Raises:
        NotApplicable: the model is not of the format Meta, or none is named.
        Undecided: its format or its name is not known yet.
    """
    if not deployment.says(FORMAT, _META):
        raise NotApplicable("the model is not of the format Meta")
    name = deployment.text(MODEL)
    if not name:
        raise NotApplicable("no model is named")
    return name


def deployed(deployment: Resource) -> Deployed:
    """Return what a deployment runs.

    Raises:
        NotApplicable: the model is not of the format Meta, none is named, or no Foundry resource offers it.
        Undecided: something that decides is not known yet, or not in the catalogue, of which Azure's may be ahead.
    """
    name = meta_model_name(deployment)
    row = foundry_model(_META, name)
    if row is None:
        reference = model_reference(name)
        if reference is not None and reference.model is not None:
            raise NotApplicable("the model is not offered as a deployment: LLA-REG-005 says so")
        raise _not_listed(MODEL, f"no model {name}")
    wanted = deployment.text(VERSION)
    version = row.default_version if wanted is None else row.version(wanted)
    if version is None:
        raise _not_listed(VERSION, f"no version {wanted} of {row.name}")
    sku_name = deployment.text(SKU) or ""
    return Deployed(row, version, version.sku(sku_name), sku_name)


def _not_listed(path: str, what: str) -> Undecided:
    reason = f"the catalogue of {catalogue_date()} has {what}: refresh-catalogue reads it anew from Azure"
    return Undecided(path, reason=reason)


def _key(resource: Resource) -> Hashable:
    name, group = resource.text(_ACCOUNT) or "", resource.text("resourceGroupName") or ""
    return (group.casefold(), name.casefold())


def _own_key(account: Resource) -> Hashable:
    """Return the resource group and the name of an account, or its URN where they are not known yet."""
    try:
        return _key(account)
    except Undecided:
        return account.urn
