"""Counters of capacity: what deployments take from them, in one region or in the whole subscription."""

import datetime as dt

from llama_azure_core.foundry import FoundryModel, FoundrySku, FoundryVersion, foundry_models, usage_counters
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, FOUNDRY_DEPLOYMENT
from llama_azure_sandbox.arm import soft_deletion
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.providers.cognitive_services.children import text
from llama_azure_sandbox.arm.resource_type import PutRequest, provisioning_state
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_UNIT = "One Thousand Tokens Per Minute"


def listed(model: object) -> tuple[FoundryModel, FoundryVersion] | None:
    """Return the catalogue's row of a deployment's ``properties.model``, and of its version or the default one."""
    given: Json = model if isinstance(model, dict) else {}
    row = next((one for one in foundry_models().values() if one.name.lower() == text(given.get("name"))), None)
    if row is None or row.format.lower() != text(given.get("format")):
        return None
    version = row.version(str(given["version"])) if given.get("version") else row.default_version
    return None if version is None else (row, version)


def offered(body: Json) -> tuple[FoundryModel, FoundryVersion, FoundrySku] | None:
    """Return the model, the version and the SKU that a deployment's body names, if the catalogue has them."""
    found = listed((body.get("properties") or {}).get("model"))
    sku = None if found is None else found[1].sku(str((body.get("sku") or {}).get("name")))
    return None if found is None or sku is None else (*found, sku)


def end_of(world: World, model: FoundryModel, version: FoundryVersion) -> dt.date | None:
    """Return the day from which calls of a version fail, where there is one."""
    return world.settings.foundry_model(model.name).ends or version.inference_ends


def regions_of(world: World, model: FoundryModel, sku: FoundrySku) -> tuple[str, ...]:
    """Return the regions that list a SKU of a model."""
    chosen = world.settings.foundry_model(model.name).regions
    return sku.regions if chosen is None else tuple(map(normalise_region, chosen))


def capacity(body: Json) -> int:
    """Return the units that a deployment takes."""
    given = (body.get("sku") or {}).get("capacity")
    return given if isinstance(given, int) and not isinstance(given, bool) else 1


def counter_name(usage_name: str) -> str:
    """Return what people read of a counter."""
    _, _, rest = usage_name.partition(".")
    sku, _, what = rest.partition(".")
    return f"{_UNIT} - {what} - {sku}" if what else rest


def counter_limit(world: World, region: str, usage_name: str) -> int:
    """Return the units that the subscription has of a counter, in a region where the counter is a region's."""
    quotas = {name.lower(): units for name, units in world.settings.foundry_quotas.items()}
    known = usage_counters().get(usage_name)
    of_facts = 0 if known is None else known.limit
    for name in (f"{normalise_region(region)}/{usage_name}", usage_name):
        if name.lower() in quotas:
            return quotas[name.lower()]
    return of_facts


def counter_used(world: World, region: str, usage_name: str, *, besides: str = "") -> int:
    """Return the units that are taken of a counter, leaving out the deployment filed under ``besides``.

    What is being made counts, and so does what is soft-deleted until it is purged (source S208).
    """
    known = usage_counters().get(usage_name)
    is_pooled = known is not None and known.is_pooled
    regions = {one.key: normalise_region(str(one.body.get("location"))) for one in _accounts(world)}
    held = {one.id.lower(): one.body["deleted"] for one in soft_deletion.soft_deleted(world, FOUNDRY_DEPLOYMENT)}
    living = {
        one.key: one.body for one in world.store.of_type(FOUNDRY_DEPLOYMENT) if provisioning_state(one) != "Failed"
    }
    return sum(
        capacity(body)
        for key, body in {**held, **living}.items()
        if key != besides
        and (is_pooled or regions.get(key.rpartition("/deployments/")[0]) == normalise_region(region))
        and (found := offered(body)) is not None
        and found[2].usage_name == usage_name
    )


def require_quota(request: PutRequest, sku: FoundrySku, region: str) -> None:
    """Refuse more units than the counter has left, in the words of source S210.

    Raises:
        ArmError: 400.
    """
    wanted = capacity(request.body)
    found = None if request.existing is None else offered(request.existing.body)
    before = capacity(request.existing.body) if request.existing is not None and found and found[2] == sku else 0
    limit = counter_limit(request.world, region, sku.usage_name)
    used = counter_used(request.world, region, sku.usage_name, besides=request.id.key) + before
    left = max(limit - used, 0)
    if wanted - before > left and wanted > before:
        name = counter_name(sku.usage_name)
        raise ArmError(
            400,
            "InsufficientQuota",
            f"This operation require {wanted - before} new capacity in quota {name}, which is bigger than the current "
            f"available capacity {left}. The current quota usage is {used} and the quota limit is {limit} for quota "
            f"{name}.",
        )


def _accounts(world: World) -> list[StoredResource]:
    held = soft_deletion.soft_deleted(world, AI_SERVICES_ACCOUNT)
    return [*world.store.of_type(AI_SERVICES_ACCOUNT), *map(soft_deletion.recovered, held)]
