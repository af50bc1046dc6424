"""Workspaces: AI hubs and AI projects."""

import math

from llama_azure_core import resource_types as types
from llama_azure_core.naming import NameKind
from llama_azure_core.rbac import is_permitted
from llama_azure_core.regions import normalise_region, region_display_name
from llama_azure_core.resource_types import OUTBOUND_RULE, WORKSPACE
from llama_azure_sandbox.arm import soft_deletion
from llama_azure_sandbox.arm.authorization.assignments import RoleAssignments
from llama_azure_sandbox.arm.authorization.definitions import RoleDefinitions
from llama_azure_sandbox.arm.errors import ArmError, resource_not_found, user_error
from llama_azure_sandbox.arm.managed_identities import shown_identity
from llama_azure_sandbox.arm.marks import Mark
from llama_azure_sandbox.arm.private_link import shown_connections
from llama_azure_sandbox.arm.providers.machine_learning_services.names import require_name
from llama_azure_sandbox.arm.providers.machine_learning_services.workspace_actions import WORKSPACE_ACTIONS
from llama_azure_sandbox.arm.resource_type import (
    DeleteAnswer,
    DeleteRequest,
    PutAnswer,
    PutRequest,
    ResourceType,
    unique_id,
)
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, TENANT_ID, World

_ASSOCIATED = {
    "storageAccount": types.STORAGE_ACCOUNT,
    "keyVault": types.KEY_VAULT,
    "applicationInsights": types.APPLICATION_INSIGHTS,
    "containerRegistry": types.CONTAINER_REGISTRY,
}
_KINDS = ("Default", "Hub", "Project", "FeatureStore")
_CHOICES = {
    "publicNetworkAccess": ("Enabled", "Disabled"),
    "systemDatastoresAuthMode": ("AccessKey", "Identity", "UserDelegationSAS"),
}
_ISOLATION = ("Disabled", "AllowInternetOutbound", "AllowOnlyApprovedOutbound")
# What a project shows of its hub; inferred from the resources of Microsoft's samples, not documented.
_INHERITED = (*_ASSOCIATED, "publicNetworkAccess")


class Workspace(ResourceType):
    """A workspace: an AI hub (kind Hub) or an AI project (kind Project)."""

    needs_location = True
    put_answer = PutAnswer.LOCATION
    delete_answer = DeleteAnswer.LOCATION
    actions = WORKSPACE_ACTIONS
    immutable = ("kind", "properties.hubResourceId", "properties.keyVault", "properties.storageAccount")

    def check(self, request: PutRequest) -> None:
        super().check(request)
        region = normalise_region(str(request.body["location"]))
        require_name(NameKind.WORKSPACE, request, region)
        _require_choices(request)
        if request.existing is None:
            _require_place(request, region)
        for name in _ASSOCIATED:
            _require_associated(request, name, region)
        if _is_kind(request.body, "Project"):
            _require_hub(request, region)

    def completed(self, request: PutRequest, body: Json) -> Json:
        """Spell the kind as Azure does, and keep nothing that follows from others."""
        given = str(body.get("kind") or _KINDS[0]).lower()
        return {**_without_hub_contents(body), "kind": next(kind for kind in _KINDS if kind.lower() == given)}

    def check_delete(self, request: DeleteRequest) -> None:
        projects = projects_of(request.world, str(request.id))
        if projects:
            # The words are this sandbox's.
            raise user_error(
                f"The hub {request.id.name} cannot be deleted while it has projects: {', '.join(projects)}. "
                "Delete them first.",
                "Conflict",
                region=str(request.resource.body["location"]),
                status=409,
            )

    def delete_missing(self, request: DeleteRequest) -> None:
        held = soft_deletion.soft_deleted_at(request.world, request.id.key)
        if held is not None and request.purges:
            soft_deletion.purge(request.world, held)

    def removed(self, resource: StoredResource, world: World) -> None:
        if world.settings.soft_delete:
            soft_deletion.soft_delete(world, resource, world.settings.limit("workspaceDays"))

    def also_listed(self, world: World) -> list[Json]:
        """Return the soft-deleted workspaces: Azure's list of the subscription shows them too (source S80)."""
        return [self._soft_deleted(held) for held in soft_deletion.soft_deleted(world, self.name)]

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        region, properties = normalise_region(str(resource.body["location"])), resource.body["properties"]
        hub = world.store.resource(str(properties.get("hubResourceId")).lower())
        of_hub: Json = {} if hub is None else hub.body["properties"]
        inherited = {
            name: of_hub[name] for name in _INHERITED if of_hub.get(name) is not None and properties.get(name) is None
        }
        return {
            **inherited,
            **_hub_contents(resource, _projects(world, resource.key), world),
            **shown_connections(resource, world),
            "workspaceId": unique_id(resource, "workspace"),
            "tenantId": TENANT_ID,
            "discoveryUrl": f"https://{region}.api.azureml.ms/discovery",
            "mlFlowTrackingUri": f"azureml://{region}.api.azureml.ms/mlflow/v1.0{resource.id}",
        }

    def _soft_deleted(self, held: StoredResource) -> Json:
        body: Json = held.body["deleted"]
        state = {"provisioningState": "SoftDeleted", **soft_deletion.dates(held)}
        return {
            "id": held.id,
            "name": held.name,
            "type": self.name,
            **body,
            "properties": {**body["properties"], **state},
        }


