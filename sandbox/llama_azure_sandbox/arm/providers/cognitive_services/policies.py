"""Policy assignments that judge deployments: asked beforehand, and held to when one is made.

Of Azure Policy's definitions the sandbox knows the one about models: "Cognitive Services Deployments should only use
approved Registry Models", with its parameters effect, allowedPublishers and allowedAssetIds. An assignment of any other
one is kept and judges nothing.
"""

import json
from collections.abc import Iterator
from typing import Any

from llama_azure_core.catalogue import UnknownModelError, find_model
from llama_azure_core.rbac import scope_contains
from llama_azure_core.resource_ids import name_of
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.providers.cognitive_services.children import bad_request, text
from llama_azure_sandbox.arm.resource_type import ActionRequest, PutRequest
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

POLICY_ASSIGNMENT = "Microsoft.Authorization/policyAssignments"
APPROVED_MODELS = "aafe3651-cb78-4f68-9f81-e7e41509110f"  # by its name in github.com/Azure/azure-policy
_EFFECTS = ("Audit", "Deny", "Disabled")
_DENY, _DISABLED = "deny", "disabled"


def evaluate_deployment_policies(request: ActionRequest) -> ArmAnswer:
    """Answer what policies would say of deployments that are not there yet (source S204)."""
    deployments = request.body.get("deployments")
    if not isinstance(deployments, list) or not deployments:
        raise bad_request("deployments must be a list of at least one deployment.")
    results: Json = {}
    for one in deployments:
        if not isinstance(one, dict) or not one.get("name"):
            raise bad_request("Each deployment needs a name and properties.")
        results[str(one["name"])] = _result(request.world, request.resource.id, one)
    return ArmAnswer(200, {"results": results})


def require_policies(request: PutRequest) -> None:
    """Refuse a deployment that a policy with the effect Deny does not allow, in the words of Azure Policy.

    Raises:
        ArmError: 403.
    """
    denying = [one for one in _broken(request.world, str(request.id), request.body) if _effect(one).lower() == _DENY]
    if denying:
        identifiers = [
            {
                "policyAssignment": {"name": one.name, "id": one.id},
                "policyDefinition": {"name": APPROVED_MODELS, "id": _definition(one)},
            }
            for one in denying
        ]
        raise ArmError(
            403,
            "RequestDisallowedByPolicy",
            f"Resource '{request.id.name}' was disallowed by policy. Policy identifiers: '{json.dumps(identifiers)}'.",
        )


def _result(world: World, scope: str, deployment: Json) -> Json:
    broken = list(_broken(world, scope, deployment))
    if not broken:
        return {"evaluationOutcome": "Compliant", "nonCompliantAssignments": []}
    return {
        "evaluationOutcome": "NonCompliant",
        "nonCompliantAssignments": [
            {"effect": _effect(one), "policyAssignmentId": one.id, "policyDefinitionId": _definition(one)}
            for one in broken
        ],
    }


def _broken(world: World, scope: str, deployment: Json) -> Iterator[StoredResource]:
    """Yield the assignments that a deployment's model breaks."""
    given: Json = (deployment.get("properties") or {}).get("model") or {}
    for one in world.store.extending(POLICY_ASSIGNMENT, scope.lower()):
        holder = one.id[: one.key.rindex(f"/providers/{POLICY_ASSIGNMENT}/".lower())]
        if not scope_contains(holder, scope) or name_of(_definition(one)).lower() != APPROVED_MODELS:
            continue
        if _effect(one).lower() != _DISABLED and not _is_approved(one, given):
            yield one


def _is_approved(assignment: StoredResource, given: Json) -> bool:
    publishers = {text(one) for one in _parameter(assignment, "allowedPublishers") or []}
    assets = {text(one) for one in _parameter(assignment, "allowedAssetIds") or []}
    asset = asset_id(str(given.get("name")))
    return text(given.get("format")) in publishers or (asset is not None and asset.lower() in assets)


def asset_id(model: str) -> str | None:
    """Return the registry's id of a model, with its version, where that is known."""
    try:
        row = find_model(model)
    except UnknownModelError:
        return None
    return None if row.registry_version is None else f"{row.registry_model_id}/versions/{row.registry_version}"


def _effect(assignment: StoredResource) -> str:
    given = str(_parameter(assignment, "effect") or _EFFECTS[0])
    return next((one for one in _EFFECTS if one.lower() == given.lower()), given)


def _definition(assignment: StoredResource) -> str:
    return str(assignment.body["properties"].get("policyDefinitionId") or "")


def _parameter(assignment: StoredResource, name: str) -> Any:
    parameters = assignment.body["properties"].get("parameters") or {}
    given = parameters.get(name) if isinstance(parameters, dict) else None
    return given.get("value") if isinstance(given, dict) else None
