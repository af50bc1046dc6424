"""What Microsoft.CognitiveServices tells of models: which a region has, the counters of capacity, and the SKUs."""

import datetime as dt
from collections.abc import Iterator

from llama_azure_core.foundry import (
    FoundryModel,
    FoundrySku,
    FoundryVersion,
    account_facts,
    foundry_models,
    usage_counters,
)
from llama_azure_core.regions import normalise_region, region_names
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, FOUNDRY_DEPLOYMENT
from llama_azure_sandbox.arm.errors import resource_not_found
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.providers.cognitive_services.capacity import (
    counter_limit,
    counter_name,
    counter_used,
    end_of,
    listed,
    regions_of,
)
from llama_azure_sandbox.arm.providers.cognitive_services.children import bad_request, stored_account, text
from llama_azure_sandbox.arm.providers.cognitive_services.policies import asset_id
from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World

_MINUTE = 60
_NAMESPACE = AI_SERVICES_ACCOUNT.partition("/")[0]
_TIER = "Standard"
_MOST_CAPACITY = 100_000  # shown where only the counter's limit ends it; this sandbox's number


def _models(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    facts = account_facts()
    value = [
        {"model": model, "kind": facts.kind, "skuName": facts.sku, "description": ""}
        for model in _models_in(world, path["location"])
    ]
    return ArmAnswer(200, {"value": value})


def _models_of_account(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    return ArmAnswer(200, {"value": list(_models_in(world, str(stored_account(world, path).body["location"])))})


def _usages(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    return ArmAnswer(200, {"value": [_usage(world, path["location"], name) for name in usage_counters()]})


def _usages_of_account(world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    return _usages(world, request, {**path, "location": str(stored_account(world, path).body["location"])})


def _capacities(world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    """Answer how much of a model could be deployed where."""
    asked = {name: request.parameter(f"model{name.capitalize()}") for name in ("format", "name", "version")}
    found = listed(asked)
    if found is None:
        raise bad_request(f"There is no model with {', '.join(f'{name} {value}' for name, value in asked.items())}.")
    model, version = found
    wanted = normalise_region(path["location"]) if "location" in path else None
    value = [
        {
            "id": f"{_at(region)}/models/{model.format}.{model.name}.{version.version}/{sku.name}",
            "name": sku.name,
            "type": f"{_NAMESPACE}/locations/models/skus",
            "location": region,
            "properties": {
                "model": {"format": model.format, "name": model.name, "version": version.version},
                "skuName": sku.name,
                "availableCapacity": max(
                    counter_limit(world, region, sku.usage_name) - counter_used(world, region, sku.usage_name), 0
                ),
            },
        }
        for sku in version.skus
        for region in sku.regions
        if wanted in (None, region)
    ]
    return ArmAnswer(200, {"value": value})


def _skus(_world: World, _request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
    facts = account_facts()
    row = {
        "resourceType": "accounts",
        "name": facts.sku,
        "tier": _TIER,
        "kind": facts.kind,
        "locations": [one.upper() for one in region_names()],
        "restrictions": [],
    }
    return ArmAnswer(200, {"value": [row]})


def _skus_of_account(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    stored_account(world, path)
    row = {"resourceType": AI_SERVICES_ACCOUNT, "sku": {"name": account_facts().sku, "tier": _TIER}}
    return ArmAnswer(200, {"value": [row]})


def _skus_of_deployment(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    account = stored_account(world, path)
    deployment = world.store.resource(f"{account.key}/deployments/{path['deployment'].lower()}")
    if deployment is None:
        raise resource_not_found(f"{account.id}/deployments/{path['deployment']}")
    found, region = listed(deployment.body["properties"].get("model")), normalise_region(str(account.body["location"]))
    skus = [] if found is None else [one for one in found[1].skus if region in one.regions]
    value = [
        {"resourceType": FOUNDRY_DEPLOYMENT, "sku": {"name": one.name}, "capacity": _capacity(one)} for one in skus
    ]
    return ArmAnswer(200, {"value": value})


def _check_skus(_world: World, request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
    body = request.json_object()
    skus = body.get("skus")
    if not isinstance(skus, list) or not body.get("kind") or not body.get("type"):
        raise bad_request("skus, kind and type are required.")
    facts = account_facts()
    shown = []
    for one in skus:
        is_there = (text(body["kind"]), text(one)) == (facts.kind.lower(), facts.sku.lower())
        own = {"kind": body["kind"], "type": body["type"], "skuName": one, "skuAvailable": is_there}
        shown.append(own if is_there else {**own, "reason": "NotAvailableForSubscription"})
    return ArmAnswer(200, {"value": shown})


_PROVIDER = f"/subscriptions/{{subscription}}/providers/{_NAMESPACE}"
_LOCATION = f"{_PROVIDER}/locations/{{location}}"
_ACCOUNT = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{AI_SERVICES_ACCOUNT}/{{account}}"
CATALOGUE_PATHS = (
    PathRow("GET", f"{_LOCATION}/models", _models),
    PathRow("GET", f"{_LOCATION}/usages", _usages),
    PathRow("GET", f"{_LOCATION}/modelCapacities", _capacities),
    PathRow("GET", f"{_PROVIDER}/modelCapacities", _capacities),
    PathRow("GET", f"{_PROVIDER}/skus", _skus),
    PathRow("POST", f"{_LOCATION}/checkSkuAvailability", _check_skus),
    PathRow("GET", f"{_ACCOUNT}/models", _models_of_account),
    PathRow("GET", f"{_ACCOUNT}/usages", _usages_of_account),
    PathRow("GET", f"{_ACCOUNT}/skus", _skus_of_account),
    PathRow("GET", f"{_ACCOUNT}/deployments/{{deployment}}/skus", _skus_of_deployment),
)


def _models_in(world: World, location: str) -> Iterator[Json]:
    """Yield the models that a region lists, one for each version."""
    region = normalise_region(location)
    for model in foundry_models().values():
        for version in model.versions:
            skus = [one for one in version.skus if region in regions_of(world, model, one)]
            if skus:
                yield _model(world, model, version, skus)


def _model(world: World, model: FoundryModel, version: FoundryVersion, skus: list[FoundrySku]) -> Json:
    ends, replacement = end_of(world, model, version), world.settings.foundry_model(model.name).replacement
    has_ended = ends is not None and world.as_of >= ends
    shown: Json = {
        "format": model.format,
        "name": model.name,
        "version": version.version,
        "isDefaultVersion": version.is_default,
        "publisher": model.format,
        "lifecycleStatus": "Deprecated" if has_ended else version.lifecycle_status,
        "maxCapacity": max(one.capacity.maximum or _MOST_CAPACITY for one in skus),
        "capabilities": {"chatCompletion": "true"},
        "skus": [_sku(one) for one in skus],
    }
    asset = asset_id(model.name)
    if asset is not None:
        shown["modelCatalogAssetId"] = asset
    if ends is not None:
        shown["deprecation"] = {"inference": _midnight(ends), "deprecationStatus": "Planned"}
    if replacement := replacement or version.replacement:
        shown["replacementConfig"] = {"targetModelName": replacement}
    return shown


def _sku(sku: FoundrySku) -> Json:
    limits = {"request": sku.rate_limits.requests_per_minute, "token": sku.rate_limits.tokens_per_minute}
    shown: Json = {
        "name": sku.name,
        "usageName": sku.usage_name,
        "capacity": _capacity(sku),
        "rateLimits": [{"key": key, "renewalPeriod": _MINUTE, "count": count} for key, count in limits.items()],
    }
    return shown if sku.deprecation is None else {**shown, "deprecationDate": _midnight(sku.deprecation)}


def _capacity(sku: FoundrySku) -> Json:
    return {
        "minimum": sku.capacity.minimum,
        "maximum": sku.capacity.maximum or _MOST_CAPACITY,
        "step": sku.capacity.step,
        "default": sku.capacity.default,
    }


def _usage(world: World, location: str, name: str) -> Json:
    region, counter = normalise_region(location), usage_counters()[name]
    return {
        "id": f"{_at(region)}/usages/{name}",
        "name": {"value": name, "localizedValue": counter_name(name)},
        "unit": "Count",
        "limit": counter_limit(world, region, name),
        "currentValue": counter_used(world, region, name),
        "status": "Included",
        "scopeType": counter.scope,
        "scopeId": SUBSCRIPTION_ID if counter.is_pooled else region,
    }


def _at(region: str) -> str:
    return f"/subscriptions/{SUBSCRIPTION_ID}/providers/{_NAMESPACE}/locations/{region}"


def _midnight(day: dt.date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
