"""Foundry resources as the data plane sees them: who may reach an account, its deployments, and what those filter."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llama_azure_core.catalogue import META_REGISTRY, Api, Model, UnknownModelError, find_model
from llama_azure_core.foundry import foundry_models
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT
from llama_azure_sandbox.arm.private_link import reached
from llama_azure_sandbox.arm.providers.cognitive_services.capacity import end_of
from llama_azure_sandbox.arm.resource_type import SYSTEM_DATA, provisioning_state
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.inference.access import Network, allowed_networks
from llama_azure_sandbox.inference.endpoints import SERVING_STATES, Deployment, Endpoint, Endpoints, readable
from llama_azure_sandbox.inference.rate_limit import Limit
from llama_azure_sandbox.inference.safety import ContentFilter, Side, content_safety

_DEPLOYMENT = f"{AI_SERVICES_ACCOUNT}/deployments".lower()
_PROJECT = f"{AI_SERVICES_ACCOUNT}/projects".lower()
_CONTENT_FILTER = f"{AI_SERVICES_ACCOUNT}/raiPolicies".lower()
_BLOCKLIST_ITEM = f"{AI_SERVICES_ACCOUNT}/raiBlocklists/raiBlocklistItems".lower()
_FORMAT = "Meta"
_AT_WORK = "Accepted"
# Names of filters whose spelling in answers is not their own in lower case with underscores.
_SPELLINGS = {"selfharm": "self_harm"}
# Microsoft.DefaultV2, as it was measured (source S207).
_PROMPT_DETECTIONS = frozenset({"jailbreak"})
_COMPLETION_DETECTIONS = frozenset({"protected_material_text", "protected_material_code"})
_TOLD_ONLY = frozenset({"protected_material_code"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDeployment(Deployment):
    """A deployment of an account."""

    limit: Limit
    is_paused: bool
    sku: str = ""
    """How it is paid for, such as GlobalStandard."""
    ends_on: dt.date | None = None
    """The day from which calls fail, where one is known."""


@dataclass(frozen=True, slots=True)
class FoundryAccount:
    """An account, and who may reach it."""

    endpoint: Endpoint
    deployments: Mapping[str, ModelDeployment]
    """By name in lower case."""
    projects: frozenset[str]
    """Their names in lower case."""
    takes_keys: bool
    is_public: bool
    """Whether callers outside its networks may reach it at all."""
    allowed: tuple[Network, ...] | None
    """The addresses that may, where not all may."""
    is_reached: bool
    """Whether callers inside a virtual network find it: an approved private endpoint leads to it."""


class FoundryAccounts:
    """Reads the accounts of a world once per change of its store. Safe to use from several threads."""

    def __init__(self, world: World, endpoints: Endpoints) -> None:
        self._world = world
        self._endpoints = endpoints
        self._read: tuple[int, Mapping[str, FoundryAccount]] = (-1, {})

    def current(self) -> Mapping[str, FoundryAccount]:
        """Return the accounts as they are now, by their subdomain in lower case."""
        snapshot = self._endpoints.current()
        read_at, accounts = self._read
        if read_at != snapshot.changes:
            default = snapshot.limits.serverless
            found = (
                readable(lambda one: _account(self._world, one, default), resource)
                for resource in self._world.store.of_type(AI_SERVICES_ACCOUNT)
            )
            accounts = {one.endpoint.name.lower(): one for one in found if one is not None}
            self._read = (snapshot.changes, accounts)
        return accounts


def _account(world: World, resource: StoredResource, default_limit: Limit) -> FoundryAccount | None:
    """Return an account that has a data plane; ``None`` for another kind, or one that is not ready.

    ``default_limit`` is that of a deployment whose model the catalogue does not have.
    """
    properties = resource.body["properties"]
    subdomain = properties.get("customSubDomainName")
    if str(resource.body.get("kind")).lower() != "aiservices" or not subdomain or not _is_served(resource):
        return None
    children = [one for one in world.store.below(resource.key) if _is_served(one)]
    deployments = {
        child.name.lower(): deployment
        for child in children
        if child.type.lower() == _DEPLOYMENT
        and str((child.body["properties"].get("model") or {}).get("format")).lower() == _FORMAT.lower()
        if (deployment := readable(lambda one: _deployment(world, one, children, default_limit), child)) is not None
    }
    endpoint = Endpoint(
        id=resource.id,
        instance=resource.instance,
        name=str(subdomain),
        region=normalise_region(resource.body["location"]),
        project=resource.id,
        auth_mode="KeyAndAAD",
        keys=tuple(resource.secrets.values()),
        charged=resource.id,
        state="Online",
        deployments=deployments,
    )
    rules = properties.get("networkAcls") or {}
    return FoundryAccount(
        endpoint,
        deployments,
        frozenset(child.name.lower() for child in children if child.type.lower() == _PROJECT),
        takes_keys=not properties.get("disableLocalAuth"),
        is_public=str(properties.get("publicNetworkAccess") or "Enabled").lower() != "disabled",
        allowed=allowed_networks(rules),
        is_reached=resource.key in reached(world),
    )


def model_named(name: str) -> Model:
    """Return the catalogue's model of a name; one that it does not have is a chat model of which no more is known."""
    try:
        return find_model(name)
    except UnknownModelError:
        return Model(
            name=name,
            family="",
            api=Api.CHAT,
            registry_model_id=f"azureml://registries/{META_REGISTRY}/models/{name}",
            registry_version=None,
            context_tokens=None,
        )


