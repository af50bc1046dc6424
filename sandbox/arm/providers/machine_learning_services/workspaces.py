"""Workspaces: AI hubs and AI projects."""

from sandbox.arm.errors import resource_not_found
from sandbox.arm.resource_type import DeleteAnswer, PutAnswer, PutRequest, ResourceType, unique_id
from sandbox.arm.store import Json, StoredResource
from sandbox.arm.world import World


class Workspace(ResourceType):
    """A workspace: an AI hub (kind Hub) or an AI project (kind Project)."""

    needs_location = True
    put_answer = PutAnswer.LOCATION
    delete_answer = DeleteAnswer.LOCATION

    def check(self, request: PutRequest) -> None:
        super().check(request)
        if str(request.body.get("kind", "")).lower() == "project":
            hub = request.properties.get("hubResourceId")
            if not hub or request.world.store.resource(hub.lower()) is None:
                raise resource_not_found(hub or f"{request.id} (no hubResourceId)")

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        return {"workspaceId": unique_id(resource, "workspace"), "tenantId": unique_id(resource, "tenant")}