def projects_of(world: World, hub_id: str) -> list[str]:
    """Return the names of a hub's projects, wherever they are."""
    return [workspace.name for workspace in _projects(world, hub_id.lower())]


def projects_elsewhere(world: World, group_key: str) -> list[str]:
    """Return the ids of the hubs in a resource group that have projects in another one."""
    hubs = world.store.children(group_key, WORKSPACE)
    return sorted(hub.id for hub in hubs if any(one.parent != group_key for one in _projects(world, hub.key)))


def _require_place(request: PutRequest, region: str) -> None:
    if soft_deletion.soft_deleted_at(request.world, request.id.key) is not None:
        raise ArmError(  # source S61, words and status
            400, "BadRequest", "Soft-deleted workspace exists. Please purge or recover it. https://aka.ms/wsoftdelete"
        )
    used = request.world.store.count_children(str(request.id.parent_key), WORKSPACE)
    most = request.world.settings.limit("workspacesPerResourceGroup")
    if used >= most:
        raise user_error(
            f"The resource group {request.id.resource_group} has {used} workspaces, of {most} that it may have.",
            "BadRequest",
            region=region,
        )


def _require_choices(request: PutRequest) -> None:
    """Refuse a kind, or a setting, that is none. The words are this sandbox's.

    Raises:
        ArmError: 400, ``ValidationError``.
    """
    network = request.properties.get("managedNetwork")
    asked = [
        ("kind", request.body.get("kind"), _KINDS),
        *((name, request.properties.get(name), values) for name, values in _CHOICES.items()),
        ("isolationMode", network.get("isolationMode") if isinstance(network, dict) else None, _ISOLATION),
    ]
    for name, given, values in asked:
        # azure-ai-ml's template sends an empty text for what it does not set.
        if given not in (None, "") and str(given).lower() not in {value.lower() for value in values}:
            raise ArmError(400, "ValidationError", f"The {name} is {given!r}: it must be one of {', '.join(values)}.")


def _require_associated(request: PutRequest, name: str, region: str) -> None:
    """Refuse a workspace that refers to a resource of this subscription that is not there."""
    wanted = str(request.properties.get(name) or "")
    is_here = wanted.lower().startswith(f"/subscriptions/{SUBSCRIPTION_ID}/")
    there = request.world.store.resource(wanted.lower()) if is_here else None
    if is_here and there is None:
        raise user_error(f"The {name} of the workspace does not exist: {wanted}.", "NotFound", region=region)
    kind = _ASSOCIATED[name]
    if wanted and f"/providers/{kind}/".lower() not in wanted.lower():
        raise ArmError(400, "ValidationError", f"The {name} of the workspace is the id of no {kind}: {wanted}.")


