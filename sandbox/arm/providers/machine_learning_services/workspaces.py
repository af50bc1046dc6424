"""Workspaces: AI hubs and AI projects."""

from sandbox.arm import soft_deletion
from sandbox.arm.errors import ArmError, resource_not_found
from sandbox.arm.resource_type import DeleteAnswer, DeleteRequest, PutAnswer, PutRequest, ResourceType, unique_id
from sandbox.arm.store import Json, StoredResource
from sandbox.arm.world import World

WORKSPACE_TYPE = "Microsoft.MachineLearningServices/workspaces"


class Workspace(ResourceType):
    """A workspace: an AI hub (kind Hub) or an AI project (kind Project)."""

    needs_location = True
    put_answer = PutAnswer.LOCATION
    delete_answer = DeleteAnswer.LOCATION

    def check(self, request: PutRequest) -> None:
        super().check(request)
        if request.existing is None and soft_deletion.soft_deleted_at(request.world, request.id.key) is not None:
            # Source S61, words and status.
            raise ArmError(
                400,
                "BadRequest",
                "Soft-deleted workspace exists. Please purge or recover it. https://aka.ms/wsoftdelete",
            )
        if str(request.body.get("kind", "")).lower() == "project":
            hub = request.properties.get("hubResourceId")
            if not hub or request.world.store.resource(hub.lower()) is None:
                raise resource_not_found(hub or f"{request.id} (no hubResourceId)")

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
        return {"workspaceId": unique_id(resource, "workspace"), "tenantId": unique_id(resource, "tenant")}

    def _soft_deleted(self, held: StoredResource) -> Json:
        body: Json = held.body["deleted"]
        state = {"provisioningState": "SoftDeleted", **soft_deletion.dates(held)}
        return {
            "id": held.id,
            "name": held.id.rsplit("/", 1)[-1],
            "type": self.name,
            **body,
            "properties": {**body["properties"], **state},
        }
