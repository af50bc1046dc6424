"""Names that Azure accepts: one rule set per kind of resource (``facts/names.yaml``).

A derived name is a pure function of its words and of where it must be unique, so a
preview, a preflight check and the deployment all speak of the same name.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from llama_azure_core._facts import load_facts

_SUFFIX_LENGTH = 6


class NameKind(StrEnum):
    """The kinds of resource that this project names; the values are the keys of ``facts/names.yaml``."""

    RESOURCE_GROUP = "resourceGroup"
    WORKSPACE = "workspace"
    MARKETPLACE_SUBSCRIPTION = "marketplaceSubscription"
    SERVERLESS_ENDPOINT = "serverlessEndpoint"
    STORAGE_ACCOUNT = "storageAccount"
    KEY_VAULT = "keyVault"
    LOG_ANALYTICS_WORKSPACE = "logAnalyticsWorkspace"
    APPLICATION_INSIGHTS = "applicationInsights"
    ACTION_GROUP = "actionGroup"
    ONLINE_ENDPOINT = "onlineEndpoint"
    ONLINE_DEPLOYMENT = "onlineDeployment"
    CONTAINER_REGISTRY = "containerRegistry"
    CONNECTION = "connection"
    FOUNDRY_ACCOUNT = "foundryAccount"
    FOUNDRY_PROJECT = "foundryProject"
    FOUNDRY_DEPLOYMENT = "foundryDeployment"
    CONTENT_FILTER = "contentFilter"
    BLOCKLIST = "blocklist"
    FOUNDRY_CONNECTION = "foundryConnection"
    VIRTUAL_NETWORK = "virtualNetwork"
    CONTAINER_APP = "containerApp"
    POSTGRES_SERVER = "postgresServer"
    MANAGED_REDIS = "managedRedis"
    API_MANAGEMENT_API = "apiManagementApi"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRule:
    """What Azure asks of one kind of name."""

    pattern: str
    max_length: int
    separator: str
    unique_in: str
    source: Sequence[str]


_FIELDS = {"maxLength": "max_length", "uniqueIn": "unique_in"}


@cache
def name_rule(kind: NameKind) -> NameRule:
    """Return the rule of a kind of name."""
    row = load_facts("names")[kind.value]
    # No model of pydantic's: the sandbox's azure-native plugin needs these rules, and would load it for them alone.
    return NameRule(**{_FIELDS.get(name, name): value for name, value in row.items()})


def name_problem(kind: NameKind, name: str) -> str | None:
    """Return what is wrong with ``name`` as a name of this kind, for a person to read; ``None`` if nothing is."""
    rule = name_rule(kind)
    if re.fullmatch(rule.pattern, name):
        return None
    return f"{name!r} is not a valid name for a {kind.value}: it must match {rule.pattern}"


def unique_suffix(*scope: str) -> str:
    """Return six lower-case letters and digits that are always the same for the same scope.

    The scope is what tells two deployments of the same words apart, for example the
    subscription id, the resource group and the project. Thirty bits: a clash within
    one region stays below one in ten thousand up to some 450 deployments of one name.
    """
    digest = hashlib.sha256("\0".join(part.casefold() for part in scope).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:_SUFFIX_LENGTH]


def derive_name(kind: NameKind, *words: str, scope: tuple[str, ...] = ()) -> str:
    """Build a valid name from ``words``, cut to length, ending in a suffix made from ``scope`` if there is one.

    ``derive_name(NameKind.SERVERLESS_ENDPOINT, "Meta-Llama-3-8B-Instruct", scope=("sub", "rg"))``
    gives ``meta-llama-3-8b-instruct-`` and six characters. Dots, underscores and other
    characters that some kind refuses become separators.

    Raises:
        ValueError: no valid name can be made of these words (they hold no letter or digit, say).
    """
    rule = name_rule(kind)
    suffix = rule.separator + unique_suffix(*scope) if scope else ""
    pieces = re.findall(r"[a-z0-9]+", " ".join(words).lower())
    stem = rule.separator.join(pieces)[: rule.max_length - len(suffix)].rstrip("-")
    name = stem + suffix
    problem = name_problem(kind, name)
    if problem is not None:
        raise ValueError(f"No name can be derived from {' '.join(words)!r}: {problem}")
    return name
