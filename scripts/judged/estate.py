"""The resources of a stack as Azure Policy sees them: as Azure Resource Manager shows each, and models before they are
deployed, which Azure Policy knows by types of their own. Pure.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from llama_azure_core.catalogue import REGISTRY_PREFIX, UnknownModelError, find_model, model_reference
from llama_azure_core.resource_types import (
    CONTENT_FILTER,
    FOUNDRY_DEPLOYMENT,
    ONLINE_DEPLOYMENT,
    SERVERLESS_ENDPOINT,
)

Json = dict[str, Any]

FOUNDRY_DATA = "Microsoft.CognitiveServices.Data/accounts/deployments"
WORKSPACE_DATA = "Microsoft.MachineLearningServices.v2.Data/workspaces/deployments"


def as_policy_sees(shown: Sequence[Json]) -> list[Json]:
    """Return resources with their models beside them, as the policies of the modes ``….Data`` are asked about those."""
    return [*shown, *_models(shown)]


def _models(shown: Sequence[Json]) -> Iterable[Json]:
    filters = {str(one["id"]).lower(): one for one in shown if one["type"].lower() == CONTENT_FILTER.lower()}
    for one in shown:
        kind, properties = str(one["type"]).lower(), one.get("properties") or {}
        if kind == FOUNDRY_DEPLOYMENT.lower():
            account = str(one["id"]).rpartition("/deployments/")[0]
            named = filters.get(f"{account}/raiPolicies/{properties.get('raiPolicyName')}".lower(), {})
            model = properties["model"]
            known = {
                "model": {"publisher": model["format"], **model, "assetId": _asset_id(model["name"])},
                "raiPolicy": named.get("properties") or {},
            }
            yield {**one, "type": FOUNDRY_DATA, "properties": known}
        elif kind in (ONLINE_DEPLOYMENT.lower(), SERVERLESS_ENDPOINT.lower()):
            asset = _workspace_model(properties)
            if asset is not None:
                yield {**one, "type": WORKSPACE_DATA, "properties": {"model": _registered(asset)}}


def _workspace_model(properties: Json) -> str | None:
    given = properties.get("model") or properties.get("modelSettings") or {}
    found = given.get("assetId") or given.get("modelId") if isinstance(given, dict) else given
    return str(found) if found else None


def _registered(asset: str) -> Json:
    reference = model_reference(asset)
    registry = None if reference is None else reference.registry
    publisher = "Meta" if asset.lower().startswith(REGISTRY_PREFIX) else None
    return {"assetId": asset, "registryName": registry, "publisher": publisher}


def _asset_id(name: str) -> str | None:
    """Return the registry's id of a model, with its version, where that is known."""
    try:
        row = find_model(name)
    except UnknownModelError:
        return None
    return None if row.registry_version is None else f"{row.registry_model_id}/versions/{row.registry_version}"