def _require_hub(request: PutRequest, region: str) -> None:
    hub_id = str(request.properties.get("hubResourceId") or "")
    hub = request.world.store.resource(hub_id.lower())
    if hub is None:
        raise resource_not_found(hub_id or f"{request.id} (no hubResourceId)")
    if not _is_kind(hub.body, "Hub"):
        raise user_error(f"The hubResourceId is that of no hub: {hub_id}.", "BadArgument", region=region)
    hubs_region = normalise_region(str(hub.body["location"]))
    if region != hubs_region:
        raise user_error(
            f"The location {region_display_name(region)} of the project is not that of its hub, which is "
            f"{region_display_name(hubs_region)}.",
            "BadArgument",
            region=hubs_region,
        )


def _is_kind(body: Json, kind: str) -> bool:
    return str(body.get("kind", "")).lower() == kind.lower()


def _hub_contents(hub: StoredResource, projects: list[StoredResource], world: World) -> Json:
    """Return the properties of a hub that follow from what others wrote: its projects, and the rules of its network.

    ``containerRegistry``, the third of that kind, is made when Azure first builds an image; nothing here builds one.

    Args:
        hub: the hub.
        projects: the projects that belong to it.
        world: where its rules are.
    """
    shown: Json = {"associatedWorkspaces": [one.id for one in projects]} if projects else {}
    network, rules = hub.body["properties"].get("managedNetwork"), _rules(hub, world)
    if isinstance(network, dict) and rules:
        shown["managedNetwork"] = {**network, "outboundRules": rules}
    return shown


def _without_hub_contents(body: Json) -> Json:
    """Return the body of a PUT without what follows from others: it is taken, and changes nothing."""
    properties = {
        name: value for name, value in (body.get("properties") or {}).items() if name != "associatedWorkspaces"
    }
    network = properties.get("managedNetwork")
    if isinstance(network, dict):
        properties["managedNetwork"] = {name: value for name, value in network.items() if name != "outboundRules"}
    return {**body, "properties": properties}


def _rules(hub: StoredResource, world: World) -> Json:
    return {
        child.id.rsplit("/", 1)[-1]: {"status": "Active", **child.body["properties"]}
        for child in world.store.children(hub.key)
        if child.type.lower() == OUTBOUND_RULE.lower()
    }


def _projects(world: World, hub_key: str) -> list[StoredResource]:
    found = world.store.marked(Mark.LEADS_TO, hub_key, WORKSPACE)
    return [one for one in found if _hub_of(one) == hub_key]


def _hub_of(workspace: StoredResource) -> str:
    return str(workspace.body["properties"].get("hubResourceId")).lower()


class OutboundRule(ResourceType):
    """A rule of a managed network: active when its operation is over, and its private endpoint is approved.

    The hub's identity approves it where it may (source S344); what is not of this sandbox, whoever owns that approves.
    """

    put_answer = PutAnswer.LOCATION
    delete_answer = DeleteAnswer.LOCATION

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        return {"status": "Active" if _is_approved(resource, world) else "Inactive"}


def _is_approved(rule: StoredResource, world: World) -> bool:
    destination = rule.body["properties"].get("destination")
    target_id = destination.get("serviceResourceId") if isinstance(destination, dict) else None
    target = world.store.resource(str(target_id).lower())
    hub = world.store.resource(str(rule.parent))
    if target is None or hub is None:
        return True
    identity = shown_identity(hub, world)
    principals = [
        identity.get("principalId"),
        *(one.get("principalId") for one in (identity.get("userAssignedIdentities") or {}).values()),
    ]
    assignments = RoleAssignments(world.store, RoleDefinitions(world.store))
    action = f"{target.type}/privateEndpointConnectionsApproval/action"
    return any(
        is_permitted(assignments.held(str(one), math.inf), str(one), action, target.id) for one in principals if one
    )