def _is_served(resource: StoredResource) -> bool:
    """Whether a resource answers: one that is ready, and one that was there before it was put again."""
    made = resource.body.get(SYSTEM_DATA) or {}
    is_new = made.get("createdAt") == made.get("lastModifiedAt")
    state = provisioning_state(resource)
    return state in SERVING_STATES or (state == _AT_WORK and not is_new)


def _deployment(
    world: World, resource: StoredResource, children: list[StoredResource], default_limit: Limit
) -> ModelDeployment:
    properties = resource.body["properties"]
    chosen, sku = properties.get("model") or {}, resource.body.get("sku") or {}
    model = model_named(str(chosen.get("name")))
    known = foundry_models().get(model.name)
    version = known and (known.version(str(chosen.get("version") or "")) or known.default_version)
    offered = version.sku(str(sku.get("name"))) if version else None
    ends = (
        model.lifecycle.retired,
        end_of(world, known, version) if known and version else None,
        offered and offered.deprecation,
    )
    capacity = int(sku.get("capacity") or 1)
    return ModelDeployment(
        key=resource.key,
        name=resource.name,
        instance=resource.instance,
        model=model,
        content_filter=_content_filter(str(properties.get("raiPolicyName") or ""), children),
        limit=Limit(default_limit.requests, default_limit.tokens, overshoots=True)
        if offered is None
        else Limit(
            offered.rate_limits.requests_per_minute * capacity,
            offered.rate_limits.tokens_per_minute * capacity,
            overshoots=True,
        ),
        sku=str(sku.get("name") or ""),
        is_paused=str(properties.get("deploymentState") or "Running").lower() == "paused",
        ends_on=min((day for day in ends if day), default=None),
    )


def _content_filter(name: str, children: list[StoredResource]) -> ContentFilter:
    """Return the filter of a policy: Microsoft's default, with what a policy of the account says otherwise."""
    default = content_safety()
    policy = next(
        (one for one in children if one.type.lower() == _CONTENT_FILTER and one.name.lower() == name.lower()), None
    )
    properties: Json = {} if policy is None else policy.body["properties"]
    filters = [one for one in properties.get("contentFilters") or () if isinstance(one, dict)]
    lists = [one for one in properties.get("customBlocklists") or () if isinstance(one, dict)]
    return ContentFilter(
        _side("prompt", default.prompt, _PROMPT_DETECTIONS, filters, _patterns("prompt", lists, children)),
        _side(
            "completion", default.completion, _COMPLETION_DETECTIONS, filters, _patterns("completion", lists, children)
        ),
        told=True,
    )


def _side(
    source: str,
    default: Side,
    detects: frozenset[str],
    filters: list[Json],
    blocklists: Mapping[str, tuple[re.Pattern[str], ...]],
) -> Side:
    thresholds, found = dict(default.thresholds), set(detects)
    blocking = set(default.blocking) | (set(detects) - _TOLD_ONLY)
    categories = set(default.thresholds)
    for one in filters:
        if str(one.get("source") or "").lower() != source:
            continue
        spelled = str(one.get("name") or "").lower().replace(" ", "_")
        name = _SPELLINGS.get(spelled, spelled)
        blocking.discard(name)
        if one.get("enabled") is False:
            found.discard(name)
            thresholds.pop(name, None)
            continue
        if name in categories:
            thresholds[name] = str(one.get("severityThreshold") or thresholds.get(name) or "medium").lower()
        else:
            found.add(name)
        if one.get("blocking", True):
            blocking.add(name)
    return Side(thresholds, frozenset(found), frozenset(blocking), blocklists)


def _patterns(
    source: str, lists: list[Json], children: list[StoredResource]
) -> Mapping[str, tuple[re.Pattern[str], ...]]:
    """Return the patterns of the blocklists that block on a side, by the list's name."""
    found: dict[str, tuple[re.Pattern[str], ...]] = {}
    for one in lists:
        if str(one.get("source") or "").lower() != source or not one.get("blocking"):
            continue
        name = str(one.get("blocklistName") or "")
        parent = f"/raiblocklists/{name}/".lower()
        items = [item for item in children if item.type.lower() == _BLOCKLIST_ITEM and parent in item.key]
        found[name] = tuple(_pattern(item.body["properties"]) for item in items)
    return found


def _pattern(item: Mapping[str, Any]) -> re.Pattern[str]:
    """Return what an item of a blocklist finds: a text as a whole word, or what its regular expression says."""
    text = str(item.get("pattern") or "")
    if item.get("isRegex"):
        try:
            return re.compile(text, re.IGNORECASE)
        except re.error:  # another language's; here it is a text
            pass
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)", re.IGNORECASE)
