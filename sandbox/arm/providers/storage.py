"""Microsoft.Storage."""

from sandbox.arm.resource_type import PutAnswer, ResourceType
from sandbox.arm.store import Json, StoredResource
from sandbox.arm.world import World


class StorageAccount(ResourceType):
    """A storage account; its data plane is not part of the sandbox."""

    needs_location = True
    put_answer = PutAnswer.LOCATION

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        name = resource.id.rsplit("/", 1)[-1]
        return {
            "primaryEndpoints": {
                service: f"https://{name}.{service}.core.windows.net/" for service in ("blob", "file", "queue", "table")
            },
            "primaryLocation": resource.body["location"],
            "statusOfPrimary": "available",
        }
